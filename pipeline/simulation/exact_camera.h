// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulation/scene_settings.h"

#include <Eigen/Core>

#include <optional>

// The simulator's own camera mathematics, written straight from the definitions in double precision. It shares no code
// with the pipeline's cameras on purpose: an error in either shows as a difference instead of cancelling.
namespace overflight::simulation {

/// Camera (x right, y up, z backward) to world, R = Rx(omega) Ry(phi) Rz(kappa); radians.
Eigen::Matrix3d rotation_from(double omega, double phi, double kappa);
/// The way back: omega, phi, kappa.
Eigen::Vector3d angles_of(const Eigen::Matrix3d& rotation);

/// A frame camera at a place. `center` and the rotation's world axes are of any Cartesian space.
struct ExactCamera {
    CameraSettings interior;
    Eigen::Vector3d center = Eigen::Vector3d::Zero();
    Eigen::Matrix3d rotation = Eigen::Matrix3d::Identity();

    /// Position (column, row), first pixel's centre = 0; nothing behind the camera or where the distortion folds back.
    std::optional<Eigen::Vector2d> project(const Eigen::Vector3d& point) const;
    /// Direction of the line of sight in the world, unit length; nothing where no direction maps there.
    std::optional<Eigen::Vector3d> direction(double col, double row) const;
    /// Squared distance from the principal point over that of the frame's corner, for the fall of light.
    double relative_radius2(double col, double row) const;
};

/// Normalised coordinates (x right, y down, at depth 1) -> distorted ones, as OpenCV documents the models.
Eigen::Vector2d distort(const CameraSettings& interior, const Eigen::Vector2d& point);

} // namespace overflight::simulation
