// SPDX-License-Identifier: Apache-2.0
#include "core/angle.h"
#include "geometry/crs.h"
#include "geometry/mission_cameras.h"
#include "geometry/rotation.h"
#include "inputs.h"

#include <Eigen/Geometry>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <ogr_spatialref.h>

#include <chrono>
#include <cmath>

namespace overflight {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

std::vector<FrameFile> frame_files(const std::vector<std::string>& names, int width, int height) {
    std::vector<FrameFile> files;
    for (const std::string& name : names) files.push_back({name, width, height});
    return files;
}

const std::vector<std::string> ngi_frames = {"3324c_2015_1004_05_0182_RGB.tif", "3324c_2015_1004_05_0184_RGB.tif",
                                             "3324c_2015_1004_06_0251_RGB.tif", "3324c_2015_1004_06_0253_RGB.tif"};
const std::vector<std::string> tilted_frames = {"100_0005_0018.tif", "100_0005_0136.tif", "100_0005_0140.tif",
                                                "100_0005_0142.tif"};

MissionConfig ngi_mission(const std::string& exterior) {
    MissionConfig mission;
    mission.name = "2015";
    mission.interior = test::real_data() / "ngi/interior.yaml";
    mission.exterior = test::real_data() / "ngi" / exterior;
    mission.pose_space = PoseSpace::map;
    return mission;
}

MissionConfig tilted_mission(const std::string& exterior) {
    MissionConfig mission;
    mission.name = "tilted";
    mission.interior = test::real_data() / "tilted/reconstruction.json";
    mission.exterior = test::real_data() / "tilted" / exterior;
    mission.pose_crs = "EPSG:32651";
    mission.pose_space = PoseSpace::map;
    return mission;
}

MissionCameras load(const MissionConfig& mission, const std::vector<FrameFile>& frames) {
    return load_mission_cameras(mission, frames, mission_pose_crs(mission, frames));
}

double angle_between(const MissionCameras::Pose& a, const MissionCameras::Pose& b) {
    const Matrix3d turn = rotation_from_opk(a.omega * degree, a.phi * degree, a.kappa * degree).transpose() *
                          rotation_from_opk(b.omega * degree, b.phi * degree, b.kappa * degree);
    return Eigen::AngleAxisd(turn).angle() / degree;
}

double distance(const MissionCameras::Pose& a, const MissionCameras::Pose& b) {
    return (Vector3d(a.x, a.y, a.z) - Vector3d(b.x, b.y, b.z)).norm();
}

TEST(MissionCameras, NgiCsvAndGeojsonAgree) {
    REQUIRE_REAL_DATA();
    const std::vector<FrameFile> frames = frame_files(ngi_frames, 640, 1152);
    const MissionCameras csv = load(ngi_mission("exterior.csv"), frames);
    const MissionCameras json = load(ngi_mission("exterior.geojson"), frames);
    EXPECT_TRUE(csv.problems.empty());
    EXPECT_TRUE(json.problems.empty());
    EXPECT_TRUE(csv.warnings.empty());
    ASSERT_EQ(csv.inputs.size(), 3U); // poses, cameras, .prj
    for (std::size_t i = 0; i < frames.size(); ++i) {
        ASSERT_TRUE(csv.cameras[i] && json.cameras[i]);
        EXPECT_LT(distance(csv.poses[i], json.poses[i]), 1.1e-3); // rounded to 1 mm and 0.001 degrees in the CSV
        EXPECT_LT(angle_between(csv.poses[i], json.poses[i]), 1.1e-3);
    }
    EXPECT_NEAR(csv.poses[0].x, -55094.504, 1e-9);
    EXPECT_NEAR(csv.poses[0].kappa, -179.087, 1e-9);
}

TEST(MissionCameras, NgiProjectsByTheCollinearityEquations) {
    REQUIRE_REAL_DATA();
    const std::vector<FrameFile> frames = frame_files(ngi_frames, 640, 1152);
    const MissionCameras cameras = load(ngi_mission("exterior.csv"), frames);
    const MissionCameras::Pose& pose = cameras.poses[1];
    const Matrix3d r = rotation_from_opk(pose.omega * degree, pose.phi * degree, pose.kappa * degree);
    const Vector3d ground(-57500, -3727000, 350);
    const Vector3d d = r.transpose() * (ground - Vector3d(pose.x, pose.y, pose.z));
    const double x_mm = -120 * d.x() / d.z(), y_mm = -120 * d.y() / d.z(); // photo coordinates
    const ImagePoint p = cameras.cameras[1]->project(ground);
    EXPECT_NEAR(p.col(), 319.5 + x_mm * 640 / 92.16, 1e-9);
    EXPECT_NEAR(p.row(), 575.5 - y_mm * 1152 / 165.888, 1e-9);
}

/// The same cameras were fitted as RPCs elsewhere, to 4e-6 pixel: lens, pose, ground spaces and RPC hold each other.
TEST(MissionCameras, NgiFramesAreTheirRpcs) {
    REQUIRE_REAL_DATA();
    const TemporaryFolder folder;
    std::vector<FrameFile> frames;
    for (const std::string& name : ngi_frames) {
        const std::filesystem::path stem = std::filesystem::path(name).stem();
        std::filesystem::copy(test::real_data() / "ngi/frames" / name, folder.path());
        std::filesystem::copy(test::real_data() / "ngi/rpc" / (stem.string() + "_RPC.TXT"), folder.path());
        frames.push_back({folder / name, 640, 1152});
    }
    const MissionCameras by_pose = load(ngi_mission("exterior.csv"), frames);
    MissionConfig rpc;
    rpc.name = "rpc";
    rpc.camera = CameraKind::rpc;
    const MissionCameras by_rpc = load_mission_cameras(rpc, frames, by_pose.pose_crs);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        ASSERT_TRUE(by_pose.cameras[i] && by_rpc.cameras[i]);
        double worst = 0;
        for (int row = 0; row < 1152; row += 96) {
            for (int col = 0; col < 640; col += 64) {
                Vector3d ground = by_pose.space->at_height(by_pose.cameras[i]->ray(col, row), 200 + col + row / 3);
                by_pose.space->to_map(std::span(&ground, 1));
                by_rpc.space->from_map(std::span(&ground, 1));
                const ImagePoint p = by_rpc.cameras[i]->project(ground);
                worst = std::max({worst, std::abs(p.col() - col), std::abs(p.row() - row)});
            }
        }
        EXPECT_LT(worst, 1e-4) << frames[i].path;
    }
}

