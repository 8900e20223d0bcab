// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "core/grid.h"
#include "core/sample.h"
#include "geometry/footprint.h"
#include "geometry/mission_cameras.h"
#include "geometry/sun_position.h"
#include "geometry/terrain.h"
#include "io/frame_file.h"
#include "stages/ground_resolution.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace overflight {

/// Something that the products will lack, and why. The run goes on; it ends with exit code 1.
struct Gap {
    std::string mission, what, cause;

    friend auto operator<=>(const Gap&, const Gap&) = default;
};

/// Which frames may touch which tile: frame numbers per tile, ascending.
class TileFrames {
public:
    /// Bins footprints (convex outlines on the map) into the tiles of a grid; time and memory grow with the touches,
    /// and by a number a tile.
    TileFrames(const Grid& grid, const std::vector<Footprint>& footprints, double margin);
    TileFrames() = default;

    std::span<const std::size_t> at(std::int64_t tile) const {
        return {frames_.data() + starts_[static_cast<std::size_t>(tile)],
                starts_[static_cast<std::size_t>(tile) + 1] - starts_[static_cast<std::size_t>(tile)]};
    }
    std::size_t touches() const { return frames_.size(); }

private:
    std::vector<std::size_t> starts_{0}, frames_;
};

struct PlannedFrame {
    FrameHeader header;
    std::shared_ptr<const FrameCamera> camera;
    MissionCameras::Pose pose;
    Footprint footprint;
    GroundResolution resolution;
    double widening = 1;   ///< of the interpolation kernel, where the output is coarser than the frame: in its middle
    bool uneven = false;   ///< other parts ask for another widening, or each direction for one of its own
    int sun = -1;          ///< row of PlannedMission::suns; -1: not known where it stood
    int camera_number = 0; ///< frames of one camera share a number, counted from 0 in a mission
    int rank = 1;          ///< 0 preferred, 1 as any, 2 avoided: a frame shows only what none of a lower rank does
};

class MatchedViews;

struct PlannedMission {
    MissionConfig config;
    std::vector<PlannedFrame> frames;
    std::vector<Gap> gaps; ///< frames left out
    std::shared_ptr<const GroundSpace> space;
    std::shared_ptr<const Terrain> terrain;            ///< what pixels are put on: with a true ortho, the surface
    std::shared_ptr<const Terrain> surface;            ///< null where none is given
    std::vector<SunPosition> suns;                     ///< azimuths clockwise from grid north
    std::shared_ptr<const MatchedViews> matched_views; ///< of the mission in match_view_of; null: none
    std::string pose_crs;
    Grid grid;
    double unit_m = 1; ///< metres on the ground in a unit of the map, in the middle of the grid
    TileFrames tile_frames;
    LaneLayout layout;
    SampleType type = SampleType::u8;
    std::vector<std::string> band_names;
    std::vector<std::filesystem::path>
        inputs; ///< all files but the frames: poses, cameras, heights, what lies beside frames
};

struct PlannedChange {
    ChangeConfig config;
    std::size_t before = 0, after = 0; ///< missions
    Grid grid;                         ///< where both missions may have seen the ground
};

/// Memory of a run by part, in bytes. Missions and changes come one after another: what a mission has (frame_cache,
/// tiles) and what a change has (mosaic_cache, change_tiles) each fit beside GDAL's cache, posts and the program
/// itself.
struct MemoryPlan {
    std::int64_t frame_cache = 0, tiles = 0, gdal_cache = 0;
    std::int64_t post_cache = 0; ///< decoded posts of the terrain, all along
    std::int64_t mosaic_cache = 0, change_tiles = 0;
    std::int64_t second_look_frames = 0; ///< of each mission that a change looks at again, in change_tiles
    std::int64_t kept_mosaics = 0;       ///< held of mosaics from when they are composed, in mosaic_cache; 0: not kept
    std::int64_t program = 0; ///< libraries, lists, what allocation loses; caches are not cut below their least
    int slots = 0;
    std::int64_t least = 0; ///< a budget below this is refused
};

/// All that is decided before a pixel is decoded.
struct Plan {
    Config config;
    int threads = 1;
    std::int64_t memory_bytes = 0;
    MemoryPlan memory;
    std::shared_ptr<PostCache> posts; ///< of all missions' terrain
    std::uintmax_t disk_bytes = 0;    ///< upper estimate of what is still to be written
    std::vector<PlannedMission> missions;
    std::vector<PlannedChange> changes;
    std::vector<std::string> warnings;
};

/// Where a mission's adjustment lies in a folder, see MosaicConfig::adjustment.
inline std::filesystem::path adjustment_path(const std::filesystem::path& folder, const std::string& mission) {
    return folder / (mission + ".adjustment.json");
}

/// Bytes still to be written for a product that takes `bytes` itself, by the product's name.
using DiskUse = std::function<double(const std::string& product, double bytes)>;

/// Scan and plan: reads headers, poses and terrain, projects footprints, lays out grids and tiles.
/// Throws InputError with everything that is wrong, at once. `use`: where it is not each product, once. `overviews`: of
/// terrain that was opened before.
Plan make_plan(const Config& config, int threads, std::int64_t memory_bytes, const DiskUse& use = nullptr,
               TerrainOverviews* overviews = nullptr);

/// The plan in words, with footprints, grids, tiles, memory, disk and an estimate of the time: what `plan` prints.
std::string describe(const Plan& plan);

} // namespace overflight
