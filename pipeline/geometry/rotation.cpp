// SPDX-License-Identifier: Apache-2.0
#include "geometry/rotation.h"

#include <Eigen/Geometry>

#include <algorithm>
#include <cmath>

namespace overflight {
namespace {

using Eigen::AngleAxisd;
using Eigen::Matrix3d;
using Eigen::Vector3d;

} // namespace

Matrix3d rotation_from_opk(double omega, double phi, double kappa) {
    return (AngleAxisd(omega, Vector3d::UnitX()) * AngleAxisd(phi, Vector3d::UnitY()) *
            AngleAxisd(kappa, Vector3d::UnitZ()))
        .toRotationMatrix();
}

Vector3d opk_from_rotation(const Matrix3d& rotation) {
    return {std::atan2(-rotation(1, 2), rotation(2, 2)), std::asin(std::clamp(rotation(0, 2), -1.0, 1.0)),
            std::atan2(-rotation(0, 1), rotation(0, 0))};
}

Matrix3d rotation_from_rpy(double roll, double pitch, double yaw) {
    const Matrix3d body_to_ned = (AngleAxisd(yaw, Vector3d::UnitZ()) * AngleAxisd(pitch, Vector3d::UnitY()) *
                                  AngleAxisd(roll, Vector3d::UnitX()))
                                     .toRotationMatrix();
    Matrix3d swap; // north, east, down <-> east, north, up; and camera axes -> body axes
    swap << 0, 1, 0, 1, 0, 0, 0, 0, -1;
    return swap * body_to_ned * swap;
}

Matrix3d rotation_from_angle_axis(const Vector3d& vector) {
    const double angle = vector.norm();
    if (angle == 0) return Matrix3d::Identity();
    return AngleAxisd(angle, vector / angle).toRotationMatrix();
}

Matrix3d flip_camera_axes(const Matrix3d& rotation) {
    return rotation * Vector3d(1, -1, -1).asDiagonal();
}

} // namespace overflight