TEST(MissionCameras, TiltedReconstructionIsTheTable) {
    REQUIRE_REAL_DATA();
    const std::vector<FrameFile> frames = frame_files(tilted_frames, 1368, 912);
    MissionConfig reconstruction = tilted_mission("reconstruction.json");
    reconstruction.pose_world = PoseWorld::grid;
    const MissionCameras a = load(reconstruction, frames), b = load(tilted_mission("exterior_opk.csv"), frames);
    EXPECT_TRUE(a.problems.empty()) << a.problems.front().text();
    EXPECT_TRUE(b.problems.empty()) << b.problems.front().text();
    for (std::size_t i = 0; i < frames.size(); ++i) {
        ASSERT_TRUE(a.cameras[i] && b.cameras[i]);
        EXPECT_LT(distance(a.poses[i], b.poses[i]), 1e-3);
        EXPECT_LT(angle_between(a.poses[i], b.poses[i]), 1e-3);
    }
    // The table's camera has no prefix "v2 ", the reconstruction's has: both found it.
    EXPECT_EQ(a.inputs.size(), 1U);
}

TEST(MissionCameras, TiltedRollPitchYawIsNear) {
    REQUIRE_REAL_DATA();
    const std::vector<FrameFile> frames = frame_files(tilted_frames, 1368, 912);
    MissionConfig rpy = tilted_mission("exterior_rpy.csv");
    for (const PoseSpace space : {PoseSpace::map, PoseSpace::cartesian}) {
        rpy.pose_space = space;
        const MissionCameras a = load(rpy, frames), b = load(tilted_mission("exterior_opk.csv"), frames);
        EXPECT_TRUE(a.problems.empty());
        for (std::size_t i = 0; i < frames.size(); ++i) {
            ASSERT_TRUE(a.cameras[i]);
            EXPECT_LT(distance(a.poses[i], b.poses[i]), 0.06); // approximate: 5 cm, about a degree
            EXPECT_LT(angle_between(a.poses[i], b.poses[i]), 1.5);
        }
    }
}

