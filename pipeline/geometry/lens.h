// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include <array>
#include <cstdint>

namespace overflight {

enum class LensModel : std::uint8_t { pinhole, brown, opencv, fisheye };

/// The imaging of a central camera: from a direction (x right, y down, at unit depth) to a pixel.
/// Distortion as in OpenCV's documentation (calib3d and fisheye), forward from undistorted to distorted. Where it stops
/// growing with the radius, pixels fold back: directions past that are refused. Directions more than 84 degrees off the
/// axis (tangent above 10) are refused by the models with distortion, as their polynomials mean nothing there.
class Lens {
public:
    /// Coefficients in OpenCV's order: k1 k2 p1 p2 k3 k4 k5 k6 s1 s2 s3 s4 tx ty; for fisheye k1 k2 k3 k4.
    using Coefficients = std::array<double, 14>;

    Lens(LensModel model, const Eigen::Vector2d& focal_px, const Eigen::Vector2d& principal_px,
         const Coefficients& coefficients);

    /// Undistorted -> centre-based pixel; false where the model does not hold.
    bool pixel(double x, double y, double& col, double& row) const;

    /// The way back, by Newton's method to 1e-9 pixel; false where no direction is seen at the pixel.
    bool direction(double col, double row, double& x, double& y) const;

    const Eigen::Vector2d& focal_px() const { return focal_; }
    const Eigen::Vector2d& principal_px() const { return principal_; }

private:
    bool distort(double x, double y, double& xd, double& yd) const;
    bool undistort_polynomial(double xd, double yd, double& x, double& y) const;
    bool undistort_fisheye(double xd, double yd, double& x, double& y) const;
    void radial(double r2, double& factor, double& derivative) const;
    double fisheye_angle(double theta) const;
    double fisheye_slope(double theta) const;
    void find_limit();

    LensModel model_;
    Eigen::Vector2d focal_, principal_;
    Coefficients k_;
    bool tilted_ = false;
    Eigen::Matrix3d tilt_ = Eigen::Matrix3d::Identity(), tilt_inverse_ = Eigen::Matrix3d::Identity();
    double limit_ = 0; ///< largest tangent (fisheye: angle) off the axis that is imaged
};

} // namespace overflight
