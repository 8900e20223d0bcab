// SPDX-License-Identifier: Apache-2.0
#include "simulation/exact_camera.h"

#include <gtest/gtest.h>
#include <opencv2/calib3d.hpp>

#include <cmath>

namespace overflight::simulation {
namespace {

CameraSettings camera_of(Model model) {
    CameraSettings c;
    c.id = "test";
    c.model = model;
    c.width = 1600, c.height = 1200;
    c.focal_mm = 12, c.pixel_um = 10;
    c.cx = 0.004, c.cy = -0.003;
    switch (model) {
    case Model::pinhole:
        break;
    case Model::brown:
        c.k1 = -0.12, c.k2 = 0.04, c.p1 = 0.0008, c.p2 = -0.0005, c.k3 = -0.006;
        break;
    case Model::opencv:
        c.k1 = -0.12, c.k2 = 0.05, c.p1 = 0.0007, c.p2 = -0.0004, c.k3 = -0.006, c.k4 = 0.03, c.k5 = -0.012,
        c.k6 = 0.002;
        c.s1 = 0.0011, c.s2 = -0.0003, c.s3 = -0.0008, c.s4 = 0.0002, c.tx = 0.02, c.ty = -0.015;
        break;
    case Model::fisheye:
        c.k1 = -0.028, c.k2 = 0.0036, c.k3 = -0.0011, c.k4 = 0.0002;
        break;
    }
    return c;
}

class EachModel : public testing::TestWithParam<Model> {};

TEST_P(EachModel, projects_as_opencv_does) {
    ExactCamera camera;
    camera.interior = camera_of(GetParam());
    camera.center = {100, 200, 900};
    camera.rotation = rotation_from(0.3, -0.2, 1.1);
    const Eigen::Matrix3d to_camera = (camera.rotation * Eigen::Vector3d(1, -1, -1).asDiagonal()).transpose();
    cv::Matx33d r;
    for (int i = 0; i < 3; ++i) {
        for (int j = 0; j < 3; ++j) r(i, j) = to_camera(i, j);
    }
    cv::Mat rvec;
    cv::Rodrigues(r, rvec);
    const Eigen::Vector3d t = -to_camera * camera.center;
    const CameraSettings& c = camera.interior;
    const cv::Matx33d k(1200, 0, 799.5 + 1600 * c.cx, 0, 1200, 599.5 + 1600 * c.cy, 0, 0, 1);
    std::vector<cv::Point3d> points;
    for (int i = 0; i < 49; ++i) points.emplace_back(-150 + i % 7 * 90.0, 0 + i / 7 * 80.0, 20.0 * (i % 5));
    std::vector<cv::Point2d> expected;
    const cv::Vec3d tvec(t.x(), t.y(), t.z());
    if (c.model == Model::fisheye) {
        cv::fisheye::projectPoints(points, expected, rvec, tvec, k, cv::Vec4d(c.k1, c.k2, c.k3, c.k4));
    } else {
        const std::vector<double> d = {c.k1, c.k2, c.p1, c.p2, c.k3, c.k4, c.k5,
                                       c.k6, c.s1, c.s2, c.s3, c.s4, c.tx, c.ty};
        cv::projectPoints(points, rvec, tvec, k, d, expected);
    }
    int seen = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto pixel = camera.project({points[i].x, points[i].y, points[i].z});
        if (!pixel) continue;
        ++seen;
        EXPECT_NEAR(pixel->x(), expected[i].x, 1e-6);
        EXPECT_NEAR(pixel->y(), expected[i].y, 1e-6);
    }
    EXPECT_GE(seen, 30);
}

TEST_P(EachModel, direction_is_the_inverse_of_project) {
    ExactCamera camera;
    camera.interior = camera_of(GetParam());
    camera.center = {10, 20, 500};
    camera.rotation = rotation_from(0.2, 0.4, -2);
    for (int i = 0; i < 25; ++i) {
        const double col = i % 5 * 399.75, row = i / 5 * 299.75;
        const auto direction = camera.direction(col, row);
        ASSERT_TRUE(direction);
        const auto pixel = camera.project(camera.center + 321 * *direction);
        ASSERT_TRUE(pixel);
        EXPECT_NEAR(pixel->x(), col, 1e-6);
        EXPECT_NEAR(pixel->y(), row, 1e-6);
    }
}

INSTANTIATE_TEST_SUITE_P(Models, EachModel,
                         testing::Values(Model::pinhole, Model::brown, Model::opencv, Model::fisheye));

TEST(ExactCamera, refuses_what_lies_behind_or_past_the_fold) {
    ExactCamera camera;
    camera.interior = camera_of(Model::brown);
    EXPECT_FALSE(camera.project({0, 0, 10})); // looks down from the origin
    camera.interior.k1 = -0.3, camera.interior.k2 = camera.interior.k3 = 0;
    EXPECT_TRUE(camera.project({0.5, 0, -1}));
    EXPECT_FALSE(camera.project({1.5, 0, -1})); // the radius grows up to 1.054 only
}

TEST(ExactCamera, angles_come_back) {
    const Eigen::Vector3d angles = angles_of(rotation_from(0.3, -0.4, 2.5));
    EXPECT_NEAR(angles.x(), 0.3, 1e-12);
    EXPECT_NEAR(angles.y(), -0.4, 1e-12);
    EXPECT_NEAR(angles.z(), 2.5, 1e-12);
}

} // namespace
} // namespace overflight::simulation
