// SPDX-License-Identifier: Apache-2.0
#include "stages/view_match.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace overflight {
namespace {

constexpr double unseen = std::numeric_limits<double>::infinity();

bool sees(const FrameCamera& camera, const Eigen::Vector3d& ground) {
    const ImagePoint point = camera.project(ground);
    if (!(point.w > 0)) return false;
    const double col = point.col(), row = point.row();
    return col >= 0 && row >= 0 && col <= camera.width - 1 && row <= camera.height - 1;
}

} // namespace

MatchedViews::MatchedViews(const PlannedMission& other)
    : space_(other.space), grid_(other.grid), tile_frames_(other.tile_frames) {
    for (const PlannedFrame& frame : other.frames) cameras_.push_back(frame.camera);
}

std::vector<Eigen::Vector2d> MatchedViews::slopes(const std::vector<Eigen::Vector3d>& places) const {
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
        for (const std::size_t frame : tile_frames_.at(tile)) {
            const double tangent = cameras_[frame]->off_nadir_tangent(ground[i].point);
            if (!(tangent < smallest) || !sees(*cameras_[frame], ground[i].point)) continue;
            smallest = tangent;
            best = cameras_[frame].get();
        }
        if (best) slopes[i] = sight_slope(*best, ground[i]);
    }
    return slopes;
}

ViewCosts::ViewCosts(const PlannedMission& mission, const std::vector<Eigen::Vector3d>& places) {
    if (!mission.matched_views) {
        ground_ = places;
        mission.space->from_map(ground_);
        return;
    }
    frames_ = ground_frames(*mission.space, places);
    wanted_ = mission.matched_views->slopes(places);
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