TEST(MissionCameras, EnuReconstructionIsTurnedByTheConvergence) {
    REQUIRE_REAL_DATA();
    const std::vector<FrameFile> frames = frame_files(tilted_frames, 1368, 912);
    MissionConfig grid = tilted_mission("reconstruction.json"), enu = grid;
    grid.pose_world = PoseWorld::grid;
    enu.pose_world = PoseWorld::enu;
    enu.pose_space = PoseSpace::cartesian;
    const MissionCameras a = load(grid, frames), b = load(enu, frames);
    EXPECT_EQ(b.space->kind(), GroundSpace::Kind::cartesian);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        EXPECT_NEAR(angle_between(a.poses[i], b.poses[i]), 0.86, 0.01); // as data/README.md says
        EXPECT_LT(distance(a.poses[i], b.poses[i]), 4);
    }
}

TEST(MissionCameras, BrightonShotsStandWhereTheyFlew) {
    REQUIRE_REAL_DATA();
    MissionConfig mission;
    mission.name = "brighton";
    mission.interior = test::real_data() / "brighton/cameras.json";
    mission.exterior = test::real_data() / "brighton/shots.geojson";
    const std::vector<FrameFile> frames = frame_files({"DJI_0024.JPG", "DJI_0032.JPG"}, 4000, 2250);
    const std::string crs = mission_pose_crs(mission, frames);
    OGRSpatialReference utm15;
    utm15.importFromEPSG(32615);
    EXPECT_TRUE(spatial_reference(crs).IsSame(&utm15));
    const MissionCameras cameras = load_mission_cameras(mission, frames, crs);
    ASSERT_TRUE(cameras.problems.empty()) << cameras.problems.front().text();
    EXPECT_EQ(cameras.space->kind(), GroundSpace::Kind::cartesian);
    // The camera's centre, through PROJ: its longitude, latitude and altitude.
    OGRSpatialReference wgs84;
    wgs84.SetWellKnownGeogCS("WGS84");
    wgs84.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    utm15.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    const std::unique_ptr<OGRCoordinateTransformation> to_utm(OGRCreateCoordinateTransformation(&wgs84, &utm15));
    double x = -91.9936930698737, y = 46.842857125976735;
    ASSERT_TRUE(to_utm->Transform(1, &x, &y));
    EXPECT_NEAR(cameras.poses[0].x, x, 1e-4);
    EXPECT_NEAR(cameras.poses[0].y, y, 1e-4);
    EXPECT_NEAR(cameras.poses[0].z, 198.25982163216153, 1e-9);
    Vector3d centre = cameras.cameras[0]->ray(100, 200).origin;
    cameras.space->to_map(std::span(&centre, 1));
    EXPECT_LT((centre - Vector3d(x, y, 198.25982163216153)).norm(), 1e-4);
    // Focal length of cameras.json, not that of the shots: two rays 1000 columns apart in the middle row.
    const Vector3d left = cameras.cameras[0]->ray(1499.5, 1124.5).direction.normalized();
    const Vector3d right = cameras.cameras[0]->ray(2499.5, 1124.5).direction.normalized();
    EXPECT_NEAR(std::tan(std::acos(left.dot(right)) / 2) * 4000 * 0.5616905969087824, 500, 0.5);
}

