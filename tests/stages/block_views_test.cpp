// SPDX-License-Identifier: Apache-2.0
#include "core/quality.h"
#include "stages/block_views.h"
#include "stages/change_scene.h"
#include "stages/change_score.h"
#include "stages/flown.h"

namespace overflight {
namespace {

double bright(int, double, double) {
    return 100;
}

/// Two frames from 1000 m above the ground, and blocks that show either, none, or one that there is not.
struct TwoFrames {
    Flown flown;
    PixelBlocks blocks{64, 64, 4, 3, 2};
    std::vector<std::uint32_t> frames = {0, 1, quality::no_frame, 1, 0, 7};

    TwoFrames() {
        flown.add("a", -60, 0, bright);
        flown.add("b", 60, 30, bright);
    }
};

TEST(BlockViews, LeanAwayFromTheCameraOfTheFrameShown) {
    TwoFrames two;
    const Plan plan = two.flown.plan();
    const PlannedMission& mission = plan.missions[0];
    const auto leans = BlockViews(mission, mission.grid, two.blocks, two.frames).lean();
    for (std::size_t i = 0; i < leans.size(); ++i) {
        if (two.frames[i] > 1) {
            EXPECT_TRUE(std::isnan(leans[i][0]));
            continue;
        }
        // taken in the middle of four blocks a side
        const double x = mission.grid.x(71.5) - Flown::east, y = mission.grid.y(71.5) - Flown::north;
        EXPECT_NEAR(leans[i][0], (x - (two.frames[i] == 0 ? -60 : 60)) / 1000, 1e-5);
        EXPECT_NEAR(leans[i][1], (y - (two.frames[i] == 0 ? 0 : 30)) / 1000, 1e-5);
    }
}

TEST(BlockViews, SaturateWhereTheLargestSampleComesToLie) {
    TwoFrames two;
    const Plan plan = two.flown.plan();
    const PlannedMission& mission = plan.missions[0];
    FrameBalance balance(2, 1, 1);
    balance.set(0, 0, 0.9F, -4);
    balance.set(1, 0, 1.3F, 0);
    const BlockViews views(mission, mission.grid, two.blocks, two.frames);
    auto levels = views.saturation(balance, {0});
    EXPECT_FLOAT_EQ(levels[0][0], 0.9F * 255 - 4);
    EXPECT_FLOAT_EQ(levels[1][0], 255) << "clipped there";
    EXPECT_EQ(levels[2], no_saturation);
    EXPECT_EQ(levels[5], no_saturation);

    balance.set_vignetting(0, 0, {0.5F, 0, 0});
    levels = views.saturation(balance, {0});
    const double x = mission.grid.x(71.5) - Flown::east + 60, y = mission.grid.y(71.5) - Flown::north;
    const double r2 = (x * x + y * y) / (99.5 * 99.5 + 79.5 * 79.5); // a metre a pixel
    EXPECT_NEAR(levels[0][0], (0.9 * 255 - 4) / (1 + 0.5 * r2), 0.1);
}

TEST(PairViews, WhatIsSaturatedInOneMissionIsNotDarkerInTheOther) {
    const auto mean_score = [](bool known) {
        ScenePair pair = make_scene({});
        const int width = pair.before.width, height = pair.before.height;
        for (int r = 100; r < 140; ++r) // brighter than any frame can tell: 230 in one, 200 in the other
            for (int c = 120; c < 160; ++c)
                for (int band = 0; band < 3; ++band) {
                    pair.before.at(band, r, c) = 230;
                    pair.after.at(band, r, c) = 200;
                    pair.before.at(band, r + 120, c) = pair.after.at(band, r + 120, c) = 255; // of other frames
                }
        const Window all{0, 0, width, height};
        const ChangeModel model = fit_change_model(
            gather_change_sample(all, pair.before.view(), pair.after.view(), {}, change_lattice_step(all.pixels())));
        PairViews views;
        if (known) {
            constexpr int halo = ChangeScorer::views_halo, side = ParallaxField::block;
            views.blocks = {-halo, -halo, side, width / side + 7, height / side + 7};
            const auto count = static_cast<std::size_t>(views.blocks.count());
            views.saturation_before.assign(count, no_saturation);
            views.saturation_after.assign(count, no_saturation);
            views.drift.assign(count, {1, 1, 1, 1, 1, 1, 1, 1});
            for (BandLevels& levels : views.saturation_before) levels[0] = levels[1] = levels[2] = 230;
            for (BandLevels& levels : views.saturation_after) levels[0] = levels[1] = levels[2] = 200;
        }
        std::vector<std::uint8_t> scores(static_cast<std::size_t>(all.pixels()));
        ChangeScorer().score(all, pair.before.view(), pair.after.view(), {}, views, model, scores);
        double sum = 0;
        for (int r = 105; r < 135; ++r)
            for (int c = 125; c < 155; ++c) sum += change_score_value(scores[static_cast<std::size_t>(r * width + c)]);
        return sum / 900;
    };
    EXPECT_GT(mean_score(false), 1);
    EXPECT_LT(mean_score(true), 0.3);
}

} // namespace
} // namespace overflight
