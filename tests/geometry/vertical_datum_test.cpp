// SPDX-License-Identifier: Apache-2.0
#include "geometry/ground_space.h"
#include "geometry/terrain.h"
#include "geometry/vertical_datum.h"
#include "inputs.h"
#include "raster_input.h"

#include <gtest/gtest.h>

#include <cmath>

namespace overflight {
namespace {

using test::input_error;

const std::filesystem::path egm96 = "/usr/share/proj/egm96_15.gtx";

#define REQUIRE_EGM96()                                                                                                \
    if (!std::filesystem::exists(egm96)) GTEST_SKIP() << egm96 << " is not here (package proj-data)"

TEST(GeoidGrid, IsProjsUndulation) {
    REQUIRE_EGM96();
    const GeoidGrid grid(egm96, "terrain.heights");
    OGRSpatialReference above_geoid, ellipsoidal;
    above_geoid.SetFromUserInput("+proj=longlat +datum=WGS84 +geoidgrids=egm96_15.gtx +vunits=m +type=crs");
    ellipsoidal.importFromEPSG(4979);
    for (OGRSpatialReference* crs : {&above_geoid, &ellipsoidal})
        crs->SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    const std::unique_ptr<OGRCoordinateTransformation> proj(
        OGRCreateCoordinateTransformation(&above_geoid, &ellipsoidal));
    ASSERT_TRUE(proj);
    for (const auto& [lon, lat] : {std::pair(24.4, -33.67),
                                   {9.03, 47.81},
                                   {-91.99, 46.84},
                                   {120.95, 24.68},
                                   {-179.95, 10.1},
                                   {179.95, 10.1},
                                   {0.01, 0.01},
                                   {359.9, -60.2}}) {
        double x = lon > 180 ? lon - 360 : lon, y = lat, z = 0;
        ASSERT_TRUE(proj->Transform(1, &x, &y, &z));
        EXPECT_NEAR(grid.undulation(lon, lat), z, 1e-3) << lon << " " << lat;
    }
    EXPECT_NEAR(grid.undulation(9.03, 47.81), 48, 2); // the Alps' foreland
    EXPECT_FALSE(std::isnan(grid.undulation(12, 90)));
}

TEST(SettleHeights, Rules) {
    REQUIRE_EGM96();
    TerrainConfig config;
    config.file = "dem.tif";
    const auto shift = [&](const std::string& heights, const std::string& states, const std::string& poses) {
        config.heights = heights;
        const VerticalShift s = settle_heights(config, states, poses);
        return std::string(s.plus ? "+" : "") + (s.minus ? "-" : "");
    };
    const std::string grid = egm96.string();
    EXPECT_EQ(shift("same_as_poses", "EGM2008 height", "ellipsoidal"), "");
    EXPECT_EQ(shift("ellipsoidal", "", "ellipsoidal"), "");
    EXPECT_EQ(shift("ellipsoidal", "", ""), ""); // GNSS poses
    EXPECT_EQ(shift(grid, "", ""), "+");
    EXPECT_EQ(shift(grid, "", "ellipsoidal"), "+");
    EXPECT_EQ(shift(grid, "", grid), "");
    EXPECT_EQ(shift("ellipsoidal", "", grid), "-");
    EXPECT_EQ(shift("/elsewhere/egm96_15.gtx", "", "ellipsoidal"), "+"); // found in PROJ's folder
    EXPECT_EQ(shift("", "EGM96 height", "ellipsoidal"), "+");
    EXPECT_EQ(shift("", "EGM96 height", "EGM96 height"), "");
    EXPECT_EQ(shift("", "EGM96 height", grid), "");
    EXPECT_EQ(shift("", "ellipsoidal", "EGM96 height"), "-");
    config.file.clear();
    EXPECT_EQ(shift("", "", ""), ""); // flat terrain
}

TEST(SettleHeights, MissingStatementsAndGrids) {
    TerrainConfig config;
    config.file = "dem.tif";
    const auto error = [&](const std::string& heights, const std::string& states, const std::string& poses) {
        config.heights = heights;
        return input_error([&] { settle_heights(config, states, poses); });
    };
    EXPECT_EQ(error("", "", "ellipsoidal"),
              "dem.tif: terrain.heights: the terrain does not state its vertical datum; set terrain.heights to "
              "\"same_as_poses\", \"ellipsoidal\", or the path of a geoid grid");
    EXPECT_EQ(error("", "EGM2008 height", ""),
              "dem.tif: terrain.heights: the terrain states its heights as 'EGM2008 height', the poses do not state "
              "theirs; set terrain.heights to \"same_as_poses\", \"ellipsoidal\", or the path of a geoid grid");
    EXPECT_EQ(error("", "NAVD88 height", "ellipsoidal"),
              "terrain.heights: heights are stated as 'NAVD88 height', and its geoid grid is not on this machine; set "
              "terrain.heights to the path of the grid, or to \"same_as_poses\"");
    EXPECT_EQ(error("/data/geoid.gtx", "", "ellipsoidal"),
              "/data/geoid.gtx: terrain.heights: this geoid grid does not exist, neither here nor in PROJ's folders; "
              "allowed are \"same_as_poses\", \"ellipsoidal\", or the path of a grid that GDAL reads (.gtx, .tif)");
}

TEST(Terrain, ShiftsHeightsByTheGeoid) {
    REQUIRE_EGM96();
    const TemporaryFolder folder;
    TerrainConfig config;
    config.file = test::write_raster(folder / "dem.tif", 50, 50, 500000, 5300000, 100, -100, "EPSG:32632",
                                     [](int, int) { return 400; });
    config.heights = egm96.string();
    config.offset_m = 0.5;
    const Terrain terrain(config, resolve_crs("EPSG:32632"), "ellipsoidal");
    Grid g;
    g.crs_wkt = resolve_crs("EPSG:32632");
    g.west = 500000;
    g.north = 5300000;
    g.resolution = 10;
    TileHeights heights;
    terrain.heights(g, {0, 0, 500, 500}, heights);
    const GeoidGrid grid(egm96, "");
    OGRSpatialReference map, geographic;
    map.importFromEPSG(32632);
    geographic.importFromEPSG(4326);
    geographic.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    const std::unique_ptr<OGRCoordinateTransformation> proj(OGRCreateCoordinateTransformation(&map, &geographic));
    for (int at = 0; at < 500; at += 77) {
        double x = g.x(at), y = g.y(at);
        ASSERT_TRUE(proj->Transform(1, &x, &y));
        const double expected = 400.5 + grid.undulation(x, y);
        EXPECT_NEAR(heights.height[static_cast<std::size_t>(at) * 501], expected, 1e-3);
        EXPECT_NEAR(terrain.height_at(g.x(at), g.y(at)), expected, 1e-6);
        EXPECT_NEAR(terrain.reduced_height_at(g.x(at), g.y(at)), expected, 1e-3);
        EXPECT_LE(expected, terrain.range().max + 1e-3);
        EXPECT_GE(expected, terrain.range().min - 1e-3);
    }
}

} // namespace
} // namespace overflight
