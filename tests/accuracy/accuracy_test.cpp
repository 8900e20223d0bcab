// SPDX-License-Identifier: Apache-2.0
// The bounds that the report prints as targets, but for change, which has none.
#include "accuracy/image_shift.h"
#include "accuracy/projection.h"
#include "accuracy/radiometry.h"
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
    EXPECT_LE(ortho.rmse_x, 0.1) << mission;
    EXPECT_LE(ortho.rmse_y, 0.1) << mission;
}

TEST(Accuracy, every_camera_model_over_high_relief) {
    const TemporaryFolder folder;
    const FlownScene scene("geometry", folder.path());
    const Config config = scene.config();
    FlownScene::run(config);
    for (const MissionConfig& mission : config.missions) expect_accurate(scene, config, mission.name, 60);
}

TEST(Accuracy, wide_block_far_from_the_central_meridian) {
    const TemporaryFolder folder;
    const FlownScene scene("block", folder.path());
    const Config config = scene.config();
    FlownScene::run(config);
    expect_accurate(scene, config, "block", 120);
}

TEST(Accuracy, samples_and_gains_come_back) {
    const TemporaryFolder folder;
    const FlownScene scene("radiometry", folder.path());
    const Config config = scene.config();
    FlownScene::run(config);
    const SampleErrors samples = sample_errors(config, "aligned");
    EXPECT_GT(samples.count, 900000);
    EXPECT_LE(samples.largest, 1);
    const GainErrors gains = gain_errors(scene, config, "gains");
    EXPECT_GE(gains.frames, 4);
    EXPECT_GT(gains.put_in, 1.1);
    EXPECT_LE(gains.largest, 0.01);
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
