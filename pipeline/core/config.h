// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/errors.h"
#include "core/grid.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace overflight {

enum class Codec : std::uint8_t { none, deflate, lz4, blosc };
enum class Resampling : std::uint8_t { nearest, bilinear, cubic, lanczos };
enum class CameraKind : std::uint8_t { frame, rpc, ortho };
enum class PoseSpace : std::uint8_t { unset, map, cartesian };
enum class PoseWorld : std::uint8_t { unset, enu, grid };
enum class Balance : std::uint8_t { none, gain, gain_offset };
enum class Seams : std::uint8_t { optimal, nadir };
enum class OutsideTerrain : std::uint8_t { refuse, constant, gap };

/// The settings of a run as the program uses them: defaults filled in, paths absolute, globs not yet expanded.
/// Every key is declared once, in config_keys.cpp, with its default, its help and its check.
struct OutputConfig {
    std::filesystem::path folder;
    std::string crs; ///< as given; empty: that of the poses
    double resolution_m = 0;
    std::optional<Bounds> bounds; ///< in the output CRS; none: what the frames see
    std::string extension = "nc"; ///< nc | h5
    Codec compression = Codec::deflate;
    int level = 1;
    bool quicklooks = true;
    bool vectors = true;
    bool report = true;
};

struct TerrainConfig {
    std::filesystem::path file;    ///< empty: a flat terrain at offset_m
    std::string heights;           ///< same_as_poses | ellipsoidal | path of a geoid grid; empty: not said
    std::filesystem::path surface; ///< with buildings and trees, heights above the same; empty: none
    double surface_error_m = 0;    ///< how far edges of the surface may be off; 0: half a post
    double offset_m = 0;           ///< added to every height
    OutsideTerrain outside = OutsideTerrain::refuse;
    double outside_height_m = 0; ///< with outside = "constant"
};

struct MosaicConfig {
    Resampling resampling = Resampling::cubic;
    bool widen = true;           ///< widen the kernel where the output is coarser than the frame
    bool true_ortho = true;      ///< where there is a surface model
    int feather_px = 16;         ///< half width of the transition across a seam; 0: hard seams
    bool analysis_layer = false; ///< beside the image a second one with hard seams, which changes are found in
    Balance balance = Balance::gain;
    bool vignetting = true; ///< balance the fall of light towards the frames' corners
    bool view_angle = true; ///< balance the slope of brightness that all frames of a mission share
    Seams seams = Seams::optimal;
    std::filesystem::path adjustment; ///< folder of stored adjustments that take the place of a balance; empty: none
};

/// What frames and products are held against; the figures are the user's.
struct ResolutionConfig {
    std::string category; ///< of sensors, for the words only
    double limit_m = 0;   ///< finest ground resolution allowed; 0: none stated
    double hmin_m = 0;    ///< height above ground at which the sensor reaches the limit, as certified; 0: none stated
    bool enforce = false; ///< refuse products that are sampled finer than the limit
};

struct MissionConfig {
    std::string name;
    std::vector<std::string> frames; ///< paths or glob patterns, absolute
    CameraKind camera = CameraKind::frame;
    std::filesystem::path interior;
    std::filesystem::path exterior;
    PoseSpace pose_space = PoseSpace::unset;
    std::string pose_crs;                    ///< where the pose file does not say
    PoseWorld pose_world = PoseWorld::unset; ///< for OpenSfM reconstructions
    std::string pose_heights;                ///< ellipsoidal | path of a geoid grid; empty: not said
    std::string camera_id;     ///< which camera of the interior file; empty: by the pose file, or the only one
    std::string match_view_of; ///< mission whose views are preferred; empty: nadir-most
    std::string captured;      ///< time of the flight, ISO 8601; empty: by the frames' EXIF
    std::string utc_offset;    ///< of EXIF times that say none, "+hh:mm"; empty: not said
    double sun_azimuth_deg = 0;
    double sun_elevation_deg = 0;           ///< 0: by the time
    std::vector<std::string> prefer, avoid; ///< patterns of frames, absolute: first choice and last resort
    std::filesystem::path cut_lines;        ///< polygons that say which frame to take
    std::filesystem::path reference_frame, reference_mosaic; ///< whose colours the balance keeps to
    std::optional<TerrainConfig> terrain;                    ///< overrides [terrain] for this mission
    Problem where; ///< file, line and column of the table, for messages found later
};

struct ChangeConfig {
    std::string before, after;
    double false_discovery = 0.05;
    int minimum_area_px = 4;  ///< smaller connected changes are dropped from the mask
    double max_shift_px = 8;  ///< cap of the registration shift between the missions
    double relief_m = 10;     ///< what stands so high above or below the terrain may lean without being a change
    bool details = true;      ///< what differs pixel by pixel counts; the others likewise
    bool surroundings = true; ///< smoothed bands and texture around a pixel
    bool structure = true;    ///< same structure, or none, makes what differs around count less
    bool shadows = true;      ///< so does what may be a shadow that moved
    bool drift = true;        ///< how much brighter the later mission's frames are than expected is taken out
    bool second_look = true;  ///< differences are looked at again by frames that look from more alike sides
    bool evidence = false;    ///< store what scores are made of beside them
    bool successive = false;  ///< stands for every pair of missions that follow each other; gone once expanded
    Problem where;
};

struct RunConfig {
    int threads = 0;            ///< 0: what the machine, cgroup or Slurm allows
    std::int64_t memory_mb = 0; ///< 0: a quarter of the smallest of machine, cgroup and Slurm limit
    double checkpoint_s = 10;   ///< between the times that finished work is brought to the disk
    bool allow_remote = false;  ///< lets frames be URLs or VRTs that point elsewhere
};

struct Config {
    std::filesystem::path file;
    OutputConfig output;
    TerrainConfig terrain;
    MosaicConfig mosaic;
    ResolutionConfig resolution;
    RunConfig run;
    std::vector<MissionConfig> missions;
    std::vector<ChangeConfig> changes;

    const TerrainConfig& terrain_of(const MissionConfig& mission) const {
        return mission.terrain ? *mission.terrain : terrain;
    }
};

/// Reads and checks a config file; `overrides` are "key=value" as on the command line.
/// Throws InputError with all problems: syntax, unknown keys (with a suggestion), wrong types, values out of range.
/// Whether files exist is not asked here.
Config load_config(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});

/// Every key with default and help, as commented TOML: the text of configs/reference.toml.
std::string config_reference();

/// The resolved keys that have a say in the pixels of a product, as canonical JSON, for its provenance: of a mission's
/// mosaic, or of a change product. Free of paths (inputs are recorded by their hashes), of the CRS's spelling and of
/// what does not change pixels.
std::string content_keys(const Config& config, const MissionConfig& mission);
std::string content_keys(const Config& config, const ChangeConfig& change);

} // namespace overflight
