// SPDX-License-Identifier: Apache-2.0
#include "core/angle.h"
#include "geometry/exterior.h"
#include "geometry/rotation.h"
#include "inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace overflight {
namespace {

using Eigen::Vector3d;

/// A table as a program writes it, and the one pose 'a' in it.
struct Written {
    const char* table;
    PositionKind positions;
    AngleKind angles;
    Vector3d position, degrees;
};

class PoseTable : public testing::Test {
protected:
    Exterior read(const std::string& table) {
        MissionConfig mission;
        mission.exterior = folder.write("p.txt", table);
        return read_exterior(mission);
    }

    void expect_reads(const Written& written) {
        SCOPED_TRACE(written.table);
        const Exterior exterior = read(written.table);
        ASSERT_TRUE(exterior.problems.empty()) << exterior.problems.front().text();
        ASSERT_EQ(exterior.poses.size(), 1U);
        const PoseRecord& pose = exterior.poses.front();
        EXPECT_THAT(pose.name, testing::AnyOf("a", "a.tif"));
        EXPECT_EQ(exterior.positions, written.positions);
        EXPECT_EQ(exterior.angles, written.angles);
        EXPECT_LT((pose.position - written.position).norm(), 1e-9) << pose.position;
        EXPECT_LT((pose.angles - written.degrees).norm(), 1e-9) << pose.angles;
        const Vector3d radians = written.degrees * degree;
        const auto expected = written.angles == AngleKind::opk
                                  ? rotation_from_opk(radians.x(), radians.y(), radians.z())
                                  : rotation_from_rpy(radians.x(), radians.y(), radians.z());
        EXPECT_LT((pose.rotation - expected).norm(), 1e-9);
    }

    /// The first coordinate of the pose, where columns compete.
    double first_of(const std::string& table) { return read(table).poses.at(0).position.x(); }
    double height_of(const std::string& table) { return read(table).poses.at(0).position.z(); }

