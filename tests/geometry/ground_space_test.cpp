// SPDX-License-Identifier: Apache-2.0
#include "core/angle.h"
#include "core/errors.h"
#include "geometry/crs.h"
#include "geometry/ground_space.h"
#include "inputs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>
#include <vector>

namespace overflight {
namespace {

using Eigen::Vector3d;
using test::input_error;
using Kind = GroundSpace::Kind;

std::vector<Vector3d> block(double x, double y) {
    std::vector<Vector3d> points;
    for (int i = -5; i <= 5; ++i)
        for (int j = -5; j <= 5; ++j) points.emplace_back(x + 1000 * i, y + 1000 * j, 100 + 20 * i + 3 * j);
    return points;
}

double largest_difference(const std::vector<Vector3d>& a, const std::vector<Vector3d>& b) {
    double worst = 0;
    for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, (a[i] - b[i]).cwiseAbs().maxCoeff());
    return worst;
}

TEST(GroundSpace, RoundTrips) {
    const std::string utm32 = resolve_crs("EPSG:32632"), utm33 = resolve_crs("EPSG:32633");
    for (const Kind kind : {Kind::map, Kind::cartesian, Kind::geographic}) {
        for (const std::string& pose : {utm32, utm33}) {
            const GroundSpace space(kind, utm32, pose);
            EXPECT_EQ(space.kind(), kind);
            const std::vector<Vector3d> points = block(700000, 5300000);
            std::vector<Vector3d> moved = points;
            space.from_map(moved);
            space.to_map(moved);
            EXPECT_LT(largest_difference(points, moved), 1e-6);
        }
    }
}

TEST(GroundSpace, SameCrsIsUntouched) {
    const GroundSpace space(Kind::map, resolve_crs("EPSG:32632"), resolve_crs("EPSG:32632"));
    const std::vector<Vector3d> points = block(700000, 5300000);
    std::vector<Vector3d> moved = points;
    space.from_map(moved);
    EXPECT_EQ(points, moved);
}

TEST(GroundSpace, CartesianIsProjsGeocentricThreeDegreesFromTheMeridian) {
    // 10 km block, 3 degrees east of the central meridian of UTM 32.
    const std::string utm = resolve_crs("EPSG:32632");
    std::vector<Vector3d> points = block(722000, 5320000), expected = points;
    GroundSpace(Kind::cartesian, utm, utm).from_map(points);

    OGRSpatialReference source, target;
    source.importFromEPSG(32632);
    source.PromoteTo3D(nullptr);
    target.importFromEPSG(4978);
    source.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    const std::unique_ptr<OGRCoordinateTransformation> proj(OGRCreateCoordinateTransformation(&source, &target));
    for (Vector3d& p : expected) ASSERT_TRUE(proj->Transform(1, &p.x(), &p.y(), &p.z()));
    EXPECT_LT(largest_difference(points, expected), 1e-6);
}

TEST(GroundSpace, GeographicIsLongitudeFirst) {
    const GroundSpace space(Kind::geographic, resolve_crs("EPSG:32632"), resolve_crs("EPSG:32632"));
    Vector3d point(500000, 0, 12);
    space.from_map(std::span(&point, 1));
    EXPECT_NEAR(point.x(), 9, 1e-9);
    EXPECT_NEAR(point.y(), 0, 1e-9);
    EXPECT_EQ(point.z(), 12);
}

TEST(GroundSpace, ImpossiblePointsBecomeNan) {
    const GroundSpace space(Kind::geographic, resolve_crs("EPSG:32632"), resolve_crs("EPSG:32632"));
    Vector3d point(1e12, 1e12, 0);
    space.from_map(std::span(&point, 1));
    EXPECT_TRUE(std::isnan(point.x()));
    EXPECT_TRUE(std::isnan(point.z()));
}

TEST(GroundSpace, ThreadsGetTheSameAnswers) {
    const GroundSpace space(Kind::cartesian, resolve_crs("EPSG:32632"), resolve_crs("EPSG:32633"));
    std::vector<Vector3d> expected = block(700000, 5300000);
    space.from_map(expected);
    std::vector<int> wrong(4, 0);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i) {
                std::vector<Vector3d> points = block(700000, 5300000);
                space.from_map(points);
                wrong[t] += points != expected;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(GroundSpace, PointOfARayAtAHeight) {
    const std::string utm = resolve_crs("EPSG:32632");
    const GroundSpace map(Kind::map, utm, utm), cartesian(Kind::cartesian, utm, utm);
    const Vector3d p = map.at_height({{1, 2, 1000}, {3, 0, -10}}, 100);
    EXPECT_LT((p - Vector3d(271, 2, 100)).norm(), 1e-9);
    Vector3d ends[] = {{700000, 5300000, 4000}, {703000, 5301000, 200}};
    cartesian.from_map(ends);
    Vector3d point = cartesian.at_height({ends[0], ends[1] - ends[0]}, 200);
    EXPECT_LT((point - ends[1]).norm(), 1e-5);
    point = cartesian.at_height({ends[0], ends[1] - ends[0]}, 1500);
    cartesian.to_map(std::span(&point, 1));
    EXPECT_NEAR(point.z(), 1500, 1e-5);
}

TEST(Geodesy, RoundTripsOverAllLatitudesAndHeights) {
    const Ellipsoid earth;
    for (const double lat : {-90.0, -89.999, -45.0, 0.0, 1e-6, 33.3, 89.0}) {
        for (const double h : {-10e3, 0.0, 9000.0, 1e6}) {
            const Vector3d xyz = geocentric_from_geodetic({123.456, lat, h}, earth);
            const Vector3d back = geodetic_from_geocentric(xyz, earth);
            EXPECT_NEAR(back.y(), lat, 1e-11);
            EXPECT_NEAR(back.z(), h, 1e-6);
            EXPECT_NEAR(ellipsoidal_height(xyz, earth), h, 1e-6);
        }
    }
}

TEST(Crs, ResolvesEveryKindOfText) {
    const test::InputFolder folder;
    const std::string proj = "+proj=tmerc +lat_0=0 +lon_0=25 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs=True";
    const std::filesystem::path file = folder.write("exterior.prj", proj + "\n");
    EXPECT_EQ(resolve_crs(file.string()), resolve_crs(proj));
    EXPECT_EQ(resolve_crs(resolve_crs("EPSG:32651")), resolve_crs("EPSG:32651"));
    EXPECT_EQ(metres_per_unit(resolve_crs("EPSG:32651")), 1);
    EXPECT_NEAR(metres_per_unit(resolve_crs("EPSG:2263")), 0.3048006096, 1e-9);
}

TEST(Crs, SaysWhatIsWrong) {
    EXPECT_EQ(input_error([] { resolve_crs("EPSG:999999"); }),
              "found 'EPSG:999999', which PROJ does not know as a coordinate reference system; allowed are \"EPSG:n\", "
              "WKT, a PROJ string, or a file that holds one");
    EXPECT_EQ(input_error([] { resolve_crs("http://example.org/crs"); }),
              "found 'http://example.org/crs', which PROJ does not know as a coordinate reference system; allowed are "
              "\"EPSG:n\", WKT, a PROJ string, or a file that holds one");
    EXPECT_EQ(input_error([] { metres_per_unit(resolve_crs("EPSG:4326")); }),
              "'WGS 84' is not a projected coordinate reference system; a map needs one with metres or feet, for "
              "example a UTM zone");
}

TEST(Crs, TellsMetresOnTheGroundFromThoseOfTheMap) {
    const double mercator = metres_on_ground(resolve_crs("EPSG:3857"), 1e6, 6446275.841); // 50 degrees north
    EXPECT_NEAR(mercator, std::cos(50 * degree), 0.003); // of a sphere, on an ellipsoid
    EXPECT_NEAR(metres_on_ground(resolve_crs("EPSG:32632"), 500000, 5540000), 1 / 0.9996, 1e-5);
    const std::string feet = "+proj=utm +zone=32 +units=us-ft";
    EXPECT_NEAR(metres_on_ground(resolve_crs(feet), 500000 / 0.304800609601, 5540000 / 0.304800609601),
                0.304800609601 / 0.9996, 1e-5);
}

TEST(Crs, KnowsWhatIsSaidOfHeights) {
    EXPECT_EQ(stated_heights(resolve_crs("EPSG:32632")), "");
    EXPECT_EQ(stated_heights(resolve_crs("EPSG:4979")), "ellipsoidal");
    EXPECT_EQ(stated_heights(resolve_crs("EPSG:32632+5773")), "EGM96 height");
}

} // namespace
} // namespace overflight