/// A cartesian camera against earth-centred collinearity by PROJ, far from the central meridian.
TEST(MissionCameras, CartesianHoldsOverTenKilometres) {
    const test::InputFolder folder;
    MissionConfig mission;
    mission.name = "m";
    mission.interior = folder.write("cameras.yaml", "c:\n  type: pinhole\n  im_size: [1000, 1000]\n  focal_len: 1\n");
    mission.pose_crs = "EPSG:32632";
    mission.pose_space = PoseSpace::cartesian;
    const Vector3d place(722000, 5320000, 5000);
    mission.exterior = folder.write(
        "poses.csv", fmt::format("filename,latitude,longitude,altitude,roll,pitch,yaw\na,48.0,12.0,5000,3,10,70\n"));
    const std::vector<FrameFile> frames = frame_files({"a.tif"}, 1000, 1000);
    const MissionCameras cameras = load(mission, frames);
    ASSERT_TRUE(cameras.cameras[0]);

    OGRSpatialReference utm, geocentric, geodetic;
    utm.importFromEPSG(32632);
    utm.PromoteTo3D(nullptr);
    geodetic.importFromEPSG(4979);
    geocentric.importFromEPSG(4978);
    for (OGRSpatialReference* crs : {&utm, &geocentric, &geodetic})
        crs->SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    const std::unique_ptr<OGRCoordinateTransformation> from_map(OGRCreateCoordinateTransformation(&utm, &geocentric)),
        from_geodetic(OGRCreateCoordinateTransformation(&geodetic, &geocentric));
    const auto ecef = [&](double lon, double lat, double h) {
        EXPECT_TRUE(from_geodetic->Transform(1, &lon, &lat, &h));
        return Vector3d(lon, lat, h);
    };
    // East, north, up as differences of geocentric positions.
    const Vector3d centre = ecef(12, 48, 5000);
    Matrix3d axes;
    axes.col(0) = (ecef(12 + 1e-5, 48, 5000) - ecef(12 - 1e-5, 48, 5000)).normalized();
    axes.col(1) = (ecef(12, 48 + 1e-5, 5000) - ecef(12, 48 - 1e-5, 5000)).normalized();
    axes.col(2) = (ecef(12, 48, 5010) - centre).normalized();
    const Matrix3d r = axes * rotation_from_rpy(3 * degree, 10 * degree, 70 * degree);
    Vector3d middle(cameras.poses[0].x, cameras.poses[0].y, 0);
    EXPECT_NEAR(middle.x(), place.x(), 2500);
    double worst = 0;
    for (int i = -5; i <= 5; ++i) {
        for (int j = -5; j <= 5; ++j) {
            Vector3d point = middle + Vector3d(1000 * i, 1000 * j, 100 + 10 * i - 20 * j);
            Vector3d expected = point;
            cameras.space->from_map(std::span(&point, 1));
            const ImagePoint p = cameras.cameras[0]->project(point);
            ASSERT_TRUE(from_map->Transform(1, &expected.x(), &expected.y(), &expected.z()));
            const Vector3d d = r.transpose() * (expected - centre);
            worst = std::max({worst, std::abs(p.col() - (499.5 - 1000 * d.x() / d.z())),
                              std::abs(p.row() - (499.5 + 1000 * d.y() / d.z()))});
        }
    }
    EXPECT_LT(worst, 1e-5);
}

/// Angles against the grid in the cartesian space: near the camera the map and the cartesian projection agree.
TEST(MissionCameras, MapAndCartesianAgreeNearTheNadir) {
    const test::InputFolder folder;
    MissionConfig mission;
    mission.name = "m";
    mission.interior = folder.write("cameras.yaml", "c: {type: pinhole, im_size: [1000, 1000], focal_len: 1}\n");
    mission.exterior = folder.write("poses.csv", "filename,x,y,z,omega,phi,kappa\na,722000,5320000,600,1,-2,30\n");
    mission.pose_crs = "EPSG:32632";
    const std::vector<FrameFile> frames = frame_files({"a.tif"}, 1000, 1000);
    mission.pose_space = PoseSpace::map;
    const MissionCameras map = load(mission, frames);
    mission.pose_space = PoseSpace::cartesian;
    const MissionCameras cartesian = load(mission, frames);
    EXPECT_NEAR(map.poses[0].kappa, 30, 1e-9);
    EXPECT_NEAR(cartesian.poses[0].kappa, 30, 1e-9);
    const Vector3d ground(722000 + 40, 5320000 - 60, 100);
    Vector3d geocentric = ground;
    cartesian.space->from_map(std::span(&geocentric, 1));
    const ImagePoint a = map.cameras[0]->project(ground), b = cartesian.cameras[0]->project(geocentric);
    EXPECT_NEAR(a.col(), b.col(),
                0.1); // the map's scale is 1.0002 here; the convergence of 2.2 degrees would be 4 pixels
    EXPECT_NEAR(a.row(), b.row(), 0.1);
}

