// SPDX-License-Identifier: Apache-2.0
#include "accuracy/visibility.h"

#include "core/quality.h"
#include "flow/work_folder.h"
#include "io/product.h"
#include "simulation/flight.h"
#include "simulation/scene_file.h"
#include "simulation/scene_view.h"
#include "stages/visibility.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace overflight::accuracy {

using namespace simulation;

namespace {

Plan plan_of(Config config, const std::string& mission) {
    std::erase_if(config.missions, [&](const MissionConfig& m) { return m.name != mission; });
    config.changes.clear();
    return make_plan(config, 1, std::int64_t{1} << 30);
}

/// A mask of a frame or of a mission, on the pixels of a grid.
class Mask {
public:
    Mask(const std::filesystem::path& file, const Grid& grid)
        : image_(read_image(file)), col_(std::lround((image_.grid.west - grid.west) / grid.resolution)),
          row_(std::lround((grid.north - image_.grid.north) / grid.resolution)) {}

    /// 255 beyond it.
    int at(std::int64_t col, std::int64_t row) const {
        const std::int64_t c = col - col_, r = row - row_;
        if (c < 0 || r < 0 || c >= image_.width() || r >= image_.height()) return 255;
        return static_cast<int>(image_.at(c, r));
    }

private:
    Image image_;
    std::int64_t col_, row_;
};

std::vector<Mask> occlusion_masks(const FlownScene& scene, const PlannedMission& mission) {
    std::vector<Mask> masks;
    for (const PlannedFrame& frame : mission.frames)
        masks.emplace_back(scene.folder() / "truth" / ("occlusion_" + mission.config.name) /
                               (frame.header.path.stem().string() + ".tif"),
                           mission.grid);
    return masks;
}

template <typename T>
std::vector<T> layer(const ProductReader& product, const std::string& name) {
    const Grid& grid = product.grid();
    std::vector<T> values(static_cast<std::size_t>(grid.width * grid.height));
    product.read_window(name, 0, {0, 0, static_cast<int>(grid.width), static_cast<int>(grid.height)},
                        std::as_writable_bytes(std::span(values)));
    return values;
}

void count(bool flagged, bool wanted, FlagErrors& errors) {
    ++errors.pixels;
    errors.flagged += flagged;
    errors.wanted += wanted;
    errors.both += flagged && wanted;
}

} // namespace

Config on_surfaces(const FlownScene& scene, const Config& config) {
    Config with = config;
    const Settings settings = load_scene(scene.scene_file());
    for (MissionConfig& mission : with.missions) {
        for (const MissionSettings& flown : settings.missions) {
            if (flown.name != mission.name) continue;
            mission.sun_azimuth_deg = flown.sun_azimuth_deg;
            mission.sun_elevation_deg = flown.sun_elevation_deg;
        }
        mission.terrain = config.terrain_of(mission);
        mission.terrain->surface = scene.folder() / "terrain" / ("dsm_" + mission.name + ".tif");
    }
    return with;
}

FlagErrors frame_occlusion_errors(const FlownScene& scene, const Config& config, const std::string& mission) {
    const Plan plan = plan_of(config, mission);
    const PlannedMission& planned = plan.missions.front();
    const std::vector<Mask> masks = occlusion_masks(scene, planned);
    const Tiling tiling(planned.grid);
    TileVisibility visibility;
    FlagErrors errors;
    for (std::int64_t tile = 0; tile < tiling.count(); ++tile) {
        const Window window = tiling.window(tile);
        visibility.begin(planned, window, surface_error_px(planned, 0));
        for (const std::size_t frame : planned.tile_frames.at(tile)) {
            const Window whole{0, 0, window.width, window.height};
            const PartSight seen = visibility.look(frame, whole);
            for (int row = 0; row < window.height; ++row)
                for (int col = 0; col < window.width; ++col) {
                    const int truth = masks[frame].at(window.col + col, window.row + row);
                    if (truth == 255) continue;
                    count(seen.at(col, row) == sight::hidden, truth == 1, errors);
                }
        }
    }
    return errors;
}

FlagErrors mosaic_occlusion_errors(const FlownScene& scene, const Config& config, const std::string& mission) {
    const Plan plan = plan_of(config, mission);
    const std::vector<Mask> masks = occlusion_masks(scene, plan.missions.front());
    const ProductReader product(product_path(config, mission));
    const auto flags = layer<std::uint8_t>(product, "quality");
    FlagErrors errors;
    for (std::size_t i = 0; i < flags.size(); ++i) {
        const auto col = static_cast<std::int64_t>(i) % product.grid().width,
                   row = static_cast<std::int64_t>(i) / product.grid().width;
        int seeing = 0, looking = 0;
        for (const Mask& mask : masks) {
            const int truth = mask.at(col, row);
            looking += truth != 255;
            seeing += truth == 0;
        }
        if (looking > 0) count((flags[i] & quality::occluded) != 0, seeing == 0, errors);
    }
    return errors;
}

