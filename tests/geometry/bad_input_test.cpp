// SPDX-License-Identifier: Apache-2.0
#include "geometry/mission_cameras.h"
#include "inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace overflight {
namespace {

using test::input_error;
using testing::ElementsAre;

const char* const interior_text = "c: {type: pinhole, im_size: [100, 80], focal_len: 1}\n";

const std::string needed = "filename; x, y, z or latitude, longitude, altitude; omega, phi, kappa or roll, pitch, yaw";

class BadInput : public testing::Test {
protected:
    BadInput() {
        mission.name = "m";
        mission.where.file = "my.toml";
        mission.where.line = 7;
        mission.where.column = 1;
        mission.interior = folder.write("c.yaml", interior_text);
        mission.pose_crs = "EPSG:32632";
        mission.pose_space = PoseSpace::map;
        poses("a,1,2,3,4,5,6\n");
    }

    void poses(const std::string& rows) {
        mission.exterior = folder.write("p.csv", "filename,x,y,z,omega,phi,kappa\n" + rows);
    }

    MissionCameras load() { return load_mission_cameras(mission, frames, mission_pose_crs(mission, frames)); }

    std::string error() {
        return without_folder(input_error([&] { load(); }));
    }

    std::vector<std::string> problems() {
        std::vector<std::string> texts;
        for (const Problem& problem : load().problems) texts.push_back(without_folder(problem.text()));
        return texts;
    }

    std::string without_folder(std::string text) const {
        const std::string prefix = folder.path().string() + "/";
        for (std::size_t at; (at = text.find(prefix)) != std::string::npos;) text.erase(at, prefix.size());
        return text;
    }

