// SPDX-License-Identifier: Apache-2.0
#include "geometry/geodesy.h"
#include "geometry/rpc_camera.h"
#include "inputs.h"

#include <Eigen/Geometry>
#include <gdal_alg.h>
#include <gdal_priv.h>
#include <gtest/gtest.h>

#include <cmath>

namespace overflight {
namespace {

using Eigen::Vector3d;

/// The frames with the RPC that lies beside or inside them, as a copy where sidecar and frame lie apart.
std::vector<std::pair<std::filesystem::path, Eigen::Vector2i>> rpc_frames(const test::InputFolder& folder) {
    const std::filesystem::path data = test::real_data();
    const char* ngi = "3324c_2015_1004_05_0182_RGB";
    std::filesystem::copy(data / "ngi/frames" / (std::string(ngi) + ".tif"), folder.path());
    std::filesystem::copy(data / "ngi/rpc" / (std::string(ngi) + "_RPC.TXT"), folder.path());
    return {{data / "rpc/qb2_basic1b.tif", {850, 1450}},
            {data / "pleiades/img_01.tif", {1024, 1024}},
            {data / "pleiades/img_03.tif", {1024, 1024}},
            {folder.path() / (std::string(ngi) + ".tif"), {640, 1152}}};
}

TEST(RpcCamera, ProjectsAsGdalDoes) {
    REQUIRE_REAL_DATA();
    const test::InputFolder folder;
    for (const auto& [file, size] : rpc_frames(folder)) {
        SCOPED_TRACE(file);
        std::vector<std::filesystem::path> inputs;
        const std::optional<RpcModel> model = read_rpc(file, inputs);
        ASSERT_TRUE(model);
        const auto camera = make_rpc_camera(*model, size.x(), size.y());

        GDALAllRegister();
        const std::unique_ptr<GDALDataset> dataset(GDALDataset::Open(file.c_str()));
        GDALRPCInfoV2 info;
        ASSERT_TRUE(GDALExtractRPCInfoV2(dataset->GetMetadata("RPC"), &info));
        void* gdal = GDALCreateRPCTransformerV2(&info, FALSE, 0, nullptr);
        double worst = 0;
        for (int i = -4; i <= 4; ++i) {
            for (int j = -4; j <= 4; ++j) {
                const Vector3d ground(model->long_off + 0.2 * i * model->long_scale,
                                      model->lat_off + 0.2 * j * model->lat_scale,
                                      model->height_off + 0.1 * (i + j) * model->height_scale);
                double x = ground.x(), y = ground.y(), z = ground.z();
                int done = 0;
                GDALRPCTransform(gdal, TRUE, 1, &x, &y, &z, &done);
                ASSERT_TRUE(done);
                const ImagePoint p = camera->project(ground);
                // GDAL counts from the corner of the first pixel.
                worst = std::max({worst, std::abs(p.col() - (x - 0.5)), std::abs(p.row() - (y - 0.5))});
                ASSERT_EQ(p.w, 1);
            }
        }
        GDALDestroyRPCTransformer(gdal);
        EXPECT_LT(worst, 1e-6);

        const double heights[] = {model->height_off - model->height_scale, model->height_off + model->height_scale};
        for (int row = 0; row <= size.y(); row += size.y() / 4) {
            for (int col = 0; col <= size.x(); col += size.x() / 4) {
                const Ray ray = camera->ray(col, row);
                for (const double h : heights) {
                    const ImagePoint p =
                        camera->project(ray.origin + ray.direction * (h - ray.origin.z()) / ray.direction.z());
                    EXPECT_NEAR(p.col(), col, 1e-5);
                    EXPECT_NEAR(p.row(), row, 1e-5);
                }
            }
        }
    }
}

TEST(RpcCamera, SidecarIsAnInput) {
    REQUIRE_REAL_DATA();
    const test::InputFolder folder;
    std::vector<std::filesystem::path> inputs;
    read_rpc(rpc_frames(folder).back().first, inputs);
    ASSERT_EQ(inputs.size(), 1U);
    EXPECT_EQ(inputs.front().filename(), "3324c_2015_1004_05_0182_RGB_RPC.TXT");
}

TEST(RpcCamera, YamlIsTheTags) {
    REQUIRE_REAL_DATA();
    std::vector<std::filesystem::path> inputs;
    const std::optional<RpcModel> tags = read_rpc(test::real_data() / "rpc/qb2_basic1b.tif", inputs);
    const std::map<std::string, RpcEntry> yaml = read_rpc_yaml(test::real_data() / "rpc/rpc.yaml");
    ASSERT_TRUE(tags);
    ASSERT_EQ(yaml.count("qb2_basic1b.tif"), 1U);
    const RpcEntry& entry = yaml.at("qb2_basic1b.tif");
    EXPECT_EQ(entry.width, 850);
    EXPECT_EQ(entry.height, 1450);
    for (std::size_t i = 0; i < 20; ++i) {
        EXPECT_DOUBLE_EQ(entry.model.line_num[i], tags->line_num[i]);
        EXPECT_DOUBLE_EQ(entry.model.samp_den[i], tags->samp_den[i]);
    }
    EXPECT_EQ(entry.model.line_off, tags->line_off);
    // The control points were measured 2.98 columns and 2.09 rows beside the prediction (data/README.md).
    const ImagePoint p =
        make_rpc_camera(entry.model, 850, 1450)->project({24.41948061951812, -33.65426900104435, 214.75143153141929});
    EXPECT_NEAR(p.col() - 821.3001696660183, 2.98, 0.2);
    EXPECT_NEAR(p.row() - 62.303697728645055, 2.09, 0.2);
}

TEST(RpcCamera, OffNadirTangentIsThatOfTheSightLine) {
    REQUIRE_REAL_DATA();
    for (const char* file : {"rpc/qb2_basic1b.tif", "pleiades/img_01.tif", "pleiades/img_02.tif"}) {
        std::vector<std::filesystem::path> inputs;
        const std::optional<RpcModel> model = read_rpc(test::real_data() / file, inputs);
        ASSERT_TRUE(model);
        const auto camera = make_rpc_camera(*model, 1, 1);
        // Independently: the angle between sight line and up, in earth-centred coordinates.
        const Ray ray = camera->ray(300, 400);
        const Ellipsoid earth;
        const Vector3d top = geocentric_from_geodetic(ray.origin, earth);
        const Vector3d bottom_geodetic = ray.origin + ray.direction;
        const Vector3d sight = top - geocentric_from_geodetic(bottom_geodetic, earth);
        const Vector3d up = enu_axes(bottom_geodetic.x(), bottom_geodetic.y()).col(2);
        const double expected = std::tan(std::acos(sight.normalized().dot(up)));
        EXPECT_NEAR(camera->off_nadir_tangent(bottom_geodetic), expected, 2e-3 * (1 + expected)) << file;
        EXPECT_GT(expected, 0.01);
    }
}

} // namespace
} // namespace overflight