TEST(MissionCameras, OrthoCountsFromItsGeotransform) {
    REQUIRE_REAL_DATA();
    MissionConfig mission;
    mission.name = "archive";
    mission.camera = CameraKind::ortho;
    const std::filesystem::path file = test::real_data() / "tilted/dsm.tif";
    const std::vector<FrameFile> frames = {{file, 488, 445}};
    const MissionCameras cameras = load(mission, frames);
    ASSERT_TRUE(cameras.cameras[0]);
    const ImagePoint p = cameras.cameras[0]->project({292540.2916 + 0.8 * 10.5, 2731225.04925 - 0.8 * 20.5, 77});
    EXPECT_NEAR(p.col(), 10, 1e-5);
    EXPECT_NEAR(p.row(), 20, 1e-5);
    EXPECT_EQ(p.w, 1);
    const Ray ray = cameras.cameras[0]->ray(10, 20);
    EXPECT_NEAR(ray.origin.x(), 292540.2916 + 0.8 * 10.5, 1e-5);
}

TEST(MissionCameras, RpcMissionWorksInUtm) {
    REQUIRE_REAL_DATA();
    MissionConfig mission;
    mission.name = "qb2";
    mission.camera = CameraKind::rpc;
    const std::vector<FrameFile> frames = {{test::real_data() / "rpc/qb2_basic1b.tif", 850, 1450}};
    const MissionCameras tags = load(mission, frames);
    mission.exterior = test::real_data() / "rpc/rpc.yaml";
    const MissionCameras yaml = load(mission, frames);
    OGRSpatialReference utm;
    utm.importFromEPSG(32735);
    EXPECT_TRUE(spatial_reference(tags.pose_crs).IsSame(&utm));
    EXPECT_EQ(tags.pose_heights, "ellipsoidal");
    EXPECT_EQ(tags.space->kind(), GroundSpace::Kind::geographic);
    const Vector3d ground(24.42, -33.66, 300);
    EXPECT_NEAR(tags.cameras[0]->project(ground).col(), yaml.cameras[0]->project(ground).col(), 1e-9);
    EXPECT_EQ(yaml.inputs.size(), 1U);
}

TEST(MissionCameras, Pix4dTableWithOffset) {
    const test::InputFolder folder;
    MissionConfig mission;
    mission.name = "m";
    mission.interior = folder.write("cameras.yaml", "c: {type: pinhole, im_size: [100, 80], focal_len: 1}\n");
    mission.exterior = folder.write("p_calibrated_external_camera_parameters.txt",
                                    "# imageName X Y Z Omega Phi Kappa\r\na.JPG 1.5 2.5 3 0.5 -0.25 91\r\n");
    folder.write("p_offset.xyz", "500000.000 5000000.000 100.000\n");
    mission.pose_crs = "EPSG:32632";
    mission.pose_space = PoseSpace::map;
    const MissionCameras cameras = load(mission, frame_files({"a.JPG"}, 100, 80));
    EXPECT_TRUE(cameras.problems.empty());
    EXPECT_NEAR(cameras.poses[0].x, 500001.5, 1e-9);
    EXPECT_NEAR(cameras.poses[0].z, 103, 1e-9);
    EXPECT_NEAR(cameras.poses[0].kappa, 91, 1e-9);
    EXPECT_EQ(cameras.inputs.size(), 3U);
}

