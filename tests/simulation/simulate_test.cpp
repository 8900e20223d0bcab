// SPDX-License-Identifier: Apache-2.0
#include "core/config.h"
#include "geometry/mission_cameras.h"
#include "geometry/rpc_camera.h"
#include "simulation/simulate.h"
#include "simulation/small_scene.h"
#include "support/temporary_folder.h"

#include <gdal_alg.h>
#include <gdal_priv.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <ogr_spatialref.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

namespace overflight {
namespace {

namespace fs = std::filesystem;

struct Raster {
    int width = 0, height = 0, bands = 0;
    std::array<double, 6> transform{};
    std::vector<float> values; ///< band by band
    float at(int col, int row, int band = 0) const {
        return values[(static_cast<std::size_t>(band) * static_cast<std::size_t>(height) +
                       static_cast<std::size_t>(row)) *
                          static_cast<std::size_t>(width) +
                      static_cast<std::size_t>(col)];
    }
};

Raster read(const fs::path& file) {
    GDALAllRegister();
    const std::unique_ptr<GDALDataset, void (*)(GDALDataset*)> data(GDALDataset::Open(file.c_str()),
                                                                    [](GDALDataset* d) { GDALClose(d); });
    Raster raster;
    if (!data) {
        ADD_FAILURE() << "cannot open " << file;
        return raster;
    }
    raster.width = data->GetRasterXSize(), raster.height = data->GetRasterYSize(),
    raster.bands = data->GetRasterCount();
    data->GetGeoTransform(raster.transform.data());
    raster.values.resize(static_cast<std::size_t>(raster.width) * static_cast<std::size_t>(raster.height) *
                         static_cast<std::size_t>(raster.bands));
    EXPECT_EQ(data->RasterIO(GF_Read, 0, 0, raster.width, raster.height, raster.values.data(), raster.width,
                             raster.height, GDT_Float32, raster.bands, nullptr, 0, 0, 0, nullptr),
              CE_None);
    return raster;
}

std::map<std::string, std::string> bytes_below(const fs::path& folder) {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        std::stringstream text;
        text << in.rdbuf();
        all[fs::relative(entry.path(), folder).string()] = text.str();
    }
    return all;
}

struct CheckPoint {
    double x, y, z, col, row;
    std::string frame;
    bool visible;
};

std::vector<CheckPoint> read_check_points(const fs::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    EXPECT_EQ(line, "id,x,y,z,frame,col,row,visible");
    std::vector<CheckPoint> points;
    while (std::getline(in, line)) {
        std::stringstream cells(line);
        std::vector<std::string> parts;
        for (std::string cell; std::getline(cells, cell, ',');) parts.push_back(cell);
        points.push_back({std::stod(parts.at(1)), std::stod(parts.at(2)), std::stod(parts.at(3)),
                          std::stod(parts.at(5)), std::stod(parts.at(6)), parts.at(4), parts.at(7) == "1"});
    }
    return points;
}

void run(const SmallScene& scene, const TemporaryFolder& folder, const std::string& name, int threads = 2) {
    NoProgress quiet;
    simulate(scene.write(folder / (name + ".toml"), folder / name), quiet, threads);
}

const char* all_cameras = R"(
[[camera]]
id = "pinhole"
width = 300
height = 240
focal_mm = 10
pixel_um = 10
[[camera]]
id = "opencv"
model = "opencv"
view = "left"
tilt_deg = 45
width = 300
height = 240
focal_mm = 10
pixel_um = 10
k1 = -0.12
k2 = 0.05
k4 = 0.03
s1 = 0.001
tx = 0.01
[[camera]]
id = "fisheye"
model = "fisheye"
view = "forward"
tilt_deg = 20
width = 300
height = 240
focal_mm = 10
pixel_um = 10
k1 = -0.03
k2 = 0.004
[[camera]]
id = "brown"
model = "brown"
view = "right"
tilt_deg = 30
width = 300
height = 240
focal_mm = 10
pixel_um = 10
k1 = -0.1
k2 = 0.03
p1 = 0.001
)";

