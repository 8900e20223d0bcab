// SPDX-License-Identifier: Apache-2.0
#include "geometry/lens.h"

#include <Eigen/Geometry>
#include <Eigen/LU>

#include <cmath>
#include <limits>
#include <numbers>

namespace overflight {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr double largest_tangent = 10;
constexpr int search_steps = 20000;

/// OpenCV's tilted sensor: rotation about x by tx, about y by ty, then projection back on the plane z = 1.
Matrix3d sensor_tilt(double tx, double ty) {
    const Matrix3d rx = Eigen::AngleAxisd(-tx, Vector3d::UnitX()).toRotationMatrix();
    const Matrix3d ry = Eigen::AngleAxisd(-ty, Vector3d::UnitY()).toRotationMatrix();
    const Matrix3d r = ry * rx;
    Matrix3d project;
    project << r(2, 2), 0, -r(0, 2), 0, r(2, 2), -r(1, 2), 0, 0, 1;
    return project * r;
}

} // namespace

Lens::Lens(LensModel model, const Vector2d& focal_px, const Vector2d& principal_px, const Coefficients& coefficients)
    : model_(model), focal_(focal_px), principal_(principal_px), k_(coefficients) {
    if (model_ == LensModel::opencv && (k_[12] != 0 || k_[13] != 0)) {
        tilted_ = true;
        tilt_ = sensor_tilt(k_[12], k_[13]);
        tilt_inverse_ = tilt_.inverse();
    }
    find_limit();
}

void Lens::radial(double r2, double& factor, double& derivative) const {
    const double n = 1 + r2 * (k_[0] + r2 * (k_[1] + r2 * k_[4]));
    const double dn = k_[0] + r2 * (2 * k_[1] + r2 * 3 * k_[4]);
    const double d = 1 + r2 * (k_[5] + r2 * (k_[6] + r2 * k_[7]));
    const double dd = k_[5] + r2 * (2 * k_[6] + r2 * 3 * k_[7]);
    factor = n / d;
    derivative = (dn * d - n * dd) / (d * d);
}

double Lens::fisheye_angle(double theta) const {
    const double t2 = theta * theta;
    return theta * (1 + t2 * (k_[0] + t2 * (k_[1] + t2 * (k_[2] + t2 * k_[3]))));
}

double Lens::fisheye_slope(double theta) const {
    const double t2 = theta * theta;
    return 1 + t2 * (3 * k_[0] + t2 * (5 * k_[1] + t2 * (7 * k_[2] + t2 * 9 * k_[3])));
}

void Lens::find_limit() {
    if (model_ == LensModel::pinhole) {
        limit_ = std::numeric_limits<double>::infinity();
        return;
    }
    const bool fisheye = model_ == LensModel::fisheye;
    const double largest = fisheye ? std::numbers::pi / 2 : largest_tangent;
    const auto grows = [&](double r) {
        if (fisheye) return fisheye_slope(r) > 0;
        double factor = 0, derivative = 0;
        radial(r * r, factor, derivative);
        return factor > 0 && factor + 2 * r * r * derivative > 0; // d(r * factor) / dr
    };
    for (int i = 1; i <= search_steps; ++i) {
        double high = largest * i / search_steps;
        if (grows(high)) continue;
        double low = largest * (i - 1) / search_steps;
        for (int k = 0; k < 50; ++k) {
            const double middle = 0.5 * (low + high);
            (grows(middle) ? low : high) = middle;
        }
        limit_ = low;
        return;
    }
    limit_ = largest;
}

bool Lens::distort(double x, double y, double& xd, double& yd) const {
    const double r2 = x * x + y * y;
    if (model_ == LensModel::fisheye) {
        const double r = std::sqrt(r2), theta = std::atan(r);
        if (!(theta < limit_)) return false;
        const double scale = r > 1e-12 ? fisheye_angle(theta) / r : 1;
        xd = x * scale;
        yd = y * scale;
        return true;
    }
    if (!(r2 < limit_ * limit_)) return false;
    double factor = 0, derivative = 0;
    radial(r2, factor, derivative);
    const double xy2 = 2 * x * y;
    xd = x * factor + k_[2] * xy2 + k_[3] * (r2 + 2 * x * x) + r2 * (k_[8] + r2 * k_[9]);
    yd = y * factor + k_[2] * (r2 + 2 * y * y) + k_[3] * xy2 + r2 * (k_[10] + r2 * k_[11]);
    return true;
}