TEST(MissionCameras, DelimitersAndQuotes) {
    const test::InputFolder folder;
    MissionConfig mission;
    mission.name = "m";
    mission.interior = folder.write("cameras.yaml", "my cam: {type: pinhole, im_size: [100, 80], focal_len: 1}\n"
                                                    "other: {type: pinhole, im_size: [9, 9], focal_len: 1}\n");
    mission.pose_crs = "EPSG:32632";
    mission.pose_space = PoseSpace::map;
    const char* const tables[] = {
        "filename,x,y,z,omega,phi,kappa,camera\n\"a b.tif\",1,2,3,4,5,6,'my cam'\n",
        "\xEF\xBB\xBF"
        "camera;Filename;X;Y;Z;Omega;Phi;Kappa\r\nmy cam;a b;1;+2;3e0;4;5;6\r\n",
        "filename\tkappa\tphi\tomega\tz\ty\tx\tcamera\na b\t6\t5\t4\t3\t2\t1\tmy cam\n\n",
        "'filename'  'x' 'y' 'z' 'omega' 'phi' 'kappa' 'camera'\n'd\\a b.tif'  1 2 3  4 5 6 \"my cam\" \n"};
    for (const char* table : tables) {
        SCOPED_TRACE(table);
        mission.exterior = folder.write("poses.txt", table);
        const MissionCameras cameras = load(mission, frame_files({"/data/a b.tif"}, 100, 80));
        ASSERT_TRUE(cameras.problems.empty()) << cameras.problems.front().text();
        const MissionCameras::Pose& pose = cameras.poses[0];
        EXPECT_LT((Vector3d(pose.x, pose.y, pose.z) - Vector3d(1, 2, 3)).norm(), 1e-12);
        EXPECT_LT((Vector3d(pose.omega, pose.phi, pose.kappa) - Vector3d(4, 5, 6)).norm(), 1e-12);
    }
}

/// A mission whose poses stand at x = 1, 2, 3 ... in the order of their names.
MissionConfig mission_of_poses(const test::InputFolder& folder, const std::vector<std::string>& names) {
    MissionConfig mission;
    mission.name = "m";
    mission.interior = folder.write("cameras.yaml", "c: {type: pinhole, im_size: [100, 80], focal_len: 1}\n");
    mission.pose_crs = "EPSG:32632";
    mission.pose_space = PoseSpace::map;
    std::string table = "filename,x,y,z,omega,phi,kappa\n";
    for (std::size_t i = 0; i < names.size(); ++i) table += fmt::format("{},{},2,3,4,5,6\n", names[i], i + 1);
    mission.exterior = folder.write("poses.csv", table);
    return mission;
}

/// Which pose each frame has, counted from 1; 0: none.
std::vector<int> pose_numbers(const MissionConfig& mission, const std::vector<std::string>& frames) {
    const MissionCameras cameras = load(mission, frame_files(frames, 100, 80));
    std::vector<int> numbers;
    for (std::size_t i = 0; i < frames.size(); ++i)
        numbers.push_back(cameras.cameras[i] ? static_cast<int>(std::lround(cameras.poses[i].x)) : 0);
    return numbers;
}

TEST(MissionCameras, FoldersTellPosesOfOneNameApart) {
    const test::InputFolder folder;
    const MissionConfig mission =
        mission_of_poses(folder, {"100MEDIA/1.JPG", "100MEDIA/2.JPG", "101MEDIA/1.JPG", "101MEDIA/2.JPG"});
    using Numbers = std::vector<int>;
    EXPECT_EQ(pose_numbers(mission, {"/d/101MEDIA/2.tif", "/d/100MEDIA/1.JPG", "/d/101MEDIA/1.tif"}),
              (Numbers{4, 1, 3}));
    EXPECT_EQ(pose_numbers(mission, {"/d/101MEDIA/./1", "/d/x/../101MEDIA/2.JPG"}), (Numbers{3, 4}));
    const MissionCameras second = load(mission, frame_files({"/d/101MEDIA/1.JPG", "/d/101MEDIA/2.JPG"}, 100, 80));
    ASSERT_EQ(second.warnings.size(), 1U); // no word of second poses
    EXPECT_TRUE(second.warnings[0].ends_with("2 of 4 poses have no usable frame: 100MEDIA/1.JPG, 100MEDIA/2.JPG"));

    const MissionConfig deep = mission_of_poses(
        folder, {"C:\\job\\a\\100MEDIA\\1.JPG", "C:\\job\\b\\100MEDIA\\1.JPG", "C:\\job\\b\\100MEDIA\\3.JPG"});
    EXPECT_EQ(pose_numbers(deep, {"/d/b/100MEDIA/1.tif", "/d/a/100MEDIA/1.tif"}), (Numbers{2, 1}));
    EXPECT_EQ(pose_numbers(deep, {"/elsewhere/3.tif"}), Numbers{3}); // a name that occurs once is enough
}

