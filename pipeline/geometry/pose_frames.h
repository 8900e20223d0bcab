// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/crs.h"
#include "geometry/exterior.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace overflight {

/// A pose in the frames that cameras need. Rotations are from photogrammetric camera axes.
struct OrientedPose {
    Eigen::Vector3d grid;          ///< x, y of the pose CRS and height
    Eigen::Matrix3d to_grid;       ///< -> grid east, grid north, up: differs from level by the meridian convergence
    Eigen::Matrix3d to_level;      ///< -> true east, true north, up at the camera
    Eigen::Vector3d geocentric;    ///< earth-centred x, y, z
    Eigen::Matrix3d to_geocentric; ///< -> earth-centred axes
};

/// Turns the poses `order` of a file into a projected CRS and, where asked, the earth-centred frame of its ellipsoid.
/// Poses that are in that CRS already and need no earth-centred frame never meet PROJ: to_level is then to_grid.
std::vector<OrientedPose> orient_poses(const Exterior& exterior, std::span<const std::size_t> order,
                                       const OGRSpatialReference& pose_crs, bool earth_centred);

/// A frame must look down: finds frames whose optical axis points above the horizon and names the reading of the angles
/// under which all frames of the file look down.
class ConventionCheck {
public:
    ConventionCheck(const Exterior& exterior, std::span<const OrientedPose> oriented,
                    std::span<const std::size_t> order, std::vector<std::string>& warnings);

    std::optional<Problem> problem(const Exterior& exterior, const PoseRecord& record, const OrientedPose& pose,
                                   const std::filesystem::path& frame) const;

private:
    std::string likely_;
};

} // namespace overflight
