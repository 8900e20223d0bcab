// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

namespace overflight {

// Rotations turn camera axes into world axes. Photogrammetric camera axes: x right, y up, z backward; world axes: east,
// north, up. Angles are in radians.

/// R = Rx(omega) Ry(phi) Rz(kappa).
Eigen::Matrix3d rotation_from_opk(double omega, double phi, double kappa);

/// The angles of rotation_from_opk; phi in -pi/2 .. pi/2.
Eigen::Vector3d opk_from_rotation(const Eigen::Matrix3d& rotation);

/// Roll, pitch and yaw of a body (x forward, y right, z down; turned by yaw, then pitch, then roll against north, east,
/// down) that carries a camera looking along its z axis with the image's top forward: all zero looks at the nadir with
/// north up; a positive pitch looks forward, a positive roll (right side down) looks left, yaw is clockwise from north.
Eigen::Matrix3d rotation_from_rpy(double roll, double pitch, double yaw);

/// Rodrigues vector: axis times angle.
Eigen::Matrix3d rotation_from_angle_axis(const Eigen::Vector3d& vector);

/// Photogrammetric camera axes -> computer vision's (x right, y down, z forward) and back: the same diagonal matrix.
Eigen::Matrix3d flip_camera_axes(const Eigen::Matrix3d& rotation);

} // namespace overflight