TEST(Simulate, same_seed_same_bytes_for_any_number_of_threads) {
    SmallScene scene;
    scene.output = "check_points = 20\nresolution_m = 1";
    scene.second = "flying_height_m = 500\nheading_deg = 80\nnoise = 2\nseason = 0.5";
    scene.changes = "[[change]]\nkind = \"vehicles_moved\"\ncount = 2\n";
    const TemporaryFolder folder;
    run(scene, folder, "a", 1);
    run(scene, folder, "b", 3);
    auto a = bytes_below(folder / "a"), b = bytes_below(folder / "b");
    a["overflight.toml"].clear(), b["overflight.toml"].clear(); // names the scene file
    ASSERT_GT(a.size(), 25u);
    ASSERT_EQ(a.size(), b.size());
    for (const auto& [name, bytes] : a) EXPECT_TRUE(bytes == b[name]) << name;

    scene.scene += "\n";
    scene.scene.replace(scene.scene.find("seed = 6"), 8, "seed = 2");
    scene.changes.clear();
    run(scene, folder, "c");
    EXPECT_FALSE(bytes_below(folder / "c")["truth/ortho_one.tif"] == a["truth/ortho_one.tif"]);
}

/// Signals are found in the frames where the check points' coordinates say.
void expect_marks_where_check_points_say(const std::string& cameras, const std::string& space) {
    SmallScene scene;
    scene.scene += "\nmarks_m = 3.5";
    scene.land = "town = 0\nforest = 0\nmeadow = 1\nwater = 0\nparking = 0";
    scene.cameras = all_cameras;
    // Errors of the navigation are in what is said of the poses, not in the frames.
    scene.first = "flying_height_m = 500\nattitude_jitter_deg = 2\nposition_error_m = 3\nattitude_error_deg = 1\n"
                  "sun_elevation_deg = 60\npose_space = \"" +
                  space + "\"\ncameras = [" + cameras + "]";
    const TemporaryFolder folder;
    run(scene, folder, "out");
    std::map<std::string, Raster> frames;
    double squares = 0;
    int count = 0;
    for (const CheckPoint& p : read_check_points(folder / "out/truth/check_points_one.csv")) {
        if (!p.visible || p.col < 20 || p.row < 20 || p.col > 279 || p.row > 219) continue;
        if (!frames.count(p.frame)) frames[p.frame] = read(folder / "out/one/frames" / (p.frame + ".tif"));
        const Raster& frame = frames[p.frame];
        const int col = static_cast<int>(std::lround(p.col)), row = static_cast<int>(std::lround(p.row));
        // The white disc in its black surround: the centre of what is brighter than the land.
        double sum = 0, sum_col = 0, sum_row = 0;
        for (int r = row - 6; r <= row + 6; ++r) {
            for (int c = col - 6; c <= col + 6; ++c) {
                const double weight =
                    std::hypot(c - p.col, r - p.row) < 5 ? std::max(0.0, static_cast<double>(frame.at(c, r)) - 110) : 0;
                sum += weight, sum_col += weight * c, sum_row += weight * r;
            }
        }
        ASSERT_GT(sum, 0) << p.frame;
        squares += std::pow(sum_col / sum - p.col, 2) + std::pow(sum_row / sum - p.row, 2);
        ++count;
    }
    ASSERT_GT(count, 20);
    EXPECT_LT(std::sqrt(squares / count / 2), 0.05);
}

TEST(Simulate, marks_are_rendered_where_the_check_points_say) {
    expect_marks_where_check_points_say("\"pinhole\", \"fisheye\"", "map");
    expect_marks_where_check_points_say("\"opencv\"", "map"); // 45 degrees to the left
    expect_marks_where_check_points_say("\"brown\"", "map");
}

TEST(Simulate, marks_are_rendered_where_the_check_points_say_on_a_round_earth) {
    expect_marks_where_check_points_say("\"pinhole\", \"fisheye\"", "cartesian");
    expect_marks_where_check_points_say("\"opencv\"", "cartesian");
}

