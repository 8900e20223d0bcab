// SPDX-License-Identifier: Apache-2.0
// The bounds that the report prints as targets; where it prints none, a few times what is measured.
#include "accuracy/change_truth.h"
#include "accuracy/image_shift.h"
#include "accuracy/projection.h"
#include "accuracy/radiometry.h"
#include "accuracy/visibility.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <cmath>

namespace overflight::accuracy {
namespace {

void expect_accurate(const FlownScene& scene, const Config& config, const std::string& mission, int points) {
    const ProjectionErrors projection = projection_errors(scene, config, mission);
    EXPECT_GE(projection.count, points) << mission;
    EXPECT_LE(projection.largest, 0.001) << mission;
    const ProjectionErrors interpolation = interpolation_errors(config, mission, 7);
    EXPECT_GE(interpolation.count, 1000) << mission;
    EXPECT_LE(interpolation.largest, 0.02) << mission;
    const PositionErrors ortho = errors_at_check_points(FlownScene::mosaic(config, mission), scene.true_ortho(mission),
                                                        scene.check_points(mission));
    EXPECT_GE(ortho.count, points) << mission;
    EXPECT_LE(ortho.rmse(), 0.1) << mission;
}

TEST(Accuracy, every_camera_model_over_high_relief) {
    const TemporaryFolder folder;
    const FlownScene scene("geometry", folder.path(), {"coarse", "brown45", "opencv45", "fisheye30"});
    const Config config = scene.config();
    FlownScene::run(config);
    for (const MissionConfig& mission : config.missions) expect_accurate(scene, config, mission.name, 60);
    Config rpc = config;
    rpc.missions = {with_rpc(config, "brown45")};
    const ProjectionErrors projection = rpc_projection_errors(scene, rpc, "rpc_brown45");
    EXPECT_GE(projection.count, 60);
    EXPECT_LE(projection.largest, 0.001);
    Config coarse = config; // kernels are widened as each part of the tilted frames asks for
    coarse.output.resolution_m *= 3;
    coarse.output.folder = folder.path() / "coarse";
    FlownScene::run(coarse);
    for (const char* mission : {"brown45", "opencv45", "fisheye30"}) {
        const MeanErrors errors = mean_errors(FlownScene::mosaic(coarse, mission), scene.true_ortho(mission));
        EXPECT_GE(errors.count, 30000) << mission;
        EXPECT_LE(errors.rms, 2.7) << mission;
    }
}

TEST(Accuracy, wide_block_far_from_the_central_meridian) {
    const TemporaryFolder folder;
    const FlownScene scene("block", folder.path());
    const Config config = scene.config();
    FlownScene::run(config);
    expect_accurate(scene, config, "block", 120);
}

TEST(Accuracy, town_without_leaning_roofs) {
    const TemporaryFolder folder;
    const FlownScene scene("town", folder.path());
    const Config plain = scene.config();
    Config config = on_surfaces(scene, plain);
    config.output.folder = folder.path() / "surface";
    FlownScene::run(config);
    for (const char* mission : {"vertical", "slanted"}) {
        EXPECT_GE(frame_occlusion_errors(scene, config, mission).iou(), 0.9) << mission;
        EXPECT_GE(mosaic_occlusion_errors(scene, config, mission).iou(), 0.9) << mission;
        EXPECT_GE(shadow_errors(scene, config, mission).iou(), 0.9) << mission;
        EXPECT_LE(wrong_surface(scene, config, mission).share(), 0.005) << mission;
    }
}

TEST(Accuracy, samples_gains_and_offsets_come_back) {
    const TemporaryFolder folder;
    const FlownScene scene("radiometry", folder.path());
    const Config config = radiometry_config(scene, Balance::gain),
                 with_offsets = radiometry_config(scene, Balance::gain_offset);
    FlownScene::run(config);
    FlownScene::run(with_offsets);
    const SampleErrors samples = sample_errors(config, "aligned");
    EXPECT_GT(samples.count, 900000);
    EXPECT_LE(samples.largest, 1);
    const BalanceErrors gains = balance_errors(scene, config, "gains");
    EXPECT_GE(gains.frames, 4);
    EXPECT_GT(gains.gains_put_in, 1.1);
    EXPECT_LE(gains.largest_gain, 0.01);
    EXPECT_EQ(gains.largest_falloff, 0); // none put in, none found
    const BalanceErrors vignetted = balance_errors(scene, config, "vignetted");
    EXPECT_GT(vignetted.gains_put_in, 1.1);
    EXPECT_LE(vignetted.largest_gain, 0.01);
    EXPECT_LE(vignetted.largest_falloff, 0.01);
    const BalanceErrors both = balance_errors(scene, with_offsets, "offsets");
    EXPECT_GE(both.frames, 4);
    EXPECT_GT(both.gains_put_in, 1.1);
    EXPECT_GT(both.offsets_put_in, 5);
    EXPECT_LE(both.largest_gain, 0.01);
    EXPECT_LE(both.largest_offset, 0.01 * both.offsets_put_in);
    const NormalisationErrors dates = normalisation_errors(config, "aligned", "darker", 0.8, 20);
    EXPECT_EQ(dates.bands, 3);
    EXPECT_LE(dates.largest_gain, 0.01);
    EXPECT_LE(dates.largest_offset, 0.01 * 20);
}

TEST(Accuracy, change_is_found_and_little_else) {
    const TemporaryFolder folder;
    const FlownScene scene("change", folder.path(), {"before", "again", "plain", "one_pixel"});
    Config config = scene.config();
    for (const char* later : {"again", "plain", "one_pixel"}) {
        ChangeConfig pair;
        pair.before = "before", pair.after = later;
        config.changes.push_back(pair);
    }
    FlownScene::run(config);
    const ChangeScore unchanged = score_of(config, "before", "again", change_truth(scene, "before", "again"));
    EXPECT_EQ(unchanged.known, 0);
    EXPECT_GT(unchanged.scored, 1000000);
    EXPECT_LT(ChangeScore::share(unchanged.flagged_outside, unchanged.outside), 0.0005);
    const ChangeTruth truth = change_truth(scene, "before", "plain");
    const ChangeScore plain = score_of(config, "before", "plain", truth);
    for (const ChangeScore& s : {plain, score_of(config, "before", "one_pixel", truth)}) {
        EXPECT_GE(ChangeScore::share(s.all_objects().found, s.all_objects().known), 0.9);
        EXPECT_GE(ChangeScore::share(s.right_wide_patches, s.wide_patches), 0.8);
        EXPECT_GE(s.f1(), plain.f1() - 0.05);
    }
}

/// Waves in both directions, moved by a part of a pixel.
Image waves(double shift_x, double shift_y) {
    Image image;
    image.grid.width = image.grid.height = 60;
    for (int row = 0; row < 60; ++row) {
        for (int col = 0; col < 60; ++col) {
            const double x = col - shift_x, y = row - shift_y;
            image.values.push_back(static_cast<float>(100 + 30 * std::sin(0.5 * x) + 20 * std::cos(0.4 * y + 0.1 * x)));
        }
    }
    return image;
}

TEST(ImageShift, is_found_whatever_the_light) {
    const Image truth = waves(0, 0);
    Image seen = waves(0.3, -0.7);
    for (float& v : seen.values) v = 0.8F * v + 25;
    const auto shift = image_shift(seen, truth, 30, 28, 12);
    ASSERT_TRUE(shift);
    EXPECT_NEAR(shift->x(), 0.3, 0.01);
    EXPECT_NEAR(shift->y(), -0.7, 0.01);
    seen.values[30 * 60 + 30] = NAN;
    EXPECT_FALSE(image_shift(seen, truth, 30, 28, 12));
    EXPECT_FALSE(image_shift(truth, truth, 5, 28, 12)); // reaches over the border
    Image plain = truth;
    plain.values.assign(plain.values.size(), 100);
    EXPECT_FALSE(image_shift(truth, plain, 30, 28, 12));
}

} // namespace
} // namespace overflight::accuracy
