// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

// What a scene file says, defaults filled in, paths absolute. Every key is declared once, in scene_file.cpp.
namespace overflight::simulation {

enum class Relief : std::uint8_t { flat, fractal, file };
enum class Model : std::uint8_t { pinhole, brown, opencv, fisheye };
enum class View : std::uint8_t { vertical, left, right, forward, backward };
enum class Compression : std::uint8_t { none, deflate, jpeg };
enum class ChangeKind : std::uint8_t {
    building_new,
    building_gone,
    vehicles_moved,
    ground_works,
    field_ploughed,
    water_level
};

struct OutputSettings {
    std::filesystem::path folder;
    double resolution_m = 0; ///< of the truth rasters; 0: the ground sampling distance of the first camera
    double surface_m = 0;    ///< cell of the surface models; 0: twice the resolution
    bool rpc = true;
    bool truth = true;
    int check_points = 100; ///< a mission
    Compression compression = Compression::none;
    int jpeg_quality = 90;
    int bands = 3;
    int bits = 8;
};

struct SceneSettings {
    std::int64_t seed = 1;
    std::string crs = "EPSG:32633";
    double center_x = 500000, center_y = 5400000;
    double width_m = 600, height_m = 600; ///< what the flight lines cover
    double detail_m = 0; ///< cell of the painted ground; 0: 0.75 of the finest ground sampling distance
    double marks_m = 0;  ///< diameter of the signals painted at the check points; 0: none
};

struct TerrainSettings {
    Relief relief = Relief::fractal;
    std::filesystem::path file;
    double level_m = 200;
    double relief_m = 30; ///< lowest to highest, about
    double wavelength_m = 1500;
    double roughness = 0.45; ///< amplitude of an octave over that of the next longer one
    double post_m = 2;
};

struct LandSettings {
    std::filesystem::path orthophoto; ///< draped over the ground in place of the painted one
    double block_m = 110;
    double heading_deg = 14;
    double town = 0.4, forest = 0.1, water = 0.06, parking = 0.06, meadow = 0.12;
    double tallest_m = 22;
    bool objects = true;
};

struct CameraSettings {
    std::string id;
    Model model = Model::pinhole;
    View view = View::vertical;
    double tilt_deg = 40;
    std::int64_t width = 1000, height = 750;
    double focal_mm = 50;
    double pixel_um = 25;
    double cx = 0, cy = 0;
    double k1 = 0, k2 = 0, k3 = 0, k4 = 0, k5 = 0, k6 = 0, p1 = 0, p2 = 0;
    double s1 = 0, s2 = 0, s3 = 0, s4 = 0, tx = 0, ty = 0;
};

struct MissionSettings {
    std::string name;
    std::vector<std::string> cameras; ///< ids; empty: all
    PoseSpace pose_space = PoseSpace::map;
    std::int64_t seed = 0;
    double flying_height_m = 500; ///< above the mean ground of the scene
    double heading_deg = 90;
    double overlap = 0.6, sidelap = 0.3;
    double shift = 0; ///< of the strips, in strip spacings
    double crab_deg = 0;
    double attitude_jitter_deg = 0;
    double position_jitter_m = 0;
    double position_error_m = 0, attitude_error_deg = 0;
    double error_east_m = 0, error_north_m = 0;
    double sun_azimuth_deg = 160, sun_elevation_deg = 45;
    double season = 0; ///< 0 summer .. 1 autumn
    double exposure = 1;
    double offset = 0;
    double gain_spread = 0, offset_spread = 0;
    double vignetting = 0, haze = 0, noise = 0;
    Problem where;
};

struct ChangeSettings {
    ChangeKind kind = ChangeKind::building_new;
    int count = 1;
    double smallest_m = 6, largest_m = 20;
    std::string mission; ///< from which on it holds; empty: the second
    Problem where;
};

struct Settings {
    std::filesystem::path file;
    OutputSettings output;
    SceneSettings scene;
    TerrainSettings terrain;
    LandSettings land;
    std::vector<CameraSettings> cameras;
    std::vector<MissionSettings> missions;
    std::vector<ChangeSettings> changes;
};

const char* name_of(Model model);
const char* name_of(ChangeKind kind);

} // namespace overflight::simulation
