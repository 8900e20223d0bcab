// SPDX-License-Identifier: Apache-2.0
#include "kernels/resample.h"
#include "stages/locate.h"

#include <Eigen/Geometry>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

namespace overflight {
namespace {

constexpr double east = 500000, north = 5400000;

/// A camera straight down, or tilted about the row axis, with one term of radial distortion; written out by hand.
class Camera : public FrameCamera {
public:
    Camera(double focal, double flying_height, double tilt_deg, double k1)
        : focal_(focal), flying_height_(flying_height), sin_(std::sin(tilt_deg * M_PI / 180)),
          cos_(std::cos(tilt_deg * M_PI / 180)), k1_(k1) {
        width = 8000;
        height = 6000;
    }

    ImagePoint project(const Eigen::Vector3d& ground) const override {
        const double dx = ground.x() - east, dy = ground.y() - north, down = flying_height_ - ground.z();
        const double right = cos_ * dx - sin_ * down, depth = sin_ * dx + cos_ * down;
        if (depth <= 0) return {NAN, NAN, NAN};
        const double x = right / depth, y = -dy / depth, grown = 1 + k1_ * (x * x + y * y);
        return {(focal_ * x * grown + 3999.5) * depth, (focal_ * y * grown + 2999.5) * depth, depth};
    }
    Ray ray(double, double) const override { return {}; }
    double off_nadir_tangent(const Eigen::Vector3d& ground) const override {
        return std::hypot(ground.x() - east, ground.y() - north) / (flying_height_ - ground.z());
    }

private:
    double focal_, flying_height_, sin_, cos_, k1_;
};

Grid grid_of(double resolution) {
    Grid grid;
    grid.crs_wkt = resolve_crs("EPSG:32633");
    grid.resolution = resolution;
    grid.west = east - 256 * resolution;
    grid.north = north + 256 * resolution;
    grid.width = grid.height = 512;
    return grid;
}

class Locate : public testing::Test {
protected:
    void set_heights(const std::function<double(int col, int row)>& height) {
        heights_ = {};
        heights_.height.resize(512 * 512);
        heights_.range = {std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()};
        for (int row = 0; row < 512; ++row)
            for (int col = 0; col < 512; ++col) {
                const auto h = static_cast<float>(height(col, row));
                heights_.height[static_cast<std::size_t>(row * 512 + col)] = h;
                if (std::isnan(h)) continue;
                heights_.range.min = std::min(heights_.range.min, h);
                heights_.range.max = std::max(heights_.range.max, h);
            }
    }

    /// The largest distance to the camera's own projection, in pixels; `exact` is how many patches were done exactly.
    double largest_error(const FrameCamera& camera, int* exact = nullptr) const {
        const Window tile{0, 0, 512, 512};
        const TileGround ground(grid_, tile, space_, heights_);
        const FrameLocator locator(ground, camera);
        if (exact != nullptr) *exact = locator.exact_patches();
        double largest = 0;
        std::vector<std::int32_t> cols(512), rows(512);
        for (int row = 0; row < 512; ++row) {
            locator.positions(row, 0, 512, cols.data(), rows.data());
            for (int col = 0; col < 512; ++col) {
                const auto i = static_cast<std::size_t>(col);
                const float h = heights_.height[static_cast<std::size_t>(row * 512 + col)];
                const ImagePoint truth =
                    std::isnan(h) ? ImagePoint{NAN, NAN, NAN} : camera.project({grid_.x(col), grid_.y(row), h});
                if (std::isnan(truth.w)) {
                    EXPECT_EQ(cols[i], kernels::no_position) << col << ' ' << row;
                    continue;
                }
                largest = std::max(largest, std::hypot(cols[i] / 256.0 - truth.col(), rows[i] / 256.0 - truth.row()));
            }
        }
        return largest;
    }