    test::InputFolder folder;
    MissionConfig mission;
    std::vector<FrameFile> frames = {{"a.tif", 100, 80}};
};

TEST_F(BadInput, MissingFiles) {
    mission.exterior = "/nowhere/p.csv";
    EXPECT_EQ(error(),
              "/nowhere/p.csv: mission.exterior: the file does not exist; relative paths are relative to the config");
    mission.exterior.clear();
    EXPECT_EQ(error(), "my.toml:7:1: mission.exterior: mission 'm': is missing; frames need a file with their poses");
    poses("a,1,2,3,4,5,6\n");
    mission.interior.clear();
    EXPECT_EQ(error(), "my.toml:7:1: mission.interior: mission 'm': is missing; frames need a camera file (orthority's "
                       "YAML, ODM's cameras.json)");
}

TEST_F(BadInput, FramesAndPosesThatDoNotMeet) {
    frames = {{"b.tif", 100, 80}, {"a.tif", 100, 80}};
    poses("x,1,2,3,4,5,6\na,1,2,3,4,5,6\ny.tif,1,2,3,4,5,6\n");
    const MissionCameras cameras = load();
    EXPECT_FALSE(cameras.cameras[0]);
    EXPECT_TRUE(cameras.cameras[1]);
    EXPECT_THAT(
        problems(),
        ElementsAre("b.tif: no pose of this frame in p.csv, which has poses of 'x', ...; the frame is left out"));
    ASSERT_EQ(cameras.warnings.size(), 1U);
    EXPECT_EQ(without_folder(cameras.warnings[0]), "p.csv: 2 of 3 poses have no usable frame: x, y.tif");
}

TEST_F(BadInput, FoldersThatDoNotTellPosesApart) {
    poses("100/a.JPG,1,2,3,4,5,6\n101/a.JPG,1,2,3,4,5,6\n100/b.JPG,1,2,3,4,5,6\n");
    frames = {{"/d/all/a.tif", 100, 80}};
    EXPECT_THAT(problems(),
                ElementsAre("my.toml:7:1: mission.exterior: mission 'm': the pose of /d/all/a.tif could be 100/a.JPG "
                            "(p.csv:2) or 101/a.JPG (p.csv:3); keep the frames in folders named as in the pose file, "
                            "or give the files names of their own"));
    // the table knows the folder, but has no pose of this frame in it
    frames = {{"/d/101/a.tif", 100, 80}, {"/d/101/b.tif", 100, 80}};
    const MissionCameras cameras = load();
    EXPECT_TRUE(cameras.cameras[0]);
    EXPECT_FALSE(cameras.cameras[1]);
    EXPECT_THAT(problems(), ElementsAre("/d/101/b.tif: no pose of this frame among those of its folder in p.csv, and "
                                        "100/b.JPG (p.csv:4) is of another; the frame is left out"));
    poses("a.JPG,1,2,3,4,5,6\n");
    frames = {{"/d/100/a.tif", 100, 80}, {"/d/101/a.tif", 100, 80}};
    EXPECT_THAT(problems(),
                ElementsAre("my.toml:7:1: mission.frames: mission 'm': /d/100/a.tif and /d/101/a.tif would have the "
                            "same pose (p.csv:2); name their folders in the pose file (101MEDIA/DJI_0001.JPG), make a "
                            "mission of each folder with a pose file of its own, or give the files names of their "
                            "own"));
}

TEST_F(BadInput, Tables) {
    mission.exterior = folder.write("p.csv", "");
    EXPECT_EQ(error(), "p.csv: the file is empty; poses are expected");
    for (const char* start : {"\xFF\xFE", "\xFE\xFF"}) {
        mission.exterior = folder.write("p.csv", start);
        EXPECT_EQ(error(), "p.csv: mission.exterior: is in UTF-16; save it as UTF-8");
    }
    mission.exterior = folder.write("p.csv", "filename,x,y,omega,phi,kappa\na,1,2,3,4,5\n");
    EXPECT_EQ(error(), "p.csv:1: found the columns filename, x, y, omega, phi, kappa; missing in "
                       "\"filename,x,y,omega,phi,kappa\": z; a header line names " +
                           needed);
    poses("a,1,2,3,4,5,6\nb,1,2,three,4,5,6\nc,1,2\n,1,2,3,4,5,6\na,1,2,3,4,5,6\n");
    EXPECT_THAT(problems(), ElementsAre("p.csv:3: z: found three, allowed is a number (with a decimal point)",
                                        "p.csv:4: z: found nothing, allowed is a number (with a decimal point)",
                                        "p.csv:5: filename: found nothing, allowed is the name of a frame"));
    frames = {{"a.tif", 100, 80}, {"b.tif", 100, 80}, {"c.tif", 100, 80}};
    EXPECT_EQ(problems().size(), 3U) << "a row's problem is its frame's as well";
    EXPECT_THAT(load().warnings, testing::Contains("p.csv:6: a second pose of a; the first, p.csv:2, is used"));
    poses("a,1,2,3,4,5,6\nb,,,,,,\nc,NaN,NaN,NaN,,,\nd\n"); // of frames that were not solved
    frames = {{"a.tif", 100, 80}, {"b.tif", 100, 80}};
    EXPECT_THAT(problems(),
                ElementsAre("b.tif: no pose of this frame in p.csv, which has poses of 'a'; the frame is left out"));
    EXPECT_THAT(load().warnings, testing::Contains("p.csv: 3 rows have no numbers, and so no pose: b in line 3 first"));
    mission.exterior = folder.write("p.csv", "filename,latitude,longitude,altitude,roll,pitch,yaw\n"
                                             "a,480,12,500,0,0,0\n");
    EXPECT_EQ(problems().front(),
              "p.csv:2: latitude: found latitude 480, longitude 12; allowed are -90 to 90 and -360 to "
              "360 degrees; are the columns swapped or in metres?");
}

TEST_F(BadInput, HeadersThatAreNotKnown) {
    const auto table_error = [&](const std::string& text) {
        mission.exterior = folder.write("p.csv", text);
        return error();
    };
    EXPECT_EQ(
        table_error("a,1,2,3,4,5,6\nb,1,2,3,4,5,6\n"),
        "p.csv:1: found values, and no line before \"a,1,2,3,4,5,6\" that names the columns; add a header line: " +
            needed);
    EXPECT_EQ(table_error("# of the archive\nx.tif;1,5;2,5;3,5;4;5;6\n"),
              "p.csv:2: found values, and no line before \"x.tif;1,5;2,5;3,5;4;5;6\" that names the columns; add a "
              "header line: " +
                  needed);
    EXPECT_EQ(table_error("\nnothing that anyone would take for a table of poses, whoever it is\n"),
              "p.csv:2: found no column that is known in \"nothing that anyone would take for a table of poses, "
              "whoever...\"; a header line names " +
                  needed);
    EXPECT_EQ(table_error("Survey of 2015\nPoint,Lat,Lon,Alt,Pitch,Yaw\na,1,2,3,4,5\n"),
              "p.csv:2: found the columns Lat, Lon, Alt, Pitch, Yaw; missing in \"Point,Lat,Lon,Alt,Pitch,Yaw\": "
              "filename, roll; a header line names " +
                  needed);
    EXPECT_EQ(table_error("Photo,East,North,Height\na,1,2,3\n"),
              "p.csv:1: found the columns Photo, East, North, Height; missing in \"Photo,East,North,Height\": omega, "
              "phi, kappa or roll, pitch, yaw; a header line names " +
                  needed);
    EXPECT_THAT(table_error(std::string(50, '\n') + "filename,x,y,z,omega,phi,kappa\na,1,2,3,4,5,6\n"),
                testing::HasSubstr("no table of poses begins within the first 50 lines"));
}

TEST_F(BadInput, ColumnsThatCouldBeEither) {
    const auto table_error = [&](const std::string& header) {
        mission.exterior = folder.write("p.csv", header + "\na,1,2,3,4,5,6,7\n");
        return error();
    };
    EXPECT_EQ(table_error("image,east,north,height,elevation,omega,phi,kappa"),
              "p.csv:1: found the columns height and elevation, either of which could be z; rename the one that is not "
              "meant");
    EXPECT_EQ(table_error("image,lat,lon,alt,height,omega,phi,kappa"),
              "p.csv:1: found the columns alt and height, either of which could be altitude; rename the one that is "
              "not meant");
    EXPECT_EQ(table_error("image,photo,x,y,z,omega,phi,kappa"),
              "p.csv:1: found the columns image and photo, either of which could be filename; rename the one that is "
              "not meant");
    EXPECT_EQ(table_error("image,x,x,y,z,omega,phi,kappa"),
              "p.csv:1: found the columns x and x, either of which could be x; rename the one that is not meant");
}

TEST_F(BadInput, UnitsThatAreNotRead) {
    const auto table_error = [&](const std::string& header) {
        mission.exterior = folder.write("p.csv", "\n" + header + "\na,1,2,3,4,5,6\n");
        return error();
    };
    const std::string fix = "; convert the column, or remove what is no unit";
    EXPECT_EQ(table_error("id,x [m],y [m],z [ft],omega,phi,kappa"),
              "p.csv:2: z [ft]: found the unit ft, allowed is m" + fix);
    EXPECT_EQ(table_error("id,x_ft,y_ft,z_ft,omega,phi,kappa"), "p.csv:2: x_ft: found the unit ft, allowed is m" + fix);
    EXPECT_EQ(table_error("id,x,y,z,omega (mil),phi,kappa"),
              "p.csv:2: omega (mil): found the unit mil, allowed are deg, gon and rad" + fix);
    EXPECT_EQ(table_error("id,x (deg),y,z,omega,phi,kappa"),
              "p.csv:2: x (deg): found the unit deg, allowed is m" + fix);
}

TEST_F(BadInput, NoCrs) {
    mission.pose_crs.clear();
    EXPECT_EQ(error(),
              "my.toml:7:1: mission.pose_crs: mission 'm': neither p.csv nor a .prj file beside it names the CRS "
              "of its positions; set pose_crs, for example \"EPSG:32651\"");
    mission.pose_crs = "EPSG:2263";
    EXPECT_EQ(error(),
              "my.toml:7:1: mission.pose_space: mission 'm': the pose CRS 'NAD83 / New York Long Island (ftUS)' "
              "counts in units of 0.304801 m while heights are in metres; \"map\" needs a CRS in "
              "metres: set \"cartesian\"");
}

TEST_F(BadInput, PoseCrsThatCannotBeUsed) {
    const std::string key = "my.toml:7:1: mission.pose_crs: mission 'm': ";
    mission.pose_crs = "EPSG:999999";
    const std::string unknown = key + "found 'EPSG:999999', which PROJ does not know as a coordinate reference system; "
                                      "allowed are \"EPSG:n\", WKT, a PROJ string, or a file that holds one";
    EXPECT_EQ(error(), unknown);
    const auto with_output_crs = [&] {
        return input_error([&] { load_mission_cameras(mission, frames, resolve_crs("EPSG:32632")); });
    };
    EXPECT_EQ(with_output_crs(), unknown);
    for (const char* table : {"filename,latitude,longitude,altitude,roll,pitch,yaw\na,48,9,500,0,0,0\n",
                              "filename,x,y,z,omega,phi,kappa\na,1,2,3,4,5,6\n"}) {
        mission.exterior = folder.write("t.csv", table);
        EXPECT_EQ(with_output_crs(), unknown);
    }
    mission.exterior = folder.write("s.json", R"({"features": [{"geometry": {"coordinates": [9, 48, 500]},)"
                                              R"("properties": {"filename": "a", "rotation": [3, 0, 0]}}]})");
    EXPECT_EQ(with_output_crs(), unknown);
    mission.pose_world = PoseWorld::grid;
    mission.exterior = folder.write("r.json", R"([{"cameras": {}, "shots": {}, "reference_lla": {"latitude": 1,)"
                                              R"("longitude": 9, "altitude": 0}}])");
    EXPECT_EQ(with_output_crs(), unknown);
    mission.pose_crs = "EPSG:4978";
    EXPECT_EQ(with_output_crs(), key + "found 'EPSG:4978' (WGS 84), which is earth-centred; allowed are a projected or "
                                       "a geographic one");
    mission.pose_crs = folder.write("bad.prj", "no CRS").string();
    EXPECT_EQ(error(), key + "bad.prj: found 'no CRS', which PROJ does not know as a coordinate reference system; "
                             "allowed are \"EPSG:n\", WKT, a PROJ string, or a file that holds one");
    mission.pose_crs.clear();
    mission.exterior = folder.write("p.json", R"({"world_crs": "EPSG:999999", "features": [{"properties":)"
                                              R"({"filename": "a", "xyz": [1, 2, 3], "opk": [0, 0, 0]}}]})");
    EXPECT_EQ(error(), "p.json: world_crs: found 'EPSG:999999', which PROJ does not know as a coordinate reference "
                       "system; allowed are \"EPSG:n\", WKT, a PROJ string, or a file that holds one");
}

TEST_F(BadInput, CamerasThatDoNotFit) {
    frames[0].width = 50;
    EXPECT_THAT(problems(),
                ElementsAre("a.tif: found a frame of 50 x 80 pixels, allowed is 100 x 80: the size that camera "
                            "'c' is given for"));
    frames[0].width = 100;
    mission.camera_id = "d";
    EXPECT_THAT(problems(), ElementsAre("a.tif: found camera 'd' (mission.camera_id), allowed are 'c'"));
    mission.camera_id.clear();
    mission.interior =
        folder.write("c.yaml", std::string(interior_text) + "e: {type: pinhole, im_size: [1, 1], focal_len: 1}\n");
    EXPECT_THAT(problems(), ElementsAre("a.tif: p.csv:2 names no camera and there are several: 'c', 'e'; set "
                                        "mission.camera_id"));
}

TEST_F(BadInput, InteriorFiles) {
    mission.interior = folder.write("c.yaml", "c:\n  type: pinhoel\n  im_size: 7\n  focal_len: x\n  cy: 0\n");
    EXPECT_EQ(error(), "c.yaml:2:9: c.type: found pinhoel, allowed are pinhole, brown, opencv, fisheye\n"
                       "c.yaml:3:12: c.im_size: allowed are two numbers in brackets: [width, height]\n"
                       "c.yaml:4:14: c.focal_len: found x, allowed is a number");
    mission.interior = folder.write("c.yaml", "c:\n  type: brown\n  im_size: [4, 4]\n  focal_len: 1\n  k4: 0\n");
    EXPECT_EQ(error(),
              "c.yaml:5:3: c.k4: is no parameter of a camera of type brown; allowed are type, im_size, focal_len, "
              "sensor_size, cx, cy, k1, k2, p1, p2, k3");
    mission.interior = folder.write("c.yaml", "c:\n  type: pinhole\n");
    EXPECT_EQ(error(), "c.yaml:2:3: c.im_size: is missing; two numbers are needed: width and height\n"
                       "c.yaml:2:3: c.focal_len: is missing; the focal length is needed, in the unit of sensor_size");
    mission.interior = folder.write("c.yaml", "c: {type: pinhole, im_size: [100, 80], focal_len: 1, cx: 50, cy: 0}\n");
    EXPECT_EQ(error(), "c.yaml:1:4: c.cx: found 50, 0; cx and cy are how far the principal point lies from the frame's "
                       "middle, in parts of its larger side (not in pixels): -1 to 1");
    mission.interior = folder.write("c.yaml", "c: [1\n");
    EXPECT_THAT(error(), testing::StartsWith("c.yaml:2:1: not valid YAML here: "));
    mission.interior = folder.write("c.json", "{\"a\": {\"projection_type\": \"spherical\"}}");
    EXPECT_EQ(error(),
              "c.json: a: projection_type: found spherical, allowed are perspective, simple_radial, radial, brown, "
              "fisheye, fisheye_opencv");
}

TEST_F(BadInput, Json) {
    mission.exterior = folder.write("p.json", "[\n {\"shots\": {\"a\"");
    EXPECT_EQ(error(), "p.json:2:16: not valid JSON here; the file may be cut short");
    mission.exterior = folder.write("p.json", "{\"type\": \"FeatureCollection\", \"features\": []}");
    EXPECT_EQ(error(), "p.json: mission.exterior: no poses found; allowed are a FeatureCollection with the properties "
                       "filename, xyz and opk (orthority) or filename and rotation (ODM's shots.geojson), OpenSfM's "
                       "reconstruction.json, or a table (CSV)");
    mission.exterior =
        folder.write("p.json", "{\"features\": [{\"properties\": {\"filename\": \"a\", \"xyz\": [1, 2, 3], "
                               "\"opk\": [0, 0, 91]}}]}");
    EXPECT_THAT(problems(),
                ElementsAre("p.json: opk: found 0, 0, 91; allowed are radians up to 2 pi; these look like degrees"));
}

TEST_F(BadInput, ReconstructionsThatDoNotSayTheirWorld) {
    mission.exterior = folder.write("r.json", "[{\"cameras\": {}, \"shots\": {}, \"reference_lla\": {\"latitude\": 1, "
                                              "\"longitude\": 9, \"altitude\": 0}}]");
    EXPECT_EQ(error(),
              "my.toml:7:1: mission.pose_world: mission 'm': r.json does not say what its world is; set pose_world "
              "= \"enu\" (OpenSfM's own topocentric frame at reference_lla) or \"grid\" (a projected CRS minus an "
              "offset, as ODM exports)");
    mission.pose_world = PoseWorld::grid;
    mission.pose_crs.clear();
    EXPECT_EQ(error(),
              "my.toml:7:1: mission.pose_crs: mission 'm': r.json does not name the projected CRS of its grid; set "
              "pose_crs, for example \"EPSG:32651\"");
}

TEST_F(BadInput, FramesThatLookUp) {
    poses("a,1,2,3,178,5,6\nb,1,2,3,-179,3,80\n");
    frames.push_back({"b.tif", 100, 80});
    EXPECT_FALSE(load().cameras[0]);
    EXPECT_EQ(
        problems().front(),
        "a.tif: the optical axis lies 84.6 degrees above the horizon (p.csv:2); allowed is at least 1 degree below it; "
        "all frames of the file look down with camera axes of computer vision (x right, y down, z forward)");
    // A gimbal's angles: -90 is the nadir.
    mission.exterior = folder.write("p.csv", "filename,x,y,z,roll,pitch,yaw\na,1,2,3,0,-90,6\nb,1,2,3,0,-85,6\n");
    EXPECT_EQ(
        problems().front(),
        "a.tif: the optical axis lies 0.0 degrees above the horizon (p.csv:2); allowed is at least 1 degree below it; "
        "all frames of the file look down with a gimbal's pitch, -90 at the nadir (add 90)");
}

TEST_F(BadInput, RpcMissions) {
    mission.camera = CameraKind::rpc;
    mission.interior.clear();
    mission.exterior.clear();
    mission.pose_crs.clear();
    EXPECT_EQ(error(), "my.toml:7:1: mission.camera: mission 'm': no frame has an RPC: neither tags in the file, nor "
                       "NAME_RPC.TXT or NAME.RPB beside it, nor a YAML file named by interior");
    mission.interior = folder.write("r.yaml", "a.tif:\n  im_size: [1, 1]\n  rpc:\n    height_off: 1\n");
    EXPECT_EQ(error(), "r.yaml:1:1: a.tif.rpc.line_off: missing or not what is allowed: a number (scales not 0), or 20 "
                       "numbers");
}

} // namespace
} // namespace overflight
