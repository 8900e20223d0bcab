// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "simulation/exact_camera.h"
#include "simulation/pose_frame.h"
#include "simulation/scene.h"

#include <Eigen/Core>

#include <optional>
#include <string>
#include <vector>

namespace overflight::simulation {

/// Where a camera is and how it points, as pose files have it.
struct Pose {
    Eigen::Vector3d position; ///< x, y of the scene's CRS, height
    Eigen::Vector3d angles;   ///< omega, phi, kappa, radians
};

/// One frame to be taken.
struct Exposure {
    std::string name; ///< of the file, without extension
    std::size_t camera = 0;
    Pose truth, as_flown;
    ExactCamera exact;                ///< at the true pose, in map or earth-centred axes
    std::vector<double> gain, offset; ///< by band
    std::uint64_t key = 0;
};

/// The frames of a mission: strips over the whole scene, flown to and fro.
/// Angles are about grid east, grid north and up: of the map itself, or, in Cartesian space, in the plane that touches
/// the ellipsoid below the camera.
std::vector<Exposure> plan_flight(const Scene& scene, const PoseFrame& frame, int mission, double mean_ground);

/// Position in the frame of places in the scene's CRS, straight from the definition.
std::vector<std::optional<Eigen::Vector2d>> project(const Exposure& exposure, const MissionSettings& mission,
                                                    const PoseFrame& frame, std::vector<Eigen::Vector3d> map_points);

} // namespace overflight::simulation
