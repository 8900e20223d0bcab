// SPDX-License-Identifier: Apache-2.0
#include "geometry/central_camera.h"

#include "geometry/rotation.h"

#include <cmath>
#include <limits>

namespace overflight {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

class CentralCamera final : public FrameCamera {
public:
    CentralCamera(std::shared_ptr<const Lens> lens, const Vector3d& centre, const Matrix3d& rotation,
                  const std::optional<Ellipsoid>& ellipsoid)
        : lens_(std::move(lens)), centre_(centre), to_camera_(flip_camera_axes(rotation).transpose()),
          normal_scale_(ellipsoid ? 1 / (1 - ellipsoid->e2()) : 0) {}

    ImagePoint project(const Vector3d& ground) const override {
        const Vector3d p = to_camera_ * (ground - centre_);
        double col = nan, row = nan;
        if (!(p.z() > 0) || !lens_->pixel(p.x() / p.z(), p.y() / p.z(), col, row)) return {nan, nan, nan};
        return {p.z() * col, p.z() * row, p.z()};
    }

    Ray ray(double col, double row) const override {
        double x = nan, y = nan;
        if (!lens_->direction(col, row, x, y)) return {centre_, Vector3d::Constant(nan)};
        return {centre_, to_camera_.transpose() * Vector3d(x, y, 1)};
    }

    double off_nadir_tangent(const Vector3d& ground) const override {
        const Vector3d sight = centre_ - ground;
        Vector3d up(0, 0, 1);
        if (normal_scale_ > 0) up = Vector3d(ground.x(), ground.y(), ground.z() * normal_scale_).normalized();
        const double rise = sight.dot(up);
        if (!(rise > 0)) return std::numeric_limits<double>::infinity();
        return (sight - rise * up).norm() / rise;
    }

private:
    std::shared_ptr<const Lens> lens_;
    Vector3d centre_;
    Matrix3d to_camera_;  ///< ground axes -> x right, y down, z forward
    double normal_scale_; ///< 1 / (1 - e^2) in the cartesian space, 0 in the map space
};

} // namespace

std::shared_ptr<const FrameCamera> make_central_camera(std::shared_ptr<const Lens> lens, int width, int height,
                                                       const Vector3d& centre, const Matrix3d& rotation,
                                                       const std::optional<Ellipsoid>& ellipsoid) {
    auto camera = std::make_shared<CentralCamera>(std::move(lens), centre, rotation, ellipsoid);
    camera->width = width;
    camera->height = height;
    return camera;
}

} // namespace overflight
