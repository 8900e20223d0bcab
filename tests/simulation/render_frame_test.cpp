// SPDX-License-Identifier: Apache-2.0
// Frames against single lines of sight, each followed by itself.
#include "simulation/render_frame.h"
#include "simulation/scene_file.h"
#include "simulation/small_scene.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace overflight::simulation {
namespace {

struct Seen {
    std::uint64_t key = 0;
    int face = -1;
    bool lit = false, window = false;
    std::array<float, max_bands> light{};

    bool same_thing(const Seen& o) const {
        return key == o.key && face == o.face && lit == o.lit && window == o.window;
    }
};

TEST(RenderFrame, shows_what_single_lines_of_sight_see) {
    struct Case {
        const char *camera, *mission, *terrain;
        double detail_m = 0.6; // above the sampling distance: texture at its finest level
    };
    const Case cases[] = {
        {"", "", "relief_m = 30\nwavelength_m = 500"},
        {"view = \"left\"\ntilt_deg = 50", "sun_elevation_deg = 25", "relief_m = 30\nwavelength_m = 500"},
        {"view = \"left\"\ntilt_deg = 40", "pose_space = \"cartesian\"", "relief_m = 20\nwavelength_m = 500"},
        {"view = \"right\"\ntilt_deg = 50", "sun_elevation_deg = 20", "relief_m = 150\nwavelength_m = 300"},
        {"view = \"left\"\ntilt_deg = 75", "", "relief_m = 30\nwavelength_m = 500", 20}, // the horizon in view
    };
    for (const Case& test : cases) {
        SmallScene small;
        small.output = "bits = 16\nbands = 4";
        small.scene += fmt::format("\ndetail_m = {}", test.detail_m);
        small.land = "block_m = 60\ntown = 0.5\nforest = 0.15";
        small.terrain = std::string("post_m = 2\n") + test.terrain;
        small.cameras = fmt::format(
            "[[camera]]\nid = \"v\"\nwidth = 300\nheight = 280\nfocal_mm = 12\npixel_um = 10\n{}\n", test.camera);
        small.first = fmt::format("flying_height_m = 500\nexposure = 0.5\nhaze = 0.1\n{}", test.mission);
        const TemporaryFolder folder;
        const Settings settings = load_scene(small.write(folder / "scene.toml", folder / "out"));
        const MissionSettings& mission = settings.missions.front();
        const PoseFrame frame(settings.scene.crs);
        Scene scene(settings);
        scene.survey({-700, -700, 700, 700});
        const Exposure exposure = plan_flight(scene, frame, 0, 200).front();
        const SightLines lines(exposure, mission, frame, {settings.scene.center_x, settings.scene.center_y}, 200, 100);
        const int width = 300, height = 280;
        std::vector<std::uint16_t> samples;
        std::vector<SceneView> views;
        views.emplace_back(scene, 0), views.emplace_back(scene, 0);
        render_frame(exposure, mission, lines, settings.output, scene, Workers(2), views,
                     [&](std::int64_t, int rows, const void* data) {
                         const auto* values = static_cast<const std::uint16_t*>(data);
                         samples.insert(samples.end(), values, values + static_cast<std::ptrdiff_t>(rows) * width * 4);
                     });

        SceneView view(scene, 0);
        const auto see = [&](int col, int row) {
            Seen seen;
            const SightLines::Pixel pixel = lines.at(col, row);
            SurfacePoint point;
            double guess = 200;
            if (std::isnan(pixel.line.x0) || !view.trace(pixel.line, guess, point)) return seen;
            seen.key = point.key, seen.face = point.face, seen.window = SceneView::is_window(point);
            seen.lit = view.sunlit(point);
            view.radiance(point, seen.lit, 0, seen.light.data());
            for (float& light : seen.light)
                light = light * static_cast<float>(pixel.through) + static_cast<float>(pixel.veil);
            return seen;
        };
        int compared = 0, different = 0, on_objects = 0, in_shadow = 0;
        for (int row = 1; row < height - 1; row += 3) {
            for (int col = 1; col < width - 1; col += 3) {
                const Seen here = see(col, row);
                const bool alone = here.same_thing(see(col - 1, row)) && here.same_thing(see(col + 1, row)) &&
                                   here.same_thing(see(col, row - 1)) && here.same_thing(see(col, row + 1));
                if (!alone) continue; // smoothed
                ++compared;
                on_objects += here.key != 0, in_shadow += here.face >= 0 && !here.lit;
                double worst = 0;
                for (std::size_t b = 0; b < 4; ++b) {
                    const double expected =
                        here.face < 0 ? 0 : 65535 * radiance_scale * 0.5 * static_cast<double>(here.light[b]);
                    worst = std::max(worst, std::abs(std::min(expected, 65535.0) -
                                                     samples[static_cast<std::size_t>(row * width + col) * 4 + b]));
                }
                different += worst > 40; // a millimetre on the ground moves the texture by a few of 65535 steps
            }
        }
        SCOPED_TRACE(fmt::format("{} {}", test.camera, test.mission));
        EXPECT_GT(compared, 3000);
        EXPECT_GT(on_objects, 300);
        EXPECT_GT(in_shadow, 20);
        EXPECT_LE(different, compared / 2000); // right at an edge, rounding may decide
    }
}

} // namespace
} // namespace overflight::simulation