TEST(MissionCameras, CaseIsTheLastThatTellsNamesApart) {
    const test::InputFolder folder;
    using Numbers = std::vector<int>;
    const MissionConfig mission = mission_of_poses(folder, {"A.TIF", "a.tif", "B_1.JPG", "c.tif", "C.tif"});
    EXPECT_EQ(pose_numbers(mission, {"a.tif", "A.jpg"}), (Numbers{2, 1}));
    EXPECT_EQ(pose_numbers(mission, {"b_1.tif"}), (Numbers{3}));
    const MissionConfig twice = mission_of_poses(folder, {"Ab.tif", "aB.tif", "1/Cd.tif"});
    EXPECT_EQ(pose_numbers(twice, {"ab.tif", "/d/2/cd.tif"}), (Numbers{0, 3}));
}

TEST(MissionCameras, JsonNamesFoldersAsWell) {
    const test::InputFolder folder;
    MissionConfig mission = mission_of_poses(folder, {});
    mission.exterior = folder.write(
        "poses.json",
        R"({"features": [{"properties": {"filename": "100MEDIA/1.JPG", "xyz": [1, 2, 3], "opk": [0, 0, 0]}},)"
        R"({"properties": {"filename": "101MEDIA/1.JPG", "xyz": [2, 2, 3], "opk": [0, 0, 0]}}]})");
    EXPECT_EQ(pose_numbers(mission, {"/d/101MEDIA/1.JPG", "/d/100MEDIA/1.JPG"}), (std::vector<int>{2, 1}));
    mission.pose_world = PoseWorld::grid;
    mission.exterior = folder.write("reconstruction.json", R"([{"cameras": {}, "shots": {
        "100MEDIA/1.JPG": {"rotation": [3.14159265, 0, 0], "translation": [0, 0, 3], "camera": "c"},
        "101MEDIA/1.JPG": {"rotation": [3.14159265, 0, 0], "translation": [-1, 0, 3], "camera": "c"}},
        "reference_lla": {"latitude": 48, "longitude": 9, "altitude": 0}}])");
    const MissionCameras cameras = load(mission, frame_files({"/d/101MEDIA/1.JPG", "/d/100MEDIA/1.JPG"}, 100, 80));
    ASSERT_TRUE(cameras.problems.empty()) << cameras.problems.front().text();
    EXPECT_NEAR(cameras.poses[0].x - cameras.poses[1].x, 1, 1e-6);
}

