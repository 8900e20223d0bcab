// SPDX-License-Identifier: Apache-2.0
#include "core/angle.h"
#include "geometry/central_camera.h"
#include "geometry/footprint.h"
#include "geometry/rotation.h"
#include "inputs.h"
#include "raster_input.h"

#include <Eigen/Geometry>
#include <Eigen/SVD>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <ctime>

namespace overflight {
namespace {

using Eigen::Vector3d;
using test::write_raster;

constexpr double x0 = 600000, y0 = 5300000;

std::shared_ptr<const FrameCamera> camera(double height, double omega, double phi, double kappa) {
    const auto lens = std::make_shared<Lens>(LensModel::pinhole, Eigen::Vector2d(1000, 1000),
                                             Eigen::Vector2d(499.5, 399.5), Lens::Coefficients{});
    return make_central_camera(lens, 1000, 800, {x0, y0, height},
                               rotation_from_opk(omega * degree, phi * degree, kappa * degree), {});
}

bool inside(const Footprint& footprint, double x, double y) {
    for (std::size_t i = 0; i < footprint.outline.size(); ++i) {
        const auto [ax, ay] = footprint.outline[i];
        const auto [bx, by] = footprint.outline[(i + 1) % footprint.outline.size()];
        if ((bx - ax) * (y - ay) - (by - ay) * (x - ax) < -1e-6) return false;
    }
    return true;
}

class FootprintTest : public testing::Test {
protected:
    std::string crs = resolve_crs("EPSG:32632");
    GroundSpace space{GroundSpace::Kind::map, crs, crs};
    TemporaryFolder folder;

    Terrain flat(double height) const {
        TerrainConfig config;
        config.offset_m = height;
        return Terrain(config, crs, "");
    }

