// SPDX-License-Identifier: Apache-2.0
// What happens to the light on its way to the samples, over level ground without objects.
#include "simulation/render_frame.h"
#include "simulation/scene_file.h"
#include "simulation/small_scene.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <cmath>

namespace overflight::simulation {
namespace {

constexpr int width = 200, height = 160, bands = 3;

/// The first frame of a mission with these settings, in samples of 16 bits.
std::vector<double> frame_with(const std::string& mission, const std::string& land = "objects = false") {
    SmallScene scene;
    scene.output = "bits = 16";
    scene.terrain = "relief = \"flat\"\nlevel_m = 200";
    scene.land = land;
    scene.cameras =
        fmt::format("[[camera]]\nid = \"v\"\nwidth = {}\nheight = {}\nfocal_mm = 5\npixel_um = 10\n", width, height);
    scene.first = "flying_height_m = 500\n" + mission;
    if (mission.find("exposure") == std::string::npos) scene.first += "\nexposure = 0.5";
    const TemporaryFolder folder;
    const Settings settings = load_scene(scene.write(folder / "scene.toml", folder / "out"));
    const PoseFrame frame(settings.scene.crs);
    Scene made(settings);
    made.survey({-600, -600, 600, 600});
    const std::vector<Exposure> exposures = plan_flight(made, frame, 0, 200);
    const Workers workers(1);
    std::vector<SceneView> views;
    views.emplace_back(made, 0);
    const SightLines lines(exposures.front(), settings.missions.front(), frame,
                           {settings.scene.center_x, settings.scene.center_y}, 200, 60);
    std::vector<double> samples;
    render_frame(exposures.front(), settings.missions.front(), lines, settings.output, made, workers, views,
                 [&](std::int64_t, int rows, const void* data) {
                     const auto* values = static_cast<const std::uint16_t*>(data);
                     samples.insert(samples.end(), values, values + static_cast<std::ptrdiff_t>(rows) * width * bands);
                 });
    EXPECT_EQ(samples.size(), static_cast<std::size_t>(width * height * bands));
    return samples;
}

std::size_t at(int col, int row, int band = 0) {
    return static_cast<std::size_t>((row * width + col) * bands + band);
}

TEST(Light, corners_lose_what_vignetting_says) {
    const auto plain = frame_with(""), dark = frame_with("vignetting = 0.3");
    for (const auto& [col, row] : {std::pair(0, 0), {width - 1, 0}, {0, height - 1}, {width - 1, height - 1}})
        EXPECT_NEAR(dark[at(col, row)] / plain[at(col, row)], 0.7, 0.01);
    EXPECT_NEAR(dark[at(width / 2, height / 2)] / plain[at(width / 2, height / 2)], 1, 0.001);
    for (std::size_t k = 0; k < plain.size(); ++k) ASSERT_LE(dark[k], plain[k] + 1);
}

TEST(Light, haze_takes_contrast_and_adds_light_the_more_the_longer_the_way) {
    const auto plain = frame_with(""), hazy = frame_with("haze = 0.2");
    // Regression of hazy on plain samples in the middle and along the left edge, where the line of sight is longer.
    const auto contrast = [&](int from, int to) {
        double n = 0, x = 0, y = 0, xx = 0, xy = 0;
        for (int row = height / 2 - 10; row < height / 2 + 10; ++row) {
            for (int col = from; col < to; ++col) {
                const double a = plain[at(col, row)], b = hazy[at(col, row)];
                ++n, x += a, y += b, xx += a * a, xy += a * b;
            }
        }
        const double slope = (n * xy - x * y) / (n * xx - x * x);
        return std::pair(slope, (y - slope * x) / n);
    };
    const auto [middle, veil] = contrast(width / 2 - 10, width / 2 + 10);
    const auto [edge, edge_veil] = contrast(0, 8);
    EXPECT_NEAR(middle, 0.8, 0.002);
    EXPECT_NEAR(edge, std::pow(0.8, std::hypot(1.0, 96.0 / 500)), 0.002); // 96 pixels of 10 um at 5 mm
    EXPECT_GT(veil, 100);
    EXPECT_GT(edge_veil, veil);
}

TEST(Light, noise_exposure_and_black_level_are_those_given) {
    const auto plain = frame_with(""), noisy = frame_with("noise = 2"), bright = frame_with("exposure = 0.6"),
               raised = frame_with("offset = 10");
    double sum = 0, squares = 0, clipped = 0;
    for (std::size_t k = 0; k < plain.size(); ++k) {
        const double d = (noisy[k] - plain[k]) / 257;
        sum += d, squares += d * d;
        clipped += plain[k] > 60000 ? 1 : 0;
        if (k % 97 == 0) {
            EXPECT_NEAR((raised[k] - plain[k]) / 257, 10, 0.01);
        }
    }
    const auto n = static_cast<double>(plain.size());
    EXPECT_LT(clipped / n, 0.01);
    EXPECT_NEAR(sum / n, 0, 0.02);
    EXPECT_NEAR(std::sqrt(squares / n), 2, 0.03);
    EXPECT_NEAR(bright[at(50, 50)] / plain[at(50, 50)], 1.2, 0.001);
}

TEST(Light, autumn_turns_plants_red) {
    const std::string meadow = "objects = false\ntown = 0\nforest = 0\nwater = 0\nparking = 0\nmeadow = 1";
    const auto summer = frame_with("", meadow), autumn = frame_with("season = 1", meadow);
    double before = 0, after = 0; // red over green
    for (std::size_t k = 0; k < summer.size(); k += bands)
        before += summer[k] / summer[k + 1], after += autumn[k] / autumn[k + 1];
    EXPECT_GT(after, 1.1 * before);
}

} // namespace
} // namespace overflight::simulation
