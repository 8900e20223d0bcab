// SPDX-License-Identifier: Apache-2.0
#include "simulation/scene.h"

#include "simulation/hash.h"
#include "simulation/scene_view.h"

#include <algorithm>
#include <cmath>

namespace overflight::simulation {

namespace {

/// Finest ground sampling distance of any camera of any mission.
double finest_gsd(const Settings& settings) {
    double finest = 1e9;
    for (const MissionSettings& mission : settings.missions) {
        for (const CameraSettings& camera : settings.cameras) {
            finest = std::min(finest, camera.pixel_um / 1000 / camera.focal_mm * mission.flying_height_m);
        }
    }
    return finest;
}

int octave(double length, double unit) {
    return std::max(0, static_cast<int>(std::lround(std::log2(length / unit))));
}

} // namespace

Scene::Scene(const Settings& settings)
    : settings_(settings), layout_(settings), changes_(settings, layout_),
      detail_(settings.scene.detail_m > 0 ? settings.scene.detail_m : 0.75 * finest_gsd(settings)),
      relief_(hash(static_cast<std::uint64_t>(settings.scene.seed), {1}), 2,
              octave(settings.terrain.wavelength_m / 2, settings.terrain.post_m), settings.terrain.roughness),
      texture_(hash(static_cast<std::uint64_t>(settings.scene.seed), {2}), 1, octave(60, detail_), 1.0),
      hue_(hash(static_cast<std::uint64_t>(settings.scene.seed), {3}), 3, octave(60, detail_), 0.9) {
    tallest_ = std::max(settings.land.tallest_m, 10.0) + 10; // roofs, woods
    choose_check_points();
}

Scene::~Scene() = default;

void Scene::survey(const Bounds& area) {
    SceneView view(*this, 0);
    const double post = settings_.terrain.post_m;
    const auto index = [&](double v) { return static_cast<std::int64_t>(std::floor(v / post)); };
    lowest_ = 1e9, highest_ = -1e9, steepest_ = 0;
    for (std::int64_t j = index(area.ymin); j <= index(area.ymax); ++j) {
        for (std::int64_t i = index(area.xmin); i <= index(area.xmax); ++i) {
            const double x = (static_cast<double>(i) + 0.5) * post, y = (static_cast<double>(j) + 0.5) * post;
            const GroundPoint g = view.ground(x, y);
            lowest_ = std::min(lowest_, g.height);
            highest_ = std::max(highest_, g.height);
            steepest_ = std::max(steepest_, std::hypot(g.slope_x, g.slope_y));
        }
    }
    steepest_ = 1.2 * steepest_ + 0.02; // between the places looked at
    lowest_ -= 1, highest_ += 1;
}

void Scene::choose_check_points() {
    const int wanted = settings_.output.check_points;
    if (wanted <= 0) return;
    const double w = 0.96 * settings_.scene.width_m, h = 0.96 * settings_.scene.height_m;
    const int cols = std::max(1, static_cast<int>(std::lround(std::sqrt(wanted * w / h))));
    const int rows = (wanted + cols - 1) / cols;
    const double clear = 1.5 + settings_.scene.marks_m;
    for (int s = 0; s < wanted; ++s) {
        Random random(hash(static_cast<std::uint64_t>(settings_.scene.seed), {4, s}));
        for (int attempt = 0; attempt < 200; ++attempt) {
            const double x = (s % cols + random.uniform(0.1, 0.9)) * w / cols - w / 2;
            const double y = (s / cols + random.uniform(0.1, 0.9)) * h / rows - h / 2;
            const Point2 uv = layout_.to_uv(x, y);
            std::int64_t i, j;
            layout_.find(uv.x, uv.y, i, j);
            bool taken = false;
            for (std::int64_t dj = -1; dj <= 1; ++dj) {
                for (std::int64_t di = -1; di <= 1; ++di) {
                    const Block block = layout_.block(i + di, j + dj);
                    if (di == 0 && dj == 0) {
                        taken = taken || block.use == Use::water || block.use == Use::forest;
                        taken = taken || !changes_.of_block(i, j).empty();
                    }
                    for (const SceneObject& o : layout_.objects(block)) {
                        taken = taken || std::hypot(o.x - x, o.y - y) < o.radius() + clear;
                    }
                    for (const std::size_t e : changes_.of_block(i + di, j + dj)) {
                        const auto& added = changes_.edits()[e].added;
                        taken = taken || (added && std::hypot(added->x - x, added->y - y) < added->radius() + clear);
                    }
                }
            }
            if (taken) continue;
            check_points_.push_back({x, y});
            break;
        }
    }
}

} // namespace overflight::simulation