/// The pipeline's cameras, read from the files that the simulator wrote.
void expect_pipeline_agrees(const std::string& space) {
    SmallScene scene;
    scene.land = "town = 0\nforest = 0\nmeadow = 0\nwater = 0\nparking = 0";
    scene.scene = "seed = 3\nwidth_m = 3000\nheight_m = 200\ncenter_x = 250000\ncenter_y = 5424000";
    scene.cameras = all_cameras;
    scene.terrain = "relief_m = 300\nwavelength_m = 2000\npost_m = 20";
    scene.output = "truth = false\nrpc = false\ncheck_points = 60";
    // High up, so that the frames are wide and the earth is round below them.
    scene.first =
        "overlap = 0\nflying_height_m = 5000\nattitude_jitter_deg = 3\nnoise = 0\npose_space = \"" + space + "\"";
    const TemporaryFolder folder;
    run(scene, folder, "out");
    const Config config = load_config(folder / "out/overflight.toml");
    const MissionConfig& mission = config.missions.front();
    std::vector<FrameFile> files;
    for (const auto& entry : fs::directory_iterator(folder / "out/one/frames"))
        files.push_back({entry.path(), 300, 240});
    const std::string crs = mission_pose_crs(mission, files);
    const MissionCameras cameras = load_mission_cameras(mission, files, crs);
    EXPECT_TRUE(cameras.problems.empty());
    int compared = 0;
    for (const CheckPoint& p : read_check_points(folder / "out/truth/check_points_one.csv")) {
        for (std::size_t k = 0; k < files.size(); ++k) {
            if (files[k].path.stem() != p.frame) continue;
            ASSERT_TRUE(cameras.cameras[k]);
            Eigen::Vector3d ground(p.x, p.y, p.z);
            cameras.space->from_map({&ground, 1});
            const ImagePoint pixel = cameras.cameras[k]->project(ground);
            EXPECT_NEAR(pixel.col(), p.col, 0.001) << p.frame;
            EXPECT_NEAR(pixel.row(), p.row, 0.001) << p.frame;
            ++compared;
        }
    }
    EXPECT_GT(compared, 50);
}

TEST(Simulate, pipeline_projects_the_check_points_alike) {
    expect_pipeline_agrees("map");
}

TEST(Simulate, pipeline_projects_the_check_points_alike_on_a_round_earth) {
    expect_pipeline_agrees("cartesian");
}

TEST(Simulate, terrain_model_is_the_ground_and_rpc_agree_with_gdal) {
    SmallScene scene;
    scene.output = "truth = false\ncheck_points = 40";
    const TemporaryFolder folder;
    run(scene, folder, "out");
    const Raster terrain = read(folder / "out/terrain/dtm.tif");
    for (const CheckPoint& p : read_check_points(folder / "out/truth/check_points_one.csv")) {
        const double col = (p.x - terrain.transform[0]) / terrain.transform[1] - 0.5,
                     row = (p.y - terrain.transform[3]) / terrain.transform[5] - 0.5;
        const int c = static_cast<int>(col), r = static_cast<int>(row);
        const double a = col - c, b = row - r;
        const double height = (1 - b) * ((1 - a) * static_cast<double>(terrain.at(c, r)) +
                                         a * static_cast<double>(terrain.at(c + 1, r))) +
                              b * ((1 - a) * static_cast<double>(terrain.at(c, r + 1)) +
                                   a * static_cast<double>(terrain.at(c + 1, r + 1)));
        EXPECT_NEAR(height, p.z, 2e-4);
    }
    int compared = 0;
    for (const auto& entry : fs::directory_iterator(folder / "out/one/frames")) {
        if (entry.path().extension() != ".tif") continue;
        const std::unique_ptr<GDALDataset, void (*)(GDALDataset*)> data(GDALDataset::Open(entry.path().c_str()),
                                                                        [](GDALDataset* d) { GDALClose(d); });
        char** rpc = data->GetMetadata("RPC");
        ASSERT_TRUE(rpc);
        OGRSpatialReference map, geographic;
        map.importFromEPSG(32633);
        geographic.importFromEPSG(4979);
        map.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
        geographic.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
        const std::unique_ptr<OGRCoordinateTransformation> to(OGRCreateCoordinateTransformation(&map, &geographic));
        GDALRPCInfoV2 info;
        ASSERT_TRUE(GDALExtractRPCInfoV2(rpc, &info));
        void* exact = GDALCreateRPCTransformerV2(&info, FALSE, 0, nullptr);
        for (const CheckPoint& p : read_check_points(folder / "out/truth/check_points_one.csv")) {
            if (p.frame != entry.path().stem()) continue;
            double x = p.x, y = p.y, z = p.z;
            ASSERT_TRUE(to->Transform(1, &x, &y));
            int ok = 0;
            GDALRPCTransform(exact, TRUE, 1, &x, &y, &z, &ok); // counts from the corner
            EXPECT_NEAR(x - 0.5, p.col, 0.01);
            EXPECT_NEAR(y - 0.5, p.row, 0.01);
            ++compared;
        }
        GDALDestroyRPCTransformer(exact);
    }
    EXPECT_GT(compared, 20);
}