    test::InputFolder folder;
};

constexpr auto grid = PositionKind::grid, geographic = PositionKind::geographic;
constexpr auto opk = AngleKind::opk, rpy = AngleKind::rpy;
const Vector3d somewhere(451234.5, 5412345.25, 812.75), somewhere_on_earth(9.5, 48.25, 812.75);
const Vector3d turned(-1.5, 0.25, 91);

TEST_F(PoseTable, Metashape) {
    expect_reads({"# CoordinateSystem: PROJCS[\"WGS 84 / UTM zone 32N\",GEOGCS[\"WGS 84\",DATUM[\"World Geodetic\"]]]\n"
                  "#Label,X/Easting,Y/Northing,Z/Altitude,Yaw,Pitch,Roll,Error_(m),X_error,X_est,Yaw_est\n"
                  "a.tif,451234.5,5412345.25,812.75,91,0.25,-1.5,,,451200,90\n"
                  "# Total error\n",
                  grid, rpy, somewhere, turned});
    expect_reads({"#Label,X/Longitude,Y/Latitude,Z/Altitude,Yaw,Pitch,Roll\na.tif,9.5,48.25,812.75,91,0.25,-1.5\n",
                  geographic, rpy, somewhere_on_earth, turned});
    expect_reads({"# Cameras (1)\n"
                  "# PhotoID, X, Y, Z, Omega, Phi, Kappa, r11, r12, r13, r21, r22, r23, r31, r32, r33\n"
                  "a\t451234.5\t5412345.25\t812.75\t-1.5\t0.25\t91\t1\t0\t0\t0\t1\t0\t0\t0\t1\n",
                  grid, opk, somewhere, turned});
}

TEST_F(PoseTable, Pix4d) {
    expect_reads({"imageName X Y Z Omega Phi Kappa\na.tif 451234.5 5412345.25 812.75 -1.5 0.25 91\n", grid, opk,
                  somewhere, turned});
    expect_reads({"imagename,latitude [decimal degrees],longitude [decimal degrees],altitude [meter],accuracy "
                  "horizontal [meter],roll [degrees],pitch [degrees],yaw [degrees]\n"
                  "a.tif,48.25,9.5,812.75,0.1,-1.5,0.25,91\n",
                  geographic, rpy, somewhere_on_earth, turned});
}

TEST_F(PoseTable, MatchAt) {
    expect_reads(
        {"#ID Photo East North Height Omega[gon] Phi[gon] Kappa[gon]\n"
         "  1 a     451234.5 5412345.25 812.75 -1.66666666666666667 0.27777777777777778 101.1111111111111111\n",
         grid, opk, somewhere, turned});
    expect_reads({"Photo ID\tX [m]\tY [m]\tZ [m]\tOmega [deg]\tPhi [deg]\tKappa [deg]\n"
                  "a\t451234.5\t5412345.25\t812.75\t-1.5\t0.25\t91\n",
                  grid, opk, somewhere, turned});
}

TEST_F(PoseTable, Applanix) {
    const std::string head = "\nPOSPac Version 8\n\n Mapping frame: UTM, zone 32, ellipsoid WGS84\n"
                             "(position in Meters, orientation in Degrees, lat, long in Deg)\n\n"
                             " ID, # EVENT, TIME (s), EASTING, NORTHING, ELLIPSOID HEIGHT, OMEGA, PHI, KAPPA, LAT, "
                             "LONG\n\n";
    for (const char* row : {"  a   3  564155.65  451234.5  5412345.25  812.75  -1.5  0.25  91  48.8  8.3\n",
                            "a\t3\t564155.65\t451234.5\t5412345.25\t812.75\t-1.5\t0.25\t91\t48.8\t8.3\n"})
        expect_reads({(head + row).c_str(), grid, opk, somewhere, turned});
}

TEST_F(PoseTable, OfASurveyCompany) {
    expect_reads({"Name;E;N;H;Omega(rad);Phi(rad);Kappa(rad)\n"
                  "a;451234,5;5412345,25;812,75;-0,02617993877991494;0,004363323129985824;1,5882496193148399\n",
                  grid, opk, somewhere, turned});
    expect_reads({"// flown in spring\nid (x) ; x_m;y_m;Elevation (m);omega_deg;phi_deg;kappa_gon\n# strip 1\n"
                  "a;451234.5;5412345.25;812.75;-1.5;0.25;101.1111111111111111\n",
                  grid, opk, somewhere, turned});
    expect_reads({"Image Name\tLat\tLng\tAlt\tRoll\tPitch\tHeading\na\t48,25\t9,5\t812,75\t-1,5\t0,25\t91\n",
                  geographic, rpy, somewhere_on_earth, turned});
    expect_reads({"frame X [m] Y [m] Z [m] omega [\xC2\xB0] phi [\xC2\xB0] kappa [\xC2\xB0]\n"
                  "a 451234.5 5412345.25 812.75 -1.5 0.25 91\n",
                  grid, opk, somewhere, turned});
}

TEST_F(PoseTable, OurNamesComeFirst) {
    EXPECT_EQ(first_of("filename,easting,x,y,z,omega,phi,kappa\na,9,1,2,3,4,5,6\n"), 1);
    EXPECT_EQ(height_of("filename,x,y,height,z,omega,phi,kappa\na,1,2,9,3,4,5,6\n"), 3);
    EXPECT_EQ(height_of("filename,lat,lon,height,altitude,roll,pitch,yaw\na,1,2,9,3,4,5,6\n"), 3);
    EXPECT_EQ(height_of("filename,lat,lon,height,roll,pitch,yaw\na,1,2,3,4,5,6\n"), 3);
    EXPECT_EQ(read("filename,x,y,z,roll,pitch,yaw,heading\na,1,2,3,4,5,6,9\n").poses[0].angles.z(), 6);
}

TEST_F(PoseTable, MapPositionAndPhotogrammetricAnglesComeFirst) {
    const Exterior exterior =
        read("id,lat,lon,roll,pitch,yaw,easting,northing,height,omega,phi,kappa\na,48,9,7,8,9,1,2,3,4,5,6\n");
    EXPECT_EQ(exterior.positions, grid);
    EXPECT_EQ(exterior.poses[0].position, Vector3d(1, 2, 3));
    EXPECT_EQ(exterior.poses[0].angles, Vector3d(4, 5, 6));
}

TEST_F(PoseTable, TheMostDefiniteNameIsTheFrames) {
    const auto name = [&](const std::string& columns) {
        return read(columns + ",x,y,z,omega,phi,kappa\n1,2,3,4,5,6,7,8,9\n").poses.at(0).name;
    };
    EXPECT_EQ(name("id,name,filename"), "3");
    EXPECT_EQ(name("name,imagename,photo"), "2");
    EXPECT_EQ(name("photo,id,label"), "1");
    EXPECT_EQ(name("id,label,strip"), "2");
}

TEST_F(PoseTable, ACommaPartsThousandsBesideADecimalPoint) {
    const Exterior exterior = read("filename;x;y;z;omega;phi;kappa\na;451,234;5;812.75;4;5;6\n");
    ASSERT_EQ(exterior.problems.size(), 1U);
    EXPECT_EQ(exterior.problems[0].message, "found 451,234, allowed is a number (with a decimal point)");
}

} // namespace
} // namespace overflight
