// SPDX-License-Identifier: Apache-2.0
#include "stages/view_match.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace overflight {
namespace {

constexpr double unseen = std::numeric_limits<double>::infinity();

} // namespace

MatchedViews::MatchedViews(const PlannedMission& other)
    : space_(other.space), grid_(other.grid), tile_frames_(other.tile_frames) {
    for (const PlannedFrame& frame : other.frames) cameras_.push_back(frame.camera);
}

std::vector<Eigen::Vector2d> MatchedViews::slopes(const std::vector<Eigen::Vector3d>& places,
                                                  std::uint32_t wanted) const {
    const std::vector<GroundFrame> ground = ground_frames(*space_, places);
    const Tiling tiling(grid_);
    std::vector<Eigen::Vector2d> slopes(places.size(), Eigen::Vector2d::Constant(std::nan("")));
    for (std::size_t i = 0; i < places.size(); ++i) {
        // what lies just beyond the grid is asked of the frames of its border
        const auto within = [](double value, std::int64_t size) {
            return static_cast<std::int64_t>(std::clamp(value, 0.0, static_cast<double>(size - 1)));
        };
        const auto tile = within(grid_.row(places[i].y()) + 0.5, grid_.height) / Tiling::size * tiling.cols() +
                          within(grid_.col(places[i].x()) + 0.5, grid_.width) / Tiling::size;
        double smallest = unseen;
        const FrameCamera* best = nullptr;
        if (wanted != SeamMap::nobody) { // beyond its sides as well: what lies between is interpolated
            slopes[i] = sight_slope(*cameras_[wanted], ground[i]);
            if (!std::isnan(slopes[i].x())) continue;
        }
        for (const std::size_t frame : tile_frames_.at(tile)) {
            const double tangent = cameras_[frame]->off_nadir_tangent(ground[i].point);
            if (!(tangent < smallest) || !cameras_[frame]->sees(ground[i].point)) continue;
            smallest = tangent;
            best = cameras_[frame].get();
        }
        if (best) slopes[i] = sight_slope(*best, ground[i]);
    }
    return slopes;
}

std::vector<std::uint32_t> MatchedViews::frames_shown(const SeamMap& seams, const Grid& cells,
                                                      const Window& window) const {
    const auto cell_at = [&](double pixel) {
        return static_cast<std::int64_t>(std::floor((pixel + 0.5) / seams.cell()));
    };
    const Window around = [&] { // of the other's cells
        const std::int64_t col = cell_at(grid_.col(cells.x(static_cast<double>(window.col)))),
                           row = cell_at(grid_.row(cells.y(static_cast<double>(window.row))));
        const std::int64_t last_col = cell_at(grid_.col(cells.x(static_cast<double>(window.col + window.width - 1)))),
                           last_row = cell_at(grid_.row(cells.y(static_cast<double>(window.row + window.height - 1))));
        return Window{col, row, static_cast<int>(last_col - col + 1), static_cast<int>(last_row - row + 1)};
    }();
    std::vector<std::uint32_t> theirs, frames;
    seams.read(around, theirs);
    for (int r = 0; r < window.height; ++r) {
        const std::int64_t row = cell_at(grid_.row(cells.y(static_cast<double>(window.row + r)))) - around.row;
        for (int c = 0; c < window.width; ++c) {
            const std::int64_t col = cell_at(grid_.col(cells.x(static_cast<double>(window.col + c)))) - around.col;
            frames.push_back(theirs[static_cast<std::size_t>(row * around.width + col)]);
        }
    }
    return frames;
}

ViewCosts::ViewCosts(const PlannedMission& mission, const std::vector<Eigen::Vector3d>& places,
                     std::uint32_t matched_frame) {
    if (!mission.matched_views) {
        ground_ = places;
        mission.space->from_map(ground_);
        return;
    }
    frames_ = ground_frames(*mission.space, places);
    wanted_ = mission.matched_views->slopes(places, matched_frame);
}

std::vector<double> ViewCosts::of(const FrameCamera& camera) const {
    std::vector<double> costs;
    const auto add = [&](double cost) { costs.push_back(std::isnan(cost) ? unseen : cost); };
    for (const Eigen::Vector3d& point : ground_) add(camera.off_nadir_tangent(point));
    for (std::size_t i = 0; i < frames_.size(); ++i) {
        if (std::isnan(wanted_[i].x()))
            add(camera.off_nadir_tangent(frames_[i].point));
        else
            add((sight_slope(camera, frames_[i]) - wanted_[i]).norm());
    }
    return costs;
}

} // namespace overflight