FlagErrors shadow_errors(const FlownScene& scene, const Config& config, const std::string& mission) {
    const ProductReader product(product_path(config, mission));
    const Mask truth(scene.folder() / "truth" / ("shadow_" + mission + ".tif"), product.grid());
    const auto flags = layer<std::uint8_t>(product, "quality");
    FlagErrors errors;
    for (std::size_t i = 0; i < flags.size(); ++i) {
        const auto col = static_cast<std::int64_t>(i) % product.grid().width,
                   row = static_cast<std::int64_t>(i) / product.grid().width;
        if ((flags[i] & quality::valid) != 0) count((flags[i] & quality::shadow) != 0, truth.at(col, row) == 1, errors);
    }
    return errors;
}

WrongSurface wrong_surface(const FlownScene& scene, const Config& config, const std::string& mission) {
    const Plan plan = plan_of(config, mission);
    const PlannedMission& planned = plan.missions.front();
    const ProductReader product(product_path(config, mission));
    const auto flags = layer<std::uint8_t>(product, "quality");
    const auto sources = layer<std::uint16_t>(product, "source_frame");

    const Settings settings = load_scene(scene.scene_file());
    const auto number = static_cast<int>(std::find_if(settings.missions.begin(), settings.missions.end(),
                                                      [&](const MissionSettings& m) { return m.name == mission; }) -
                                         settings.missions.begin());
    Scene land(settings);
    const PoseFrame frame(settings.scene.crs);
    const double half_w = 0.5 * settings.scene.width_m + 100, half_h = 0.5 * settings.scene.height_m + 100;
    land.survey({-half_w, -half_h, half_w, half_h});
    SceneView view(land, number);
    double mean = 0; // as the simulator takes it
    constexpr int side = 32;
    for (int k = 0; k < side * side; ++k)
        mean += view.ground((k % side + 0.5) / side * settings.scene.width_m - settings.scene.width_m / 2,
                            (k / side + 0.5) / side * settings.scene.height_m - settings.scene.height_m / 2)
                    .height /
                (side * side);
    std::vector<Eigen::Vector3d> eyes;
    const std::vector<Exposure> exposures = plan_flight(land, frame, number, mean);
    for (const PlannedFrame& planned_frame : planned.frames)
        for (const Exposure& exposure : exposures)
            if (exposure.name == planned_frame.header.path.stem()) eyes.push_back(exposure.truth.position);

    WrongSurface result;
    const Tiling tiling(planned.grid);
    TileHeights heights;
    double down = land.lowest(), along = down;
    for (std::int64_t tile = 0; tile < tiling.count(); ++tile) {
        const Window window = tiling.window(tile);
        planned.terrain->heights(planned.grid, window, heights);
        for (int row = 0; row < window.height; ++row)
            for (int col = 0; col < window.width; ++col) {
                const auto i = static_cast<std::size_t>((window.row + row) * planned.grid.width + window.col + col);
                if ((flags[i] & quality::valid) == 0) continue;
                const double x = planned.grid.x(static_cast<double>(window.col + col)) - settings.scene.center_x,
                             y = planned.grid.y(static_cast<double>(window.row + row)) - settings.scene.center_y;
                const auto h = static_cast<double>(heights.height[static_cast<std::size_t>(row * window.width + col)]);
                SightLine line;
                line.x0 = x, line.y0 = y, line.reference = h;
                SurfacePoint there, seen;
                view.trace(line, down, there);
                const std::uint64_t stands = there.key;
                const bool wall = there.nz < 0.1;
                const Eigen::Vector3d& eye = eyes.at(sources[i]);
                line.tx = (eye.x() - settings.scene.center_x - x) / (eye.z() - h);
                line.ty = (eye.y() - settings.scene.center_y - y) / (eye.z() - h);
                view.trace(line, along, seen);
                const bool wrong = seen.key != stands || (seen.nz < 0.1) != wall;
                const bool certain = (flags[i] & quality::uncertain) == 0;
                ++result.shown;
                result.wrong += wrong;
                result.certain += certain;
                result.wrong_and_certain += wrong && certain;
            }
    }
    return result;
}

} // namespace overflight::accuracy
