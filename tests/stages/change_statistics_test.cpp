// SPDX-License-Identifier: Apache-2.0
#include "stages/change_scene.h"
#include "stages/change_statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace overflight {
namespace {

ChangeModel fit(const ScenePair& pair) {
    ChangeSample sample;
    const Tiling tiling(pair.before.width, pair.before.height);
    const int step = change_lattice_step(std::int64_t{pair.before.width} * pair.before.height);
    for (std::int64_t i = 0; i < tiling.count(); ++i) {
        sample.append(gather_change_sample(tiling.window(i), pair.before.view(), pair.after.view(), {}, step));
    }
    return fit_change_model(sample);
}

TEST(FitChangeModel, RecoversGainAndOffsetThroughAChange) {
    SceneOptions o;
    o.gain = 0.8;
    o.offset = 31;
    ScenePair pair = make_scene(o);
    for (int b = 0; b < 3; ++b) { // a tenth of the scene
        for (int r = 40; r < 140; ++r) std::fill_n(&pair.after.at(b, r, 40), 120, 240.0F);
    }
    const ChangeModel model = fit(pair);
    ASSERT_TRUE(model.usable);
    EXPECT_THAT(model.warnings, ::testing::IsEmpty());
    ASSERT_EQ(model.normalisation.size(), 3U);
    for (const BandNormalisation& n : model.normalisation) {
        EXPECT_NEAR(n.gain, 0.8, 0.02);
        EXPECT_NEAR(n.offset, 31, 2.5);
        EXPECT_LT(n.residual, 0.25 * n.residual_before);
    }
}

TEST(FitChangeModel, ConvergesOnAnUnchangedPair) {
    const ChangeModel model = fit(make_scene({}));
    for (const MadTransform& t : model.levels) {
        EXPECT_TRUE(t.converged);
        EXPECT_FALSE(t.fallback);
        EXPECT_GT(t.correlations.front(), 0.9);
        EXPECT_TRUE(std::is_sorted(t.correlations.rbegin(), t.correlations.rend()));
    }
}

TEST(FitChangeModel, TakesOneToEightBandsAndDifferentNumbers) {
    for (const auto& [before, after] : {std::pair{1, 1}, {1, 3}, {3, 1}, {4, 3}, {8, 8}, {2, 8}}) {
        SceneOptions o;
        o.width = 256;
        o.height = 200;
        o.bands_before = before;
        o.bands_after = after;
        const ChangeModel model = fit(make_scene(o));
        ASSERT_TRUE(model.usable);
        EXPECT_EQ(model.levels[0].variates, std::min(before, after));
        EXPECT_EQ(model.levels[1].variates, std::min(before, after) + 1);
        EXPECT_EQ(static_cast<int>(model.normalisation.size()), std::min(before, after));
        EXPECT_THAT(model.warnings, ::testing::IsEmpty()) << before << ' ' << after;
    }
}

TEST(FitChangeModel, CollinearBandsAreHandled) {
    ScenePair pair = make_scene({});
    const std::size_t n = pair.before.samples.size() / 3;
    for (std::size_t i = 0; i < n; ++i)
        pair.before.samples[n + i] = pair.before.samples[2 * n + i] = pair.before.samples[i];
    const ChangeModel model = fit(pair);
    ASSERT_TRUE(model.usable);
    for (const MadTransform& t : model.levels) {
        for (const float c : t.before) EXPECT_TRUE(std::isfinite(c));
        EXPECT_GT(t.correlations.front(), 0.9);
    }
}

TEST(FitChangeModel, ConstantOrUnrelatedMissionsFallBackWithAWarning) {
    ScenePair pair = make_scene({});
    std::fill(pair.after.samples.begin(), pair.after.samples.end(), 80.0F);
    const ChangeModel constant = fit(pair);
    EXPECT_TRUE(constant.levels[0].fallback);
    EXPECT_THAT(constant.warnings, ::testing::Contains(::testing::HasSubstr("fell back to normalised differences")));

    std::mt19937 random(1);
    std::normal_distribution<float> noise(100, 20);
    for (float& v : pair.after.samples) v = noise(random);
    const ChangeModel unrelated = fit(pair);
    EXPECT_TRUE(unrelated.levels[0].fallback);
    for (const float c : unrelated.levels[0].before) EXPECT_TRUE(std::isfinite(c));
}

TEST(FitChangeModel, NothingSeenTwiceIsUnusable) {
    ScenePair pair = make_scene({});
    std::fill(pair.after.valid.begin(), pair.after.valid.end(), std::uint8_t{0});
    const ChangeModel model = fit(pair);
    EXPECT_FALSE(model.usable);
    EXPECT_THAT(model.warnings, ::testing::ElementsAre(::testing::HasSubstr("it holds 0 samples")));
    EXPECT_FALSE(fit_change_model({}).usable);
}

TEST(ChangeLatticeStep, BoundsTheSamples) {
    EXPECT_EQ(change_lattice_step(500 * 500), 64);
    const std::int64_t step = change_lattice_step(26'000'000);
    EXPECT_EQ(step % 64, 0);
    EXPECT_LE(26e6 / static_cast<double>(step * step) * 256, 6.7e4);
}

TEST(ChangeSampleTiles, AreAllOfASmallSceneAndSpreadOverALargeOne) {
    EXPECT_EQ(change_sample_tiles(Tiling(5120, 5120)).size(), 100U);
    EXPECT_TRUE(change_sample_tiles(Tiling(0, 0)).empty());
    for (const std::int64_t side : {18, 40, 163}) {
        const auto tiles = change_sample_tiles(Tiling(512 * side, 512 * side));
        EXPECT_GE(tiles.size(), 50U);
        EXPECT_LE(tiles.size(), 110U);
        EXPECT_TRUE(std::is_sorted(tiles.begin(), tiles.end()));
        std::array<int, 9> in_part{};
        for (const std::int64_t tile : tiles) ++in_part[tile / side * 3 / side * 3 + tile % side * 3 / side];
        for (const int count : in_part) EXPECT_GE(count, static_cast<int>(tiles.size()) / 18) << side;
    }
}

} // namespace
} // namespace overflight