    Grid grid_ = grid_of(0.5);
    GroundSpace space_{GroundSpace::Kind::map, resolve_crs("EPSG:32633"), resolve_crs("EPSG:32633")};
    TileHeights heights_;
};

// the steps of 1/256 pixel themselves are up to half a step in each direction
constexpr double bound = FrameLocator::max_position_error + 0.5 / 256;

TEST_F(Locate, IsExactOverLevelGround) {
    set_heights([](int, int) { return 120.0; });
    int exact = -1;
    EXPECT_LE(largest_error(Camera(9000, 1120, 0, 0), &exact), 0.006);
    EXPECT_EQ(exact, 0);
}

TEST_F(Locate, FollowsRoughGroundUnderTiltAndDistortion) {
    set_heights([](int col, int row) { return 200 + 90 * std::sin(col / 7.0) * std::cos(row / 5.0); });
    for (const double tilt : {0.0, 25.0, -40.0})
        for (const double k1 : {0.0, -0.08})
            EXPECT_LE(largest_error(Camera(9000, 1200, tilt, k1)), bound) << tilt << ' ' << k1;
}

TEST_F(Locate, GoesCloserWhereDistortionIsTooBentForALattice) {
    set_heights([](int col, int) { return col < 256 ? 100.0 : 160.0; });
    // low over the ground: the tile fills the field of view, where the distortion bends most
    EXPECT_LE(largest_error(Camera(4000, 320, 0, -0.12)), bound);
    EXPECT_LE(largest_error(Camera(4000, 420, 25, -0.05)), bound);
}

TEST_F(Locate, BoxesOfGroundMissNoFrameThatShowsSomeOfThem) {
    set_heights([](int col, int row) { return 200 + 90 * std::sin(col / 7.0) * std::cos(row / 5.0); });
    int shown = 0, left_out = 0, boxes = 0;
    for (const double resolution : {0.5, 2.5, 10.0}) { // the frame covers the tile, about as much, and little of it
        grid_ = grid_of(resolution);
        const TileGround ground(grid_, {0, 0, 512, 512}, space_, heights_);
        for (const double tilt : {0.0, 25.0, -40.0})
            for (const double k1 : {0.0, -0.08, 0.1}) {
                const Camera camera(9000, 1200, tilt, k1);
                for (int row = 0; row < 512; row += 64)
                    for (int col = 0; col < 512; col += 64) {
                        const Window box{col, row, 5 + row % 59, 64};
                        bool any = false;
                        for (int r = 0; r < box.height && !any; ++r)
                            for (int c = 0; c < box.width && !any; ++c)
                                any = camera.sees(
                                    ground.exact(col + c, row + r,
                                                 heights_.height[static_cast<std::size_t>((row + r) * 512 + col + c)]));
                        const bool may = ground.box(box).may_lie_in(camera);
                        EXPECT_TRUE(may || !any) << resolution << ' ' << tilt << ' ' << k1 << ' ' << col << ' ' << row;
                        ++boxes, shown += any ? 1 : 0, left_out += may ? 0 : 1;
                    }
            }
    }
    EXPECT_GT(shown, boxes / 8);
    EXPECT_GT(left_out, 4 * (boxes - shown) / 5); // few are asked in vain
}

TEST_F(Locate, KnowsHowFarApartPixelsLieEachWay) {
    set_heights([](int, int) { return 100; });
    const Window tile{0, 0, 512, 512};
    const TileGround ground(grid_, tile, space_, heights_);
    for (const double tilt : {0.0, 30.0, 50.0}) {
        const Camera camera(5000, 2100, tilt, 0);
        const FrameLocator locator(ground, camera);
        for (const Window& part : {Window{0, 0, 128, 128}, Window{384, 256, 128, 128}, Window{200, 509, 2, 3}}) {
            const int col = static_cast<int>(part.col) + part.width / 2,
                      row = static_cast<int>(part.row) + part.height / 2;
            const auto place = [&](double cols, double rows) {
                const ImagePoint point = camera.project({grid_.x(col + cols), grid_.y(row + rows), 100});
                return Eigen::Vector2d(point.col(), point.row());
            };
            const Eigen::Vector2d east_by = place(0.5, 0) - place(-0.5, 0), south_by = place(0, 0.5) - place(0, -0.5);
            const Eigen::Array2d spacing = locator.spacing(part);
            const double area = std::abs(east_by.x() * south_by.y() - east_by.y() * south_by.x());
            EXPECT_NEAR(spacing.x() * spacing.y(), area, 1e-2 * area);
            EXPECT_NEAR(spacing.x() / spacing.y(),
                        std::hypot(east_by.x(), south_by.x()) / std::hypot(east_by.y(), south_by.y()), 1e-2);
        }
        EXPECT_TRUE(locator.spacing({200, 511, 9, 1}).isNaN().all());
    }
    // on a slope; walls have no say
    for (const double slope : {-0.2, 0.2}) { // metres a pixel
        const auto height = [&](double col) { return 100 + slope * (col - 256); };
        set_heights([&](int col, int row) { return row % 40 == 7 ? 160 : height(col); });
        const Camera camera(5000, 2100, 40, 0);
        const TileGround hill(grid_, tile, space_, heights_);
        const auto place = [&](double cols, double rows) {
            const ImagePoint point = camera.project({grid_.x(256 + cols), grid_.y(256 + rows), height(256 + cols)});
            return Eigen::Vector2d(point.col(), point.row());
        };
        const double east_by = (place(0.5, 0) - place(-0.5, 0)).norm(),
                     south_by = (place(0, 0.5) - place(0, -0.5)).norm();
        const Eigen::Array2d spacing = FrameLocator(hill, camera).spacing({192, 192, 128, 128});
        EXPECT_NEAR(spacing.x(), east_by, 0.02 * east_by) << slope;
        EXPECT_NEAR(spacing.y(), south_by, 0.02 * south_by) << slope;
    }
}

TEST_F(Locate, HasNoPositionWithoutAHeight) {
    set_heights([](int col, int row) { return (col / 40 + row / 30) % 3 == 0 ? NAN : 50.0 + col * 0.1; });
    EXPECT_LE(largest_error(Camera(9000, 1100, 10, 0)), bound);
}

TEST_F(Locate, HasNoPositionBehindTheCamera) {
    // a look at 60 degrees from close above: a part of the tile is behind the image plane
    set_heights([](int, int) { return 0.0; });
    int exact = 0;
    EXPECT_LE(largest_error(Camera(2000, 50, 60, 0), &exact), bound);
    EXPECT_GT(exact, 0);
}

TEST_F(Locate, GivesTheSamePositionsForPartsOfARowAndForFramesThatShareTheGround) {
    set_heights([](int col, int row) { return col % 50 == 0 ? NAN : 10 * std::sin(col / 50.0 + row / 31.0); });
    const Window tile{0, 0, 512, 512};
    const TileGround shared(grid_, tile, space_, heights_);
    std::vector<std::int32_t> cols(512), rows(512), part_cols(512), part_rows(512);
    int exact = 0;
    // two by interpolation, two that are exact in the same patches
    for (const Camera& camera :
         {Camera(9000, 1000, 20, -0.05), Camera(9000, 1100, 0, 0), Camera(2000, 50, 60, 0), Camera(2000, 60, 55, 0)}) {
        const TileGround own(grid_, tile, space_, heights_);
        const FrameLocator locator(own, camera), other(shared, camera);
        EXPECT_EQ(other.exact_patches(), locator.exact_patches());
        exact += other.exact_patches() > 0 ? 1 : 0;
        for (const int row : {0, 63, 64, 511}) {
            locator.positions(row, 0, 512, cols.data(), rows.data());
            for (const auto& [first, count] : {std::pair{0, 1}, {63, 70}, {100, 412}, {511, 1}}) {
                other.positions(row, first, static_cast<std::size_t>(count), part_cols.data(), part_rows.data());
                for (int i = 0; i < count; ++i) {
                    ASSERT_EQ(part_cols[static_cast<std::size_t>(i)], cols[static_cast<std::size_t>(first + i)]);
                    ASSERT_EQ(part_rows[static_cast<std::size_t>(i)], rows[static_cast<std::size_t>(first + i)]);
                }
            }
        }
    }
    EXPECT_EQ(exact, 2);
}

/// The map projection is in the interpolation too: earth-centred poses, a map in UTM.
TEST_F(Locate, FollowsTheCurvedEarth) {
    const std::string utm = resolve_crs("EPSG:32633");
    const GroundSpace space(GroundSpace::Kind::cartesian, utm, utm);
    grid_ = grid_of(10); // 5 km a tile
    set_heights([](int col, int row) { return 300 + 200 * std::sin(col / 90.0) * std::cos(row / 70.0); });

    /// 9 km above a point, straight down, in earth-centred coordinates.
    class Central : public FrameCamera {
    public:
        explicit Central(const Eigen::Vector3d& over) : up_(over.normalized()) {
            width = height = 100000;
            right_ = Eigen::Vector3d(0, 0, 1).cross(up_).normalized();
            ahead_ = up_.cross(right_);
            origin_ = over + 9000 * up_;
        }
        ImagePoint project(const Eigen::Vector3d& ground) const override {
            const Eigen::Vector3d d = ground - origin_;
            const double depth = -d.dot(up_);
            return {4000 * d.dot(right_) + 500 * depth, -4000 * d.dot(ahead_) + 500 * depth, depth};
        }
        Ray ray(double, double) const override { return {}; }
        double off_nadir_tangent(const Eigen::Vector3d&) const override { return 0; }

    private:
        Eigen::Vector3d up_, right_, ahead_, origin_;
    };
    Eigen::Vector3d middle(east, north, 0);
    space.from_map(std::span(&middle, 1));
    const Central camera(middle);

    const Window tile{0, 0, 512, 512};
    const TileGround ground(grid_, tile, space, heights_);
    const FrameLocator locator(ground, camera);
    std::vector<std::int32_t> cols(512), rows(512);
    double largest = 0;
    for (int row = 0; row < 512; row += 3) {
        locator.positions(row, 0, 512, cols.data(), rows.data());
        for (int col = 0; col < 512; col += 3) {
            Eigen::Vector3d point(grid_.x(col), grid_.y(row),
                                  static_cast<double>(heights_.height[static_cast<std::size_t>(row * 512 + col)]));
            space.from_map(std::span(&point, 1));
            const ImagePoint truth = camera.project(point);
            const auto i = static_cast<std::size_t>(col);
            largest = std::max(largest, std::hypot(cols[i] / 256.0 - truth.col(), rows[i] / 256.0 - truth.row()));
        }
    }
    EXPECT_LE(largest, bound);
}

} // namespace
} // namespace overflight
