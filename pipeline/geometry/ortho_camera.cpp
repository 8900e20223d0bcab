// SPDX-License-Identifier: Apache-2.0
#include "geometry/ortho_camera.h"

#include <cmath>

namespace overflight {
namespace {

using Eigen::Vector3d;

class OrthoCamera final : public FrameCamera {
public:
    explicit OrthoCamera(const std::array<double, 6>& g) : g_(g), determinant_(g[1] * g[5] - g[2] * g[4]) {}

    bool invertible() const { return std::isfinite(determinant_) && determinant_ != 0; }

    ImagePoint project(const Vector3d& ground) const override {
        const double dx = ground.x() - g_[0], dy = ground.y() - g_[3];
        return {(g_[5] * dx - g_[2] * dy) / determinant_ - 0.5, (g_[1] * dy - g_[4] * dx) / determinant_ - 0.5, 1};
    }

    Ray ray(double col, double row) const override {
        const double c = col + 0.5, r = row + 0.5;
        return {{g_[0] + c * g_[1] + r * g_[2], g_[3] + c * g_[4] + r * g_[5], 0}, {0, 0, -1}};
    }

    double off_nadir_tangent(const Vector3d&) const override { return 0; }

private:
    std::array<double, 6> g_;
    double determinant_;
};

} // namespace

std::shared_ptr<const FrameCamera> make_ortho_camera(const std::array<double, 6>& geotransform, int width, int height) {
    auto camera = std::make_shared<OrthoCamera>(geotransform);
    if (!camera->invertible()) return {};
    camera->width = width;
    camera->height = height;
    return camera;
}

} // namespace overflight
