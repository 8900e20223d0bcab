// SPDX-License-Identifier: Apache-2.0
#include "stages/alike_views.h"

#include "stages/sight_field.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace overflight {
namespace {

constexpr int avoided = 2; ///< PlannedFrame::rank

/// What a pair costs that is so much off the vertical: views that are as alike are better ones from above.
constexpr double slant_cost = 0.05;

struct View {
    std::size_t frame;
    Eigen::Vector2d slope; ///< see sight_slope()
};

/// Of a mission's frames that show a window.
std::vector<View> views_of(const PlannedMission& mission, const Grid& grid, const Window& window) {
    const double left = grid.x(static_cast<double>(window.col)), top = grid.y(static_cast<double>(window.row)),
                 right = grid.x(static_cast<double>(window.col + window.width - 1)),
                 bottom = grid.y(static_cast<double>(window.row + window.height - 1)), middle_x = 0.5 * (left + right),
                 middle_y = 0.5 * (top + bottom);
    std::vector<Eigen::Vector3d> places;
    for (const auto& [x, y] : {std::pair(middle_x, middle_y), std::pair(left, top), std::pair(right, top),
                               std::pair(left, bottom), std::pair(right, bottom)})
        places.emplace_back(x, y, mission.terrain->reduced_height_at(x, y));
    const std::vector<GroundFrame> ground = ground_frames(*mission.space, places);
    const auto tile_at = [](double pixel, std::int64_t size) {
        return static_cast<std::int64_t>(std::clamp(pixel, 0.0, static_cast<double>(size - 1)) + 0.5) / Tiling::size;
    };
    const Tiling tiling(mission.grid);
    const std::int64_t tile = tile_at(mission.grid.row(middle_y), mission.grid.height) * tiling.cols() +
                              tile_at(mission.grid.col(middle_x), mission.grid.width);
    std::vector<View> views;
    for (const std::size_t frame : mission.tile_frames.at(tile)) {
        const FrameCamera& camera = *mission.frames[frame].camera;
        if (mission.frames[frame].rank == avoided ||
            !std::all_of(ground.begin(), ground.end(), [&](const GroundFrame& at) { return camera.sees(at.point); }))
            continue;
        const Eigen::Vector2d slope = sight_slope(camera, ground.front());
        if (!slope.array().isNaN().any()) views.push_back({frame, slope});
    }
    return views;
}

} // namespace

bool has_second_look(const Plan& plan, const PlannedChange& change) {
    const auto has_frames = [&](std::size_t mission) {
        return plan.missions[mission].config.camera != CameraKind::ortho;
    };
    return change.config.second_look && change.config.relief_m > 0 && has_frames(change.before) &&
           has_frames(change.after);
}

std::optional<AlikeViews> most_alike_views(const PlannedMission& before, const PlannedMission& after, const Grid& grid,
                                           const Window& window) {
    const std::vector<View> views_before = views_of(before, grid, window), views_after = views_of(after, grid, window);
    std::optional<AlikeViews> best;
    double least = std::numeric_limits<double>::infinity();
    for (const View& one : views_before) {
        for (const View& other : views_after) {
            const double parallax = (one.slope - other.slope).norm();
            const double cost = parallax + slant_cost * (one.slope.norm() + other.slope.norm());
            if (!(cost < least)) continue;
            least = cost;
            best = {one.frame, other.frame, parallax};
        }
    }
    return best;
}

} // namespace overflight
