// SPDX-License-Identifier: Apache-2.0
#include "simulation/exact_camera.h"

#include <Eigen/Geometry>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>

namespace overflight::simulation {

namespace {

double focal_px(const CameraSettings& c) {
    return c.focal_mm * 1000 / c.pixel_um;
}

Eigen::Vector2d principal_point(const CameraSettings& c) {
    const auto w = static_cast<double>(c.width), h = static_cast<double>(c.height);
    return {(w - 1) / 2 + std::max(w, h) * c.cx, (h - 1) / 2 + std::max(w, h) * c.cy};
}

/// Tilt of the sensor (OpenCV's tauX, tauY): the distorted point seen on a plane turned about x and y.
Eigen::Vector2d tilt_sensor(const CameraSettings& c, const Eigen::Vector2d& p) {
    if (c.tx == 0 && c.ty == 0) return p;
    const double sx = std::sin(c.tx), cx = std::cos(c.tx), sy = std::sin(c.ty), cy = std::cos(c.ty);
    Eigen::Matrix3d about_x, about_y, project;
    about_x << 1, 0, 0, 0, cx, sx, 0, -sx, cx;
    about_y << cy, 0, -sy, 0, 1, 0, sy, 0, cy;
    const Eigen::Matrix3d turn = about_y * about_x;
    project << turn(2, 2), 0, -turn(0, 2), 0, turn(2, 2), -turn(1, 2), 0, 0, 1;
    const Eigen::Vector3d q = project * turn * Eigen::Vector3d(p.x(), p.y(), 1);
    return {q.x() / q.z(), q.y() / q.z()};
}

/// How the image radius grows with the angle or undistorted radius; <= 0 where the model folds back.
double radial_growth(const CameraSettings& c, double r) {
    const double r2 = r * r;
    if (c.model == Model::fisheye) {
        return 1 + r2 * (3 * c.k1 + r2 * (5 * c.k2 + r2 * (7 * c.k3 + r2 * 9 * c.k4)));
    }
    const double above = 1 + r2 * (c.k1 + r2 * (c.k2 + r2 * c.k3));
    const double below = 1 + r2 * (c.k4 + r2 * (c.k5 + r2 * c.k6));
    const double d_above = r * (2 * c.k1 + r2 * (4 * c.k2 + r2 * 6 * c.k3));
    const double d_below = r * (2 * c.k4 + r2 * (4 * c.k5 + r2 * 6 * c.k6));
    return above / below + r * (d_above * below - above * d_below) / (below * below);
}

/// Whether the radius grows all the way from the axis.
bool grows_up_to(const CameraSettings& c, double r) {
    if (c.model == Model::pinhole) return true;
    for (int i = 1; i <= 32; ++i) {
        if (!(radial_growth(c, r * i / 32) > 0)) return false;
    }
    return true;
}

Eigen::Matrix2d jacobian(const CameraSettings& c, const Eigen::Vector2d& p) {
    const double step = 1e-6;
    Eigen::Matrix2d j;
    for (int i = 0; i < 2; ++i) {
        Eigen::Vector2d a = p, b = p;
        a[i] -= step;
        b[i] += step;
        j.col(i) = (distort(c, b) - distort(c, a)) / (2 * step);
    }
    return j;
}

} // namespace

Eigen::Matrix3d rotation_from(double omega, double phi, double kappa) {
    return (Eigen::AngleAxisd(omega, Eigen::Vector3d::UnitX()) * Eigen::AngleAxisd(phi, Eigen::Vector3d::UnitY()) *
            Eigen::AngleAxisd(kappa, Eigen::Vector3d::UnitZ()))
        .toRotationMatrix();
}

Eigen::Vector3d angles_of(const Eigen::Matrix3d& r) {
    return {std::atan2(-r(1, 2), r(2, 2)), std::asin(std::clamp(r(0, 2), -1.0, 1.0)), std::atan2(-r(0, 1), r(0, 0))};
}

Eigen::Vector2d distort(const CameraSettings& c, const Eigen::Vector2d& point) {
    const double x = point.x(), y = point.y();
    switch (c.model) {
    case Model::pinhole:
        return point;
    case Model::fisheye: {
        const double r = std::hypot(x, y), theta = std::atan(r), t2 = theta * theta;
        const double image = theta * (1 + t2 * (c.k1 + t2 * (c.k2 + t2 * (c.k3 + t2 * c.k4))));
        return r < 1e-12 ? point : Eigen::Vector2d(point * (image / r));
    }
    case Model::brown:
    case Model::opencv:
        break;
    }
    const bool full = c.model == Model::opencv;
    const double r2 = x * x + y * y;
    const double radial =
        (1 + r2 * (c.k1 + r2 * (c.k2 + r2 * c.k3))) / (full ? 1 + r2 * (c.k4 + r2 * (c.k5 + r2 * c.k6)) : 1.0);
    Eigen::Vector2d d(x * radial + 2 * c.p1 * x * y + c.p2 * (r2 + 2 * x * x),
                      y * radial + c.p1 * (r2 + 2 * y * y) + 2 * c.p2 * x * y);
    if (!full) return d;
    d += Eigen::Vector2d(r2 * (c.s1 + c.s2 * r2), r2 * (c.s3 + c.s4 * r2));
    return tilt_sensor(c, d);
}

std::optional<Eigen::Vector2d> ExactCamera::project(const Eigen::Vector3d& point) const {
    const Eigen::Vector3d r = rotation.transpose() * (point - center);
    if (!(r.z() < 0)) return {};
    const Eigen::Vector2d ideal(-r.x() / r.z(), r.y() / r.z()); // y of the image points down
    const double radius = interior.model == Model::fisheye ? std::atan(ideal.norm()) : ideal.norm();
    if (!grows_up_to(interior, radius)) return {};
    return principal_point(interior) + focal_px(interior) * distort(interior, ideal);
}

std::optional<Eigen::Vector3d> ExactCamera::direction(double col, double row) const {
    const Eigen::Vector2d image = (Eigen::Vector2d(col, row) - principal_point(interior)) / focal_px(interior);
    Eigen::Vector2d ideal = image;
    if (interior.model == Model::fisheye) { // a good start: tan of the angle, where the distortion is small
        const double r = image.norm();
        if (r > 1e-12) ideal = image * (std::tan(std::min(r, 1.45)) / r);
    }
    if (interior.model != Model::pinhole) {
        for (int i = 0; i < 50; ++i) {
            const Eigen::Vector2d miss = image - distort(interior, ideal);
            if (miss.norm() < 1e-13 * (1 + image.norm())) break;
            ideal += jacobian(interior, ideal).inverse() * miss;
            if (!ideal.allFinite()) return {};
        }
        if ((image - distort(interior, ideal)).norm() > 1e-9) return {};
        const double radius = interior.model == Model::fisheye ? std::atan(ideal.norm()) : ideal.norm();
        if (!grows_up_to(interior, radius)) return {};
    }
    return (rotation * Eigen::Vector3d(ideal.x(), -ideal.y(), -1)).normalized();
}

double ExactCamera::relative_radius2(double col, double row) const {
    const Eigen::Vector2d center_px((static_cast<double>(interior.width) - 1) / 2,
                                    (static_cast<double>(interior.height) - 1) / 2);
    return (Eigen::Vector2d(col, row) - center_px).squaredNorm() / center_px.squaredNorm();
}

} // namespace overflight::simulation