    Terrain rough() const {
        TerrainConfig config;
        config.heights = "same_as_poses";
        config.outside = OutsideTerrain::gap;
        config.file =
            write_raster(folder / "dem.tif", 600, 600, x0 - 3000, y0 + 3000, 10, -10, "EPSG:32632", [](int c, int r) {
                return 300 + 150 * std::sin(0.05 * c) * std::cos(0.04 * r) + 20 * std::sin(0.31 * c + 0.2 * r);
            });
        return Terrain(config, crs, "");
    }
};

TEST_F(FootprintTest, NadirOnFlatGround) {
    const std::optional<Footprint> f = find_footprint(*camera(1100, 0, 0, 0), space, flat(100));
    ASSERT_TRUE(f);
    EXPECT_NEAR(f->bounds.xmin, x0 - 500, 1e-6);
    EXPECT_NEAR(f->bounds.xmax, x0 + 500, 1e-6);
    EXPECT_NEAR(f->bounds.ymin, y0 - 400, 1e-6);
    EXPECT_NEAR(f->bounds.ymax, y0 + 400, 1e-6);
    EXPECT_NEAR(f->sampling_distance, 1, 1e-9);
    EXPECT_NEAR(f->x, x0, 1e-6);
    EXPECT_NEAR(f->z, 100, 0.02);
    EXPECT_EQ(f->terrain_coverage, 1);
}

TEST_F(FootprintTest, SamplingDistancesOverTheFrame) {
    const auto nadir = find_footprint(*camera(1100, 0, 0, 30), space, flat(100));
    ASSERT_TRUE(nadir);
    for (const double distance : {nadir->finest, nadir->median, nadir->coarsest}) EXPECT_NEAR(distance, 1, 1e-4);

    // Tilted about x: the line of sight through each place by hand, its derivatives by differences, their singular
    // values by Eigen.
    const Eigen::Matrix3d turn = Eigen::AngleAxisd(40 * degree, Vector3d::UnitX()).toRotationMatrix();
    const auto ground = [&](double col, double row) -> Eigen::Vector2d {
        const Vector3d sight = turn * Vector3d((col - 499.5) / 1000, (399.5 - row) / 1000, -1);
        return sight.head<2>() * (-1000 / sight.z());
    };
    double finest = 1e9, coarsest = 0;
    std::vector<double> roots;
    for (int i = 0; i < 5; ++i) {
        for (int k = 0; k < 5; ++k) {
            const double col = (k + 0.5) * 200 - 0.5, row = (i + 0.5) * 160 - 0.5;
            Eigen::Matrix2d jacobian;
            jacobian << (ground(col + 0.5, row) - ground(col - 0.5, row)),
                (ground(col, row + 0.5) - ground(col, row - 0.5));
            const Eigen::Vector2d axes = Eigen::JacobiSVD<Eigen::Matrix2d>(jacobian).singularValues();
            finest = std::min(finest, axes[1]);
            coarsest = std::max(coarsest, axes[0]);
            roots.push_back(std::sqrt(axes[0] * axes[1]));
        }
    }
    std::nth_element(roots.begin(), roots.begin() + 12, roots.end());
    const auto tilted = find_footprint(*camera(1100, 40, 0, 0), space, flat(100));
    ASSERT_TRUE(tilted);
    // find_footprint differs one-sidedly, by a whole pixel
    EXPECT_NEAR(tilted->finest, finest, 0.003 * finest);
    EXPECT_NEAR(tilted->coarsest, coarsest, 0.003 * coarsest);
    EXPECT_NEAR(tilted->median, roots[12], 0.02 * roots[12]);
}

TEST_F(FootprintTest, SamplingDistancesFollowTheTerrain) {
    TerrainConfig config;
    config.heights = "same_as_poses";
    config.file = write_raster(folder / "step.tif", 600, 600, x0 - 3000, y0 + 3000, 10, -10, "EPSG:32632",
                               [](int c, int) { return c < 300 ? 100 : 600; }); // a step below the camera
    const auto frame = find_footprint(*camera(1100, 0, 0, 0), space, Terrain(config, crs, ""));
    ASSERT_TRUE(frame);
    EXPECT_NEAR(frame->coarsest, 1, 1e-3);
    EXPECT_NEAR(frame->finest, 0.5, 1e-3);
}

TEST_F(FootprintTest, CoversWhatTheFrameSeesOfRoughTerrain) {
    const Terrain terrain = rough();
    for (const double tilt : {0.0, 20.0, 45.0}) {
        const auto frame = camera(1300, tilt, 5, 30);
        const std::optional<Footprint> f = find_footprint(*frame, space, terrain);
        ASSERT_TRUE(f);
        int seen = 0, covered = 0, outlined = 0;
        for (double y = y0 - 2900; y < y0 + 2900; y += 23) {
            for (double x = x0 - 2900; x < x0 + 2900; x += 23) {
                const ImagePoint p = frame->project({x, y, terrain.height_at(x, y)});
                const bool sees = p.w > 0 && p.col() > -0.5 && p.row() > -0.5 && p.col() < 999.5 && p.row() < 799.5;
                const bool in = inside(*f, x, y);
                seen += sees;
                covered += sees && in;
                outlined += in;
            }
        }
        EXPECT_EQ(covered, seen) << tilt;
        EXPECT_LT(outlined, 1.25 * seen) << tilt; // generous, not wasteful
    }
}

TEST_F(FootprintTest, ObliqueFramesAreCutAtTheHorizon) {
    const auto frame = camera(1000, 80, 0, 0); // the upper part of the frame looks above the horizon
    const std::optional<Footprint> f = find_footprint(*frame, space, flat(0));
    ASSERT_TRUE(f);
    EXPECT_LT(f->bounds.ymax - y0, 10000);
    EXPECT_GT(f->bounds.ymax - y0, 9000);
    EXPECT_FALSE(find_footprint(*camera(1000, 100, 0, 0), space, flat(0)));
    EXPECT_FALSE(find_footprint(*camera(1000, 0, 0, 0), space, flat(2000))); // below the ground
}

TEST_F(FootprintTest, BesideTheTerrain) {
    const Terrain terrain = rough();
    const GroundSpace shifted(GroundSpace::Kind::map, crs, crs);
    const auto lens = std::make_shared<Lens>(LensModel::pinhole, Eigen::Vector2d(1000, 1000),
                                             Eigen::Vector2d(499.5, 399.5), Lens::Coefficients{});
    const auto frame = [&](double x) {
        return make_central_camera(lens, 1000, 800, {x, y0, 1300}, Eigen::Matrix3d::Identity(), {});
    };
    EXPECT_FALSE(find_footprint(*frame(x0 + 50000), shifted, terrain));
    const std::optional<Footprint> half = find_footprint(*frame(x0 + 3000), shifted, terrain);
    ASSERT_TRUE(half);
    EXPECT_NEAR(half->terrain_coverage, 0.5, 0.1);
}

TEST_F(FootprintTest, CoversTerrainSmallerThanTheFrame) {
    const auto model = [&](int width, int height, double west, double north) {
        TerrainConfig config;
        config.heights = "same_as_poses";
        config.outside = OutsideTerrain::gap;
        config.file = write_raster(folder / "part.tif", width, height, x0 + west, y0 + north, 2, -2, "EPSG:32632",
                                   [](int c, int r) { return 100 + 40 * std::sin(0.2 * c) * std::cos(0.3 * r); });
        return Terrain(config, crs, "");
    };
    // Within the frame, and through it from side to side between the lines of sight along its border.
    for (const auto& [width, height, west, north] :
         {std::tuple(30, 30, 120, 200), {2, 2, -300, -100}, {600, 9, -600, 60}}) {
        const Terrain terrain = model(width, height, west, north);
        for (const double tilt : {0.0, 8.0}) {
            const auto frame = camera(1100, tilt, 0, 20);
            const std::optional<Footprint> f = find_footprint(*frame, space, terrain);
            ASSERT_TRUE(f) << width << ' ' << tilt;
            EXPECT_LT(f->terrain_coverage, 0.1);
            int seen = 0;
            for (double y = y0 + north; y > y0 + north - 2 * height; y -= 1.5) {
                for (double x = x0 + west; x < x0 + west + 2 * width; x += 1.5) {
                    if (!frame->sees({x, y, terrain.height_at(x, y)})) continue;
                    ++seen;
                    EXPECT_TRUE(inside(*f, x, y)) << x - x0 << ' ' << y - y0;
                }
            }
            EXPECT_GT(seen, 3);
        }
    }
    EXPECT_FALSE(find_footprint(*camera(1100, 0, 0, 0), space, model(30, 30, 700, 0)));
    EXPECT_FALSE(find_footprint(*camera(1100, 0, 0, 0), space, model(600, 9, -600, 500)));
}

TEST_F(FootprintTest, MapAndCartesianAgree) {
    MissionConfig mission;
    mission.name = "m";
    mission.interior = folder / "c.yaml";
    std::ofstream(mission.interior) << "c: {type: brown, im_size: [1000, 800], focal_len: 1, k1: -0.05}\n";
    mission.exterior = folder / "p.csv";
    std::ofstream(mission.exterior) << "filename,x,y,z,omega,phi,kappa\na,600000,5300000,1300,10,-20,30\n";
    mission.pose_crs = "EPSG:32632";
    const Terrain terrain = rough();
    std::optional<Footprint> f[2];
    for (const PoseSpace pose_space : {PoseSpace::map, PoseSpace::cartesian}) {
        mission.pose_space = pose_space;
        const MissionCameras cameras = load_mission_cameras(mission, {{"a.tif", 1000, 800}}, crs);
        f[pose_space == PoseSpace::cartesian] = find_footprint(*cameras.cameras[0], *cameras.space, terrain);
    }
    ASSERT_TRUE(f[0] && f[1]);
    EXPECT_NEAR(f[0]->bounds.xmin, f[1]->bounds.xmin, 3);
    EXPECT_NEAR(f[0]->bounds.ymax, f[1]->bounds.ymax, 3);
    EXPECT_NEAR(f[0]->sampling_distance, f[1]->sampling_distance, 0.002);
}

TEST_F(FootprintTest, RealFramesLieWhereTheirTerrainIs) {
    REQUIRE_REAL_DATA();
    MissionConfig mission;
    mission.name = "ngi";
    mission.interior = test::real_data() / "ngi/interior.yaml";
    mission.exterior = test::real_data() / "ngi/exterior.csv";
    mission.pose_space = PoseSpace::map;
    const std::vector<FrameFile> frames = {{"3324c_2015_1004_05_0182_RGB.tif", 640, 1152}};
    const std::string map = mission_pose_crs(mission, frames);
    const MissionCameras cameras = load_mission_cameras(mission, frames, map);
    TerrainConfig config;
    config.file = test::real_data() / "ngi/dem.tif";
    config.heights = "same_as_poses";
    const Terrain terrain(config, map, cameras.pose_heights);
    const std::optional<Footprint> f = find_footprint(*cameras.cameras[0], *cameras.space, terrain);
    ASSERT_TRUE(f);
    EXPECT_EQ(f->terrain_coverage, 1);
    EXPECT_NEAR(f->x, -55094, 60);
    EXPECT_NEAR(f->sampling_distance, (5258 - f->z) * 0.144 / 120, 0.01);

    MissionConfig rpc;
    rpc.name = "qb2";
    rpc.camera = CameraKind::rpc;
    const std::vector<FrameFile> rpc_frames = {{test::real_data() / "rpc/qb2_basic1b.tif", 850, 1450}};
    const std::string utm = mission_pose_crs(rpc, rpc_frames);
    const MissionCameras rpc_cameras = load_mission_cameras(rpc, rpc_frames, utm);
    config.heights = "/usr/share/proj/egm96_15.gtx";
    const Terrain ellipsoidal(config, utm, rpc_cameras.pose_heights);
    const std::optional<Footprint> g = find_footprint(*rpc_cameras.cameras[0], *rpc_cameras.space, ellipsoidal);
    ASSERT_TRUE(g);
    const ImagePoint centre = [&] {
        Vector3d p(g->x, g->y, g->z);
        rpc_cameras.space->from_map(std::span(&p, 1));
        return rpc_cameras.cameras[0]->project(p);
    }();
    EXPECT_NEAR(centre.col(), 424.5, 0.05);
    EXPECT_NEAR(centre.row(), 724.5, 0.05);
}

TEST_F(FootprintTest, IsCheap) {
    // Measured, and bounded so loosely that only another order of work fails.
    MissionConfig mission;
    mission.name = "m";
    mission.interior = folder / "c.yaml";
    std::ofstream(mission.interior)
        << "c: {type: brown, im_size: [1000, 800], focal_len: 1, k1: -0.05, k2: 0.01, p1: 0.001}\n";
    mission.exterior = folder / "p.csv";
    std::ofstream(mission.exterior) << "filename,x,y,z,omega,phi,kappa\na,600000,5300000,1300,10,-20,30\n";
    mission.pose_space = PoseSpace::cartesian;
    mission.pose_crs = "EPSG:32632";
    const MissionCameras cameras = load_mission_cameras(mission, {{"a.tif", 1000, 800}}, crs);
    const Terrain terrain = rough();
    const std::clock_t start = std::clock(); // of the process: other load on the machine does not count
    constexpr int count = 1000;
    double sum = 0;
    for (int i = 0; i < count; ++i) sum += find_footprint(*cameras.cameras[0], *cameras.space, terrain)->bounds.xmin;
    const double each = 1e6 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / count;
    EXPECT_GT(sum, 0);
    std::printf("footprint: %.0f microseconds\n", each);
    EXPECT_LT(each, 5000);
}

} // namespace
} // namespace overflight