TEST(MissionCameras, EachReconstructionHasItsOwnCameras) {
    const test::InputFolder folder;
    MissionConfig mission = mission_of_poses(folder, {"a", "b"});
    const std::filesystem::path table = mission.exterior;
    const auto reconstruction = [](const std::string& frame, double focal) {
        return fmt::format(R"({{"cameras": {{"v2 c": {{"projection_type": "perspective", "width": 100, "height": 80,)"
                           R"("focal": {}}}}}, "shots": {{"{}": {{"rotation": [3.14159265, 0, 0],)"
                           R"("translation": [0, 0, 300], "camera": "v2 c"}}}},)"
                           R"("reference_lla": {{"latitude": 48, "longitude": 9, "altitude": 0}}}})",
                           focal, frame);
    };
    mission.exterior = folder.write("reconstruction.json",
                                    "[" + reconstruction("a.JPG", 0.8) + "," + reconstruction("b.JPG", 1.6) + "]");
    mission.pose_world = PoseWorld::grid;
    const std::vector<FrameFile> frames = frame_files({"a.tif", "b.tif"}, 100, 80);
    const auto focals = [&](const MissionCameras& cameras) {
        std::vector<double> found;
        for (const auto& camera : cameras.cameras) {
            const Vector3d left = camera->ray(48.5, 39.5).direction, right = camera->ray(49.5, 39.5).direction;
            found.push_back(std::round(0.1 / (left.normalized() - right.normalized()).norm()) / 10);
        }
        return found;
    };
    using Focals = std::vector<double>; // of the frame's width
    const std::filesystem::path own = mission.exterior;
    for (const std::filesystem::path& interior : {std::filesystem::path(), own}) {
        mission.interior = interior;
        mission.camera_id.clear();
        const MissionCameras cameras = load(mission, frames);
        ASSERT_TRUE(cameras.problems.empty()) << cameras.problems.front().text();
        EXPECT_EQ(focals(cameras), (Focals{0.8, 1.6}));
        EXPECT_EQ(cameras.camera_ids[0], cameras.camera_ids[1]); // one camera darkens all its corners alike
        mission.camera_id = "c";
        EXPECT_EQ(focals(load(mission, frames)), (Focals{0.8, 1.6}));
    }
    // poses of another file do not say which reconstruction they are of
    mission.exterior = table;
    const MissionCameras other = load(mission, frames);
    EXPECT_EQ(focals(other), (Focals{0.8, 0.8}));
    ASSERT_EQ(other.warnings.size(), 1U);
    EXPECT_TRUE(other.warnings[0].ends_with("reconstruction.json: has the camera 'v2 c' of several reconstructions; "
                                            "the first is used, as the poses are of another file"));
}

TEST(MissionCameras, PosesOnBothSidesOfTheDateLineAreInTheZoneBesideIt) {
    const test::InputFolder folder;
    MissionConfig mission;
    mission.name = "m";
    mission.interior = folder.write("cameras.yaml", "c: {type: pinhole, im_size: [100, 80], focal_len: 1}\n");
    const auto zone_of = [&](double first, double second) {
        mission.exterior = folder.write("poses.csv", fmt::format("filename,latitude,longitude,altitude,roll,pitch,yaw\n"
                                                                 "a,-17,{},300,0,0,0\nb,-17,{},300,0,0,0\n",
                                                                 first, second));
        return crs_name(spatial_reference(mission_pose_crs(mission, {})));
    };
    EXPECT_EQ(zone_of(179.999, -179.9995), "WGS 84 / UTM zone 60S");
    EXPECT_EQ(zone_of(-179.9995, 179.999), "WGS 84 / UTM zone 60S");
    EXPECT_EQ(zone_of(179.9995, -179.999), "WGS 84 / UTM zone 1S");
    EXPECT_EQ(zone_of(180.001, 180.002), "WGS 84 / UTM zone 1S"); // counted on
    EXPECT_EQ(zone_of(8.9, 9.1), "WGS 84 / UTM zone 32S");
}

TEST(MissionCameras, HundredThousandFramesLoadInSeconds) {
    const test::InputFolder folder;
    MissionConfig mission;
    mission.name = "m";
    mission.interior = folder.write("cameras.yaml", "c: {type: brown, im_size: [100, 80], focal_len: 1, k1: -0.1}\n");
    mission.pose_space = PoseSpace::cartesian;
    mission.pose_crs = "EPSG:32632";
    std::string table = "filename,x,y,z,omega,phi,kappa\n";
    std::vector<std::string> names;
    for (int i = 0; i < 100000; ++i) {
        names.push_back(fmt::format("f{:06d}.tif", i));
        table += fmt::format("f{:06d},{},{},900,1,2,{}\n", i, 500000 + i % 300 * 100, 5300000 + i / 300 * 100, i % 360);
    }
    mission.exterior = folder.write("poses.csv", table);
    const std::vector<FrameFile> frames = frame_files(names, 100, 80);
    const auto start = std::chrono::steady_clock::now();
    const MissionCameras cameras = load(mission, frames);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    RecordProperty("seconds", std::to_string(seconds.count()));
    EXPECT_TRUE(cameras.problems.empty());
    EXPECT_TRUE(cameras.cameras.back());
    EXPECT_LT(seconds.count(), 30); // about 1 s; quadratic work would take hours
}

} // namespace
} // namespace overflight