TEST(Simulate, rpc_of_wide_oblique_frames_over_high_relief_have_lines_of_sight) {
    SmallScene scene;
    scene.output = "truth = false\ncheck_points = 0";
    scene.scene = "seed = 14\nwidth_m = 320\nheight_m = 260\ncenter_x = 512000\ncenter_y = 5424000";
    scene.terrain = "relief_m = 430\nwavelength_m = 900\nroughness = 0.35\nlevel_m = 300";
    scene.land = "objects = false\nwater = 0";
    scene.cameras = "[[camera]]\nid = \"r\"\nview = \"right\"\ntilt_deg = 45\nwidth = 250\nheight = 190\n"
                    "focal_mm = 14\npixel_um = 40\n";
    const TemporaryFolder folder;
    run(scene, folder, "out");
    int frames = 0;
    for (const auto& entry : fs::directory_iterator(folder / "out/one/frames")) {
        if (entry.path().extension() != ".tif") continue;
        std::vector<fs::path> inputs;
        const auto model = read_rpc(entry.path(), inputs);
        ASSERT_TRUE(model);
        const auto camera = make_rpc_camera(*model, 250, 190);
        for (const auto& [col, row] :
             {std::pair(0.0, 0.0), {249.0, 0.0}, {0.0, 189.0}, {249.0, 189.0}, {125.0, 95.0}}) {
            const Ray ray = camera->ray(col, row);
            for (const double way : {0.0, 1.0}) {
                const ImagePoint back = camera->project(ray.origin + way * ray.direction);
                EXPECT_NEAR(back.col(), col, 1e-5) << entry.path();
                EXPECT_NEAR(back.row(), row, 1e-5) << entry.path();
            }
        }
        ++frames;
    }
    EXPECT_GT(frames, 1);
}

bool inside(const nlohmann::json& ring, double x, double y) { // even-odd
    bool in = false;
    for (std::size_t k = 0, l = ring.size() - 1; k < ring.size(); l = k++) {
        const double xk = ring[k][0], yk = ring[k][1], xl = ring[l][0], yl = ring[l][1];
        if ((yk > y) != (yl > y) && x < (xl - xk) * (y - yk) / (yl - yk) + xk) in = !in;
    }
    return in;
}

TEST(Simulate, change_mask_is_that_of_the_objects_and_nothing_else_changed) {
    SmallScene scene;
    scene.output = "rpc = false\ncheck_points = 0\nresolution_m = 0.5";
    scene.scene = "seed = 6\nwidth_m = 380\nheight_m = 320";
    scene.land = "block_m = 85\ntown = 0.42\nforest = 0.08\nwater = 0.08\nparking = 0.08\nmeadow = 0.14";
    scene.second = scene.first + "\nheading_deg = 70"; // other frames, the same light
    scene.changes =
        "[[change]]\nkind = \"building_new\"\ncount = 2\n[[change]]\nkind = \"building_gone\"\ncount = 2\nlargest_m = "
        "40\n"
        "[[change]]\nkind = \"vehicles_moved\"\ncount = 3\n[[change]]\nkind = \"ground_works\"\ncount = 2\n"
        "[[change]]\nkind = \"field_ploughed\"\n[[change]]\nkind = \"water_level\"\nsmallest_m = 3\nlargest_m = 6\n";
    const TemporaryFolder folder;
    run(scene, folder, "out");
    const Raster mask = read(folder / "out/truth/change_one_two.tif");
    std::ifstream in(folder / "out/truth/changes_one_two.geojson");
    const nlohmann::json objects = nlohmann::json::parse(in);
    std::map<std::string, int> kinds;
    for (const auto& feature : objects["features"]) ++kinds[feature["properties"]["kind"]];
    EXPECT_EQ(kinds["building_new"], 2);
    EXPECT_EQ(kinds["building_gone"], 2);
    EXPECT_EQ(kinds["vehicles_moved"], 6); // from and to
    EXPECT_EQ(kinds["ground_works"], 2);
    EXPECT_EQ(kinds["field_ploughed"], 1);
    EXPECT_EQ(kinds["water_level"], 1);

    std::int64_t marked = 0, wrong = 0;
    for (int row = 0; row < mask.height; ++row) {
        for (int col = 0; col < mask.width; ++col) {
            const double x = mask.transform[0] + (col + 0.5) * mask.transform[1],
                         y = mask.transform[3] + (row + 0.5) * mask.transform[5];
            bool expected = false;
            for (const auto& feature : objects["features"])
                expected = expected || inside(feature["geometry"]["coordinates"][0], x, y);
            marked += expected;
            wrong += expected != (mask.at(col, row) > 0);
        }
    }
    EXPECT_GT(marked, 5000);
    EXPECT_LT(wrong, marked / 200); // what stands under trees, and the pond's polygon against its ellipse

    // Outside the mask and away from what its shadows reach, the true orthos are equal.
    const Raster before = read(folder / "out/truth/ortho_one.tif"), after = read(folder / "out/truth/ortho_two.tif");
    const Raster shade_before = read(folder / "out/truth/shadow_one.tif"),
                 shade_after = read(folder / "out/truth/shadow_two.tif");
    std::int64_t differ = 0, differ_inside = 0;
    for (int row = 2; row < mask.height - 2; ++row) {
        for (int col = 2; col < mask.width - 2; ++col) {
            bool touched = false;
            for (int k = 0; k < 25; ++k) {
                const int c = col + k % 5 - 2, r = row + k / 5 - 2;
                touched = touched || mask.at(c, r) > 0 || shade_before.at(c, r) != shade_after.at(c, r);
            }
            const bool equal =
                before.at(col, row) == after.at(col, row) && before.at(col, row, 1) == after.at(col, row, 1);
            differ += !touched && !equal;
            differ_inside += mask.at(col, row) > 0 && !equal;
        }
    }
    EXPECT_LE(differ, 3); // the tip of a changed shadow may fall between the centres of pixels
    EXPECT_GT(differ_inside, marked * 8 / 10);
}

