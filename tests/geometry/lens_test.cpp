// SPDX-License-Identifier: Apache-2.0
#include "geometry/central_camera.h"
#include "geometry/rotation.h"

#include <gtest/gtest.h>
#include <opencv2/calib3d.hpp>

#include <cmath>
#include <numbers>
#include <vector>

namespace overflight {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector2d;
using Eigen::Vector3d;

struct Case {
    const char* name;
    LensModel model;
    Lens::Coefficients k;
};

const Case cases[] = {
    {"pinhole", LensModel::pinhole, {}},
    {"brown", LensModel::brown, {-0.264, 0.1019, 0.00073, 0.00026, -0.0258}},
    {"brown_barrel", LensModel::brown, {0.08, -0.02, -0.001, 0.002, 0.004}},
    {"opencv",
     LensModel::opencv,
     {-0.12, 0.05, 0.0007, -0.0004, -0.006, 0.03, -0.012, 0.002, 0.0011, -0.0003, -0.0008, 0.0002, 0, 0}},
    {"opencv_tilted",
     LensModel::opencv,
     {-0.12, 0.05, 0.0007, -0.0004, -0.006, 0.03, -0.012, 0.002, 0.0011, -0.0003, -0.0008, 0.0002, 0.02, -0.015}},
    {"fisheye", LensModel::fisheye, {-0.028, 0.0036, -0.0011, 0.0002}},
};

constexpr int width = 4000, height = 3000;
const Vector2d focal(2900, 2890), principal(2003.5, 1491.25);

std::shared_ptr<const Lens> lens_of(const Case& c) {
    return std::make_shared<Lens>(c.model, focal, principal, c.k);
}

/// OpenCV's projection of ground points by the same camera.
std::vector<cv::Point2d> opencv_projection(const Case& c, const std::vector<Vector3d>& ground, const Vector3d& centre,
                                           const Matrix3d& rotation) {
    const Matrix3d world_to_camera = flip_camera_axes(rotation).transpose();
    cv::Matx33d r;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) r(i, j) = world_to_camera(i, j);
    cv::Mat rvec;
    cv::Rodrigues(r, rvec);
    const Vector3d t = -world_to_camera * centre;
    const cv::Vec3d tvec(t.x(), t.y(), t.z());
    const cv::Matx33d k(focal.x(), 0, principal.x(), 0, focal.y(), principal.y(), 0, 0, 1);
    std::vector<cv::Point3d> points;
    for (const Vector3d& p : ground) points.emplace_back(p.x(), p.y(), p.z());
    std::vector<cv::Point2d> pixels;
    if (c.model == LensModel::fisheye) {
        cv::fisheye::projectPoints(points, pixels, rvec, tvec, k, cv::Vec4d(c.k[0], c.k[1], c.k[2], c.k[3]));
    } else {
        cv::projectPoints(points, rvec, tvec, k, std::vector<double>(c.k.begin(), c.k.end()), pixels);
    }
    return pixels;
}

TEST(Lens, ProjectsAsOpenCvDoes) {
    const Vector3d centre(350, -200, 1500);
    const Matrix3d rotation = rotation_from_opk(0.21, -0.17, 2.4);
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto camera = make_central_camera(lens_of(c), width, height, centre, rotation, {});
        std::vector<Vector3d> ground;
        for (double row = 0; row < height; row += 299.9) {
            for (double col = 0; col < width; col += 399.9) {
                const Ray ray = camera->ray(col, row);
                ASSERT_TRUE(ray.direction.allFinite());
                const double z = std::fmod(col + row, 300);
                ground.push_back(ray.origin + ray.direction * (z - ray.origin.z()) / ray.direction.z());
            }
        }
        const std::vector<cv::Point2d> expected = opencv_projection(c, ground, centre, rotation);
        double worst = 0;
        for (std::size_t i = 0; i < ground.size(); ++i) {
            const ImagePoint p = camera->project(ground[i]);
            worst = std::max({worst, std::abs(p.col() - expected[i].x), std::abs(p.row() - expected[i].y)});
        }
        EXPECT_LT(worst, 1e-6);
    }
}

