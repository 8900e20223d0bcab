// SPDX-License-Identifier: Apache-2.0
#include "accuracy/projection.h"

#include "kernels/resample.h"
#include "stages/locate.h"
#include "stages/plan.h"

#include <algorithm>
#include <cmath>

namespace overflight::accuracy {
namespace {

Plan plan_of(Config config, const std::string& mission) {
    std::erase_if(config.missions, [&](const MissionConfig& m) { return m.name != mission; });
    return make_plan(config, 1, std::int64_t{1} << 30);
}

} // namespace

ProjectionErrors projection_errors(const FlownScene& scene, const Config& config, const std::string& mission) {
    const Plan plan = plan_of(config, mission);
    const PlannedMission& planned = plan.missions.front();
    ProjectionErrors errors;
    // The frames of mission "rpc_x" are those of "x".
    const std::string flown = mission.starts_with("rpc_") ? mission.substr(4) : mission;
    for (const CheckPoint& p : scene.check_points(flown)) {
        for (const PlannedFrame& frame : planned.frames) {
            if (frame.header.path.stem() != p.frame) continue;
            Eigen::Vector3d ground(p.x, p.y, p.z);
            planned.space->from_map({&ground, 1});
            const ImagePoint at = frame.camera->project(ground);
            errors.largest = std::max(errors.largest, std::hypot(at.col() - p.col, at.row() - p.row));
            ++errors.count;
        }
    }
    return errors;
}

ProjectionErrors interpolation_errors(const Config& config, const std::string& mission, int every) {
    const Plan plan = plan_of(config, mission);
    const PlannedMission& planned = plan.missions.front();
    const Tiling tiling(planned.grid);
    ProjectionErrors errors;
    TileHeights heights;
    std::vector<std::int32_t> cols(Tiling::size), rows(Tiling::size);
    for (std::int64_t tile = 0; tile < tiling.count(); ++tile) {
        const Window window = tiling.window(tile);
        planned.terrain->heights(planned.grid, window, heights);
        const TileGround ground(planned.grid, window, *planned.space, heights);
        for (const std::size_t f : planned.tile_frames.at(tile)) {
            const PlannedFrame& frame = planned.frames[f];
            const FrameLocator locator(planned.grid, *planned.space, ground, heights, *frame.camera);
            for (int row = 0; row < window.height; row += every) {
                locator.positions(row, 0, static_cast<std::size_t>(window.width), cols.data(), rows.data());
                for (int col = row % 5; col < window.width; col += every) {
                    const auto k = static_cast<std::size_t>(col);
                    if (cols[k] == kernels::no_position) continue;
                    const double at_col = static_cast<double>(cols[k]) / kernels::phases,
                                 at_row = static_cast<double>(rows[k]) / kernels::phases;
                    if (at_col < 0 || at_row < 0 || at_col >= frame.header.width || at_row >= frame.header.height) {
                        continue;
                    }
                    const float height = heights.height[static_cast<std::size_t>(row * window.width + col)];
                    const ImagePoint exact = frame.camera->project(ground.exact(col, row, height));
                    errors.largest = std::max(errors.largest, std::hypot(at_col - exact.col(), at_row - exact.row()));
                    ++errors.count;
                }
            }
        }
    }
    return errors;
}

} // namespace overflight::accuracy