TEST(Simulate, occlusion_is_what_stands_in_front) {
    SmallScene scene;
    scene.output = "rpc = false\ncheck_points = 60\nresolution_m = 0.5";
    const TemporaryFolder folder;
    scene.cameras =
        "[[camera]]\nid = \"v\"\nview = \"left\"\nwidth = 300\nheight = 240\nfocal_mm = 10\npixel_um = 10\n";
    run(scene, folder, "out");
    std::int64_t hidden = 0, seen = 0;
    std::map<std::string, Raster> masks;
    for (const auto& entry : fs::directory_iterator(folder / "out/truth/occlusion_one")) {
        const Raster mask = masks[entry.path().stem().string()] = read(entry.path());
        for (const float v : mask.values) hidden += v == 1, seen += v == 0;
    }
    EXPECT_GT(hidden, seen / 100); // a town at 40 degrees
    EXPECT_LT(hidden, seen / 2);
    for (const CheckPoint& p : read_check_points(folder / "out/truth/check_points_one.csv")) {
        if (!masks.count(p.frame)) continue;
        const Raster& mask = masks[p.frame];
        const int col = static_cast<int>((p.x - mask.transform[0]) / mask.transform[1]),
                  row = static_cast<int>((p.y - mask.transform[3]) / mask.transform[5]);
        if (col < 1 || row < 1 || col + 1 >= mask.width || row + 1 >= mask.height) continue;
        bool one_kind = true; // away from edges
        for (int k = 0; k < 9; ++k)
            one_kind = one_kind && mask.at(col + k % 3 - 1, row + k / 3 - 1) == mask.at(col, row);
        if (one_kind && mask.at(col, row) < 2) {
            EXPECT_EQ(mask.at(col, row) == 0, p.visible);
        }
    }
}

/// Positions of a pose file, in its order.
std::vector<std::array<double, 3>> positions_of(const fs::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    std::vector<std::array<double, 3>> all;
    while (std::getline(in, line)) {
        std::array<double, 3> position{};
        EXPECT_EQ(std::sscanf(line.c_str(), "%*[^,],%lf,%lf,%lf", &position[0], &position[1], &position[2]), 3);
        all.push_back(position);
    }
    return all;
}

TEST(Simulate, a_mission_can_be_off_as_a_whole) {
    SmallScene scene;
    scene.first += "\nerror_east_m = 0.3\nerror_north_m = -0.4";
    const TemporaryFolder folder;
    run(scene, folder, "out");
    const auto said = positions_of(folder / "out/one/exterior.csv"),
               truth = positions_of(folder / "out/one/exterior_true.csv");
    ASSERT_FALSE(truth.empty());
    ASSERT_EQ(said.size(), truth.size());
    for (std::size_t k = 0; k < truth.size(); ++k) {
        EXPECT_NEAR(said[k][0] - truth[k][0], 0.3, 1e-4);
        EXPECT_NEAR(said[k][1] - truth[k][1], -0.4, 1e-4);
        EXPECT_NEAR(said[k][2] - truth[k][2], 0, 1e-4);
    }
}