TEST(Lens, RayInvertsProject) {
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto camera =
            make_central_camera(lens_of(c), width, height, {0, 0, 900}, rotation_from_opk(-0.1, 0.3, -1), {});
        double worst = 0;
        for (int row = -1; row <= height; row += 97) {
            for (int col = -1; col <= width; col += 101) {
                const Ray ray = camera->ray(col, row);
                const ImagePoint p = camera->project(ray.origin + 777 * ray.direction);
                worst = std::max({worst, std::abs(p.col() - col), std::abs(p.row() - row)});
                ASSERT_TRUE(std::isfinite(p.w));
            }
        }
        EXPECT_LT(worst, 1e-6);
    }
}

TEST(Lens, WIsTheDepth) {
    const auto camera = make_central_camera(lens_of(cases[1]), width, height, {0, 0, 900}, Matrix3d::Identity(), {});
    EXPECT_DOUBLE_EQ(camera->project({10, 20, 100}).w, 800);
    EXPECT_NEAR(camera->project({0, 0, 100}).col(), principal.x(), 1e-9);
    // North is up in the image: its row is smaller. East is right.
    EXPECT_LT(camera->project({0, 50, 100}).row(), principal.y());
    EXPECT_GT(camera->project({50, 0, 100}).col(), principal.x());
}

TEST(Lens, RefusesWhatIsBehind) {
    for (const Case& c : cases) {
        const auto camera = make_central_camera(lens_of(c), width, height, {0, 0, 900}, Matrix3d::Identity(), {});
        EXPECT_TRUE(std::isnan(camera->project({1, 1, 900}).w)) << c.name;
        EXPECT_TRUE(std::isnan(camera->project({1, 1, 1000}).w)) << c.name;
    }
}

TEST(Lens, RefusesRadiiWherePixelsFoldBack) {
    // r (1 + k1 r^2) stops growing at r = sqrt(-1 / (3 k1)), whose image is 2/3 of it.
    Lens::Coefficients k{};
    k[0] = -0.25;
    const Lens lens(LensModel::brown, {1000, 1000}, {0, 0}, k);
    const double fold = std::sqrt(1 / 0.75);
    double col = 0, row = 0, x = 0, y = 0;
    EXPECT_TRUE(lens.pixel(0.999 * fold, 0, col, row));
    EXPECT_FALSE(lens.pixel(1.001 * fold, 0, col, row));
    EXPECT_FALSE(lens.pixel(1.9, 0, col, row)); // maps to the middle of the frame
    EXPECT_TRUE(lens.direction(1000 * 0.666 * fold, 0, x, y));
    EXPECT_FALSE(lens.direction(1000 * 0.667 * fold, 0, x, y));

    Lens::Coefficients f{};
    f[0] = -0.3; // theta (1 - 0.3 theta^2) turns at 1.054 rad
    const Lens fisheye(LensModel::fisheye, {1000, 1000}, {0, 0}, f);
    EXPECT_TRUE(fisheye.pixel(std::tan(1.05), 0, col, row));
    EXPECT_FALSE(fisheye.pixel(std::tan(1.06), 0, col, row));
    EXPECT_FALSE(fisheye.direction(703, 0, x, y));
}

TEST(CentralCamera, OffNadirTangent) {
    const auto map = make_central_camera(lens_of(cases[0]), width, height, {0, 0, 1000}, Matrix3d::Identity(), {});
    EXPECT_NEAR(map->off_nadir_tangent({300, 400, 0}), 0.5, 1e-15);
    EXPECT_EQ(map->off_nadir_tangent({1, 0, 2000}), std::numeric_limits<double>::infinity());

    // Earth-centred: from 1000 m above 9 E 47 N, a point 500 m to the east in the tangent plane.
    const Ellipsoid earth;
    const Matrix3d axes = enu_axes(9, 47);
    const Vector3d ground = geocentric_from_geodetic({9, 47, 300}, earth);
    const auto cartesian =
        make_central_camera(lens_of(cases[0]), width, height, ground + axes * Vector3d(500, 0, 1000), axes, earth);
    EXPECT_NEAR(cartesian->off_nadir_tangent(ground), 0.5, 1e-6);
}

} // namespace
} // namespace overflight
