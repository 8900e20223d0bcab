// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "geometry/ground_space.h"
#include "stages/plan.h"
#include "stages/seam_map.h"
#include "stages/sight_field.h"

#include <Eigen/Core>

#include <cstdint>
#include <memory>
#include <vector>

namespace overflight {

/// From where another mission looks at places.
class MatchedViews {
public:
    /// Keeps what it needs of the mission.
    explicit MatchedViews(const PlannedMission& other);

    /// Change of map x and y with height along the other mission's line of sight, towards its camera, at places of the
    /// map with their height; NaN where it sees none. Of the one of its frames that sees a place most from above, or of
    /// `frame` wherever that can look at it, within its image or not.
    std::vector<Eigen::Vector2d> slopes(const std::vector<Eigen::Vector3d>& places,
                                        std::uint32_t frame = SeamMap::nobody) const;

    /// Frames that the other mission's mosaic shows in the middles of cells, row-major, by its seams.
    std::vector<std::uint32_t> frames_shown(const SeamMap& seams, const Grid& cells, const Window& window) const;

private:
    std::vector<std::shared_ptr<const FrameCamera>> cameras_;
    std::shared_ptr<const GroundSpace> space_;
    Grid grid_;
    TileFrames tile_frames_;
};

/// How much a frame is to be preferred at places of the map: the tangent of its off-nadir angle, or, with
/// match_view_of, how far its line of sight leads from the other mission's, by the metre of height: the smaller the
/// better. Infinite where it cannot see.
class ViewCosts {
public:
    /// matched_frame: of the other mission, whose line of sight is wanted; see MatchedViews::slopes().
    ViewCosts(const PlannedMission& mission, const std::vector<Eigen::Vector3d>& places,
              std::uint32_t matched_frame = SeamMap::nobody);

    std::vector<double> of(const FrameCamera& camera) const;

private:
    std::vector<Eigen::Vector3d> ground_; ///< without match_view_of; else the others
    std::vector<GroundFrame> frames_;
    std::vector<Eigen::Vector2d> wanted_;
};

} // namespace overflight