TEST(Simulate, land_without_objects_is_its_terrain) {
    SmallScene scene;
    scene.output = "rpc = false\ncheck_points = 0\nresolution_m = 1";
    scene.land += "\nobjects = false";
    scene.terrain = "relief = \"flat\"\nlevel_m = 250";
    const TemporaryFolder folder;
    run(scene, folder, "bare");
    for (const float height : read(folder / "bare/terrain/dsm_one.tif").values) ASSERT_LE(height, 251);
    scene.land = "block_m = 85";
    run(scene, folder, "built");
    const Raster built = read(folder / "built/terrain/dsm_one.tif");
    EXPECT_GT(*std::max_element(built.values.begin(), built.values.end()), 254);
}

TEST(Simulate, deeper_samples_more_bands_and_jpeg) {
    SmallScene scene;
    scene.output = "truth = false\nrpc = false\nbands = 5\nbits = 16\ncheck_points = 0\ncompression = \"deflate\"";
    const TemporaryFolder folder;
    run(scene, folder, "deep");
    const Raster deep = read(fs::directory_iterator(folder / "deep/one/frames")->path());
    EXPECT_EQ(deep.bands, 5);
    EXPECT_GT(*std::max_element(deep.values.begin(), deep.values.end()), 10000);
    scene.output = "truth = false\nrpc = false\ncheck_points = 0\ncompression = \"jpeg\"";
    run(scene, folder, "jpeg");
    scene.output = "truth = false\nrpc = false\ncheck_points = 0";
    run(scene, folder, "plain");
    const fs::path frame = fs::directory_iterator(folder / "jpeg/one/frames")->path().filename();
    const Raster jpeg = read(folder / "jpeg/one/frames" / frame), plain = read(folder / "plain/one/frames" / frame);
    ASSERT_EQ(jpeg.values.size(), plain.values.size());
    double squares = 0;
    for (std::size_t k = 0; k < jpeg.values.size(); ++k)
        squares += std::pow(static_cast<double>(jpeg.values[k] - plain.values[k]), 2);
    EXPECT_LT(std::sqrt(squares / static_cast<double>(jpeg.values.size())), 6);
}

TEST(Simulate, own_terrain_and_orthophoto_are_draped) {
    const TemporaryFolder folder;
    SmallScene scene;
    scene.output = "check_points = 0\nrpc = false\nresolution_m = 0.5";
    run(scene, folder, "made");
    SmallScene again = scene;
    again.terrain = "relief = \"file\"\nfile = \"" + (folder / "made/terrain/dtm.tif").string() + "\"";
    again.land = "orthophoto = \"" + (folder / "made/truth/ortho_one.tif").string() +
                 "\"\ntown = 0\nforest = 0\nmeadow = 0\nparking = 0\nwater = 0";
    run(again, folder, "again");
    const Raster first = read(folder / "made/terrain/dtm.tif"), second = read(folder / "again/terrain/dtm.tif");
    const int shift_col = static_cast<int>(std::lround((second.transform[0] - first.transform[0]) / 2));
    const int shift_row = static_cast<int>(std::lround((first.transform[3] - second.transform[3]) / 2));
    for (int k = 0; k < 50; ++k) {
        const int col = second.width / 2 + k - 25, row = second.height / 2 + k / 2;
        EXPECT_EQ(second.at(col, row), first.at(col + shift_col, row + shift_row));
    }
    // The photo seen again is darker or brighter by its own light, but it is the same picture.
    const Raster a = read(folder / "made/truth/ortho_one.tif"), b = read(folder / "again/truth/ortho_one.tif");
    double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0, n = 0;
    for (int row = 40; row < a.height - 40; ++row) {
        for (int col = 40; col < a.width - 40; ++col) {
            const auto u = static_cast<double>(a.at(col, row)), v = static_cast<double>(b.at(col, row));
            sa += u, sb += v, saa += u * u, sbb += v * v, sab += u * v, ++n;
        }
    }
    EXPECT_GT((n * sab - sa * sb) / std::sqrt((n * saa - sa * sa) * (n * sbb - sb * sb)), 0.95);
}

} // namespace
} // namespace overflight