bool Lens::pixel(double x, double y, double& col, double& row) const {
    double xd = x, yd = y;
    if (model_ != LensModel::pinhole && !distort(x, y, xd, yd)) return false;
    if (tilted_) {
        const Vector3d t = tilt_ * Vector3d(xd, yd, 1);
        xd = t.x() / t.z();
        yd = t.y() / t.z();
    }
    col = focal_.x() * xd + principal_.x();
    row = focal_.y() * yd + principal_.y();
    return true;
}

bool Lens::direction(double col, double row, double& x, double& y) const {
    double xd = (col - principal_.x()) / focal_.x(), yd = (row - principal_.y()) / focal_.y();
    if (tilted_) {
        const Vector3d t = tilt_inverse_ * Vector3d(xd, yd, 1);
        xd = t.x() / t.z();
        yd = t.y() / t.z();
    }
    switch (model_) {
    case LensModel::pinhole:
        x = xd;
        y = yd;
        return std::isfinite(x) && std::isfinite(y);
    case LensModel::fisheye:
        return undistort_fisheye(xd, yd, x, y);
    case LensModel::brown:
    case LensModel::opencv:
        return undistort_polynomial(xd, yd, x, y);
    }
    return false;
}

bool Lens::undistort_fisheye(double xd, double yd, double& x, double& y) const {
    const double target = std::hypot(xd, yd);
    if (target < 1e-12) {
        x = xd;
        y = yd;
        return true;
    }
    if (!(target < fisheye_angle(limit_))) return false;
    double low = 0, high = limit_, theta = std::min(target, 0.99 * limit_);
    for (int i = 0; i < 60; ++i) { // Newton's method, bisecting where it leaves the bracket
        const double miss = fisheye_angle(theta) - target;
        (miss > 0 ? high : low) = theta;
        double next = theta - miss / fisheye_slope(theta);
        if (!(next > low && next < high)) next = 0.5 * (low + high);
        const bool done = std::abs(next - theta) < 1e-15;
        theta = next;
        if (done) break;
    }
    const double scale = std::tan(theta) / target;
    x = xd * scale;
    y = yd * scale;
    return true;
}

bool Lens::undistort_polynomial(double xd, double yd, double& x, double& y) const {
    const double target = std::hypot(xd, yd);
    const double start = target > 0.9 * limit_ ? 0.9 * limit_ / target : 1;
    x = xd * start;
    y = yd * start;
    double px = 0, py = 0;
    if (!distort(x, y, px, py)) return false;
    double error = std::hypot(px - xd, py - yd);
    const double goal = 1e-9 / std::max(focal_.x(), focal_.y());
    for (int i = 0; i < 100 && !(error < 1e-3 * goal); ++i) {
        const double r2 = x * x + y * y;
        double factor = 0, derivative = 0;
        radial(r2, factor, derivative);
        const double sx = 2 * (k_[8] + 2 * k_[9] * r2), sy = 2 * (k_[10] + 2 * k_[11] * r2);
        const double cross = 2 * x * y * derivative;
        const double jxx = factor + 2 * x * x * derivative + 2 * k_[2] * y + 6 * k_[3] * x + sx * x;
        const double jxy = cross + 2 * k_[2] * x + 2 * k_[3] * y + sx * y;
        const double jyx = cross + 2 * k_[2] * x + 2 * k_[3] * y + sy * x;
        const double jyy = factor + 2 * y * y * derivative + 6 * k_[2] * y + 2 * k_[3] * x + sy * y;
        const double determinant = jxx * jyy - jxy * jyx;
        const double ex = px - xd, ey = py - yd;
        double dx = (jyy * ex - jxy * ey) / determinant, dy = (jxx * ey - jyx * ex) / determinant;
        bool better = false;
        for (int halvings = 0; halvings < 30; ++halvings, dx *= 0.5, dy *= 0.5) {
            if (!distort(x - dx, y - dy, px, py)) continue;
            const double next = std::hypot(px - xd, py - yd);
            if (!(next < error)) continue;
            x -= dx;
            y -= dy;
            error = next;
            better = true;
            break;
        }
        if (!better) break; // at the limit of double precision, or no solution
    }
    return error < goal;
}

} // namespace overflight
