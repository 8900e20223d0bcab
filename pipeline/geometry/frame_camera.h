// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

namespace overflight {

/// Homogeneous frame position, centre-based (the first pixel's centre is 0): column = u / w, row = v / w.
/// For central projections w is the depth along the optical axis (> 0 in front), so that u, v and w are close to linear
/// in the ground position; for RPC and orthos w is 1. All NaN where the model does not hold: behind the camera, or past
/// the radius where the distortion stops growing.
struct ImagePoint {
    double u = 0, v = 0, w = 0;

    double col() const { return u / w; }
    double row() const { return v / w; }
};

struct Ray {
    Eigen::Vector3d origin, direction; ///< in the ground space of the camera; direction of any length
};

/// One frame's projection from its ground space (see GroundSpace) to its pixels. Immutable, safe to share.
class FrameCamera {
public:
    virtual ~FrameCamera() = default;

    virtual ImagePoint project(const Eigen::Vector3d& ground) const = 0;

    /// The line of sight through a frame position (centre-based): inverse of project, to 1e-6 pixel.
    virtual Ray ray(double col, double row) const = 0;

    /// Tangent of the angle at the ground point between the line of sight and the vertical.
    virtual double off_nadir_tangent(const Eigen::Vector3d& ground) const = 0;

    /// Whether a ground point lies on the frame: between the centres of its outermost pixels.
    bool sees(const Eigen::Vector3d& ground) const {
        const ImagePoint point = project(ground);
        if (!(point.w > 0)) return false;
        const double col = point.col(), row = point.row();
        return col >= 0 && row >= 0 && col <= width - 1 && row <= height - 1;
    }

    int width = 0, height = 0; ///< pixels of the frame
};

} // namespace overflight
