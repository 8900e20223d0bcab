// SPDX-License-Identifier: Apache-2.0
#include "core/angle.h"
#include "geometry/rotation.h"

#include <Eigen/LU>
#include <gtest/gtest.h>

#include <cmath>

namespace overflight {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

/// The textbook's matrix of omega, phi, kappa, written out (camera to world).
Matrix3d textbook_opk(double o, double p, double k) {
    const double so = std::sin(o), co = std::cos(o), sp = std::sin(p), cp = std::cos(p), sk = std::sin(k),
                 ck = std::cos(k);
    Matrix3d r;
    r << cp * ck, -cp * sk, sp,                                   //
        co * sk + so * sp * ck, co * ck - so * sp * sk, -so * cp, //
        so * sk - co * sp * ck, so * ck + co * sp * sk, co * cp;
    return r;
}

TEST(Rotation, OpkIsTheTextbookMatrix) {
    for (const double o : {-2.9, -0.3, 0.0, 0.4}) {
        for (const double p : {-1.2, 0.1, 0.9}) {
            for (const double k : {-3.0, 0.2, 1.7}) {
                const Matrix3d r = rotation_from_opk(o, p, k);
                EXPECT_LT((r - textbook_opk(o, p, k)).cwiseAbs().maxCoeff(), 1e-15);
                EXPECT_LT((opk_from_rotation(r) - Vector3d(o, p, k)).cwiseAbs().maxCoeff(), 1e-12);
            }
        }
    }
}

TEST(Rotation, OpkNumericVector) {
    // omega 30 degrees: the camera, looking down, turns its view towards north.
    const Matrix3d r = rotation_from_opk(30 * degree, 0, 0);
    EXPECT_LT((r * Vector3d(0, 0, -1) - Vector3d(0, 0.5, -std::sqrt(0.75))).norm(), 1e-15);
    // kappa 90 degrees: the image's right points north.
    EXPECT_LT((rotation_from_opk(0, 0, 90 * degree) * Vector3d(1, 0, 0) - Vector3d(0, 1, 0)).norm(), 1e-15);
}

TEST(Rotation, RpyLooksWhereItSays) {
    const Vector3d axis(0, 0, -1), top(0, 1, 0);
    EXPECT_LT((rotation_from_rpy(0, 0, 0) - Matrix3d::Identity()).norm(), 1e-15);
    // Yaw 90 degrees is east: the image's top points there.
    EXPECT_LT((rotation_from_rpy(0, 0, 90 * degree) * top - Vector3d(1, 0, 0)).norm(), 1e-15);
    // Pitch 30 degrees looks forward, here east.
    EXPECT_LT((rotation_from_rpy(0, 30 * degree, 90 * degree) * axis - Vector3d(0.5, 0, -std::sqrt(0.75))).norm(),
              1e-15);
    // Roll 30 degrees with the nose north: the right side is down, so the view goes left, to the west.
    EXPECT_LT((rotation_from_rpy(30 * degree, 0, 0) * axis - Vector3d(-0.5, 0, -std::sqrt(0.75))).norm(), 1e-15);
    EXPECT_NEAR(rotation_from_rpy(0.1, 0.2, 0.3).determinant(), 1, 1e-14);
}

TEST(Rotation, AngleAxisAndAxesFlip) {
    EXPECT_LT((rotation_from_angle_axis({0, 0, 90 * degree}) * Vector3d(1, 0, 0) - Vector3d(0, 1, 0)).norm(), 1e-15);
    EXPECT_EQ(rotation_from_angle_axis({0, 0, 0}), Matrix3d::Identity());
    const Matrix3d flipped = flip_camera_axes(Matrix3d::Identity());
    EXPECT_EQ(flipped.diagonal(), Vector3d(1, -1, -1));
    EXPECT_EQ(flip_camera_axes(flipped), Matrix3d::Identity());
}

} // namespace
} // namespace overflight
