// SPDX-License-Identifier: Apache-2.0
#include "stages/memory_plan.h"

#include "core/angle.h"
#include "geometry/post_cache.h"
#include "stages/alike_views.h"
#include "stages/change.h"
#include "stages/change_second_look.h"
#include "stages/visibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace overflight {
namespace {

constexpr std::int64_t tile_pixels = std::int64_t{Tiling::size} * Tiling::size;

std::int64_t sample_bytes(const PlannedMission& mission) {
    return mission.layout.lanes_total() * static_cast<std::int64_t>(sample_size(mission.type));
}

/// Samples, the seams' working arrays and the encoded chunks of one tile of a mosaic.
std::int64_t tile_bytes(const PlannedMission& mission, const MosaicConfig& config) {
    const std::int64_t samples = sample_bytes(mission);
    return tile_pixels * ((config.analysis_layer ? 4 : 2) * samples + 3 + 4 * mission.layout.lanes_total() + 4);
}

/// How far something on the surface hides or shades what is below it at most, in metres on the map by the metre of
/// height.
double steepest_tangent(const PlannedMission& mission) {
    std::vector<Eigen::Vector3d> borders;
    for (const PlannedFrame& frame : mission.frames)
        for (std::size_t i = 0; i < 4; ++i) {
            const auto& [x, y] = frame.footprint.outline[i * frame.footprint.outline.size() / 4];
            borders.emplace_back(x, y, frame.footprint.z);
        }
    mission.space->from_map(borders);
    double steepest = 0;
    for (std::size_t i = 0; i < borders.size(); ++i) {
        const double tangent = mission.frames[i / 4].camera->off_nadir_tangent(borders[i]);
        if (std::isfinite(tangent)) steepest = std::max(steepest, tangent);
    }
    for (const SunPosition& sun : mission.suns) steepest = std::max(steepest, 1 / std::tan(sun.elevation * degree));
    return steepest;
}

/// The surface around a tile, as far as something there hides or shades a part of it: heights as they are read and as
/// they are kept, where they lie for a frame, marks.
std::int64_t surroundings_bytes(const PlannedMission& mission) {
    if (!mission.surface) return 0;
    const HeightRange range = mission.surface->range();
    const double reach = (static_cast<double>(range.max) - static_cast<double>(range.min)) * steepest_tangent(mission) /
                         mission.grid.resolution;
    const auto side = Tiling::size + 2 * static_cast<std::int64_t>(std::min<double>(reach, farthest_cells));
    constexpr std::int64_t bytes_a_cell = 16;
    return side * side * bytes_a_cell * (reach > farthest_cells ? 4 : 3) / 3;
}

/// A worker's window of a frame, its positions and heights, and ground points where frames are located pixel by pixel.
std::int64_t worker_bytes(const PlannedMission& mission) {
    return (std::int64_t{8} << 20) + surroundings_bytes(mission) + tile_pixels * (8 + 24 + sample_bytes(mission));
}

std::int64_t block_bytes(const PlannedMission& mission) {
    std::int64_t largest = 0;
    for (const PlannedFrame& frame : mission.frames) {
        // formats without random access are decoded as a whole: all of a frame must fit, for every worker
        const std::int64_t pixels = frame.header.random_access
                                        ? frame.header.block.pixels()
                                        : std::int64_t{frame.header.width} * frame.header.height / 2;
        largest = std::max(largest, pixels * sample_bytes(mission));
    }
    return largest;
}

/// A side of what is read of a mission to score so many pixels a side.
std::int64_t change_side(int scored, const ChangeConfig& change) {
    return std::int64_t{scored} + 2 * change_halo + 2 * std::llround(change.max_shift_px);
}

/// Both missions' samples of a tile with its halo, the scorer's planes (two levels, their context) and its output.
std::int64_t change_tile_bytes(const PlannedMission& before, const PlannedMission& after, const ChangeConfig& change) {
    const std::int64_t side = change_side(Tiling::size, change);
    const auto bands = [](const PlannedMission& mission) {
        return std::int64_t{std::min(mission.layout.lanes_total(), change_max_bands)};
    };
    const auto samples = [&](const PlannedMission& mission) {
        return bands(mission) * static_cast<std::int64_t>(sample_size(mission.type)) + 1;
    };
    constexpr std::int64_t planes = 32; ///< bytes a pixel of what does not depend on the bands
    // where parallax is searched: three planes of each variate of each mission at half resolution, and sums
    const std::int64_t parallax = change.relief_m > 0 ? 6 * std::min(bands(before), bands(after)) + 4 : 0;
    constexpr std::int64_t evidence = 8; // its layers, their chunks, flags of both missions
    return side * side *
           (samples(before) + samples(after) + bands(before) + bands(after) + planes + parallax +
            (change.evidence ? evidence : 0));
}

/// A worker that composes a part of a tile of both missions, to be scored.
std::int64_t second_look_bytes(const PlannedMission& before, const PlannedMission& after, const ChangeConfig& change) {
    const std::int64_t side = change_side(largest_second_look + 2 * second_look_halo, change);
    constexpr std::int64_t source = 2; // a frame's window is larger than what is made of it, the frame being turned
    const auto composed = [&](const PlannedMission& mission) {
        return surroundings_bytes(mission) + side * side * ((1 + source) * sample_bytes(mission) + 16);
    };
    return composed(before) + composed(after);
}

/// Chunks that the tiles being worked on read, with their neighbours': below this each is decoded again and again.
std::int64_t mosaic_chunks_in_use(const PlannedMission& before, const PlannedMission& after) {
    const auto samples = [](const PlannedMission& mission) { return sample_bytes(mission) + 1; };
    return 9 * tile_pixels * (samples(before) + samples(after));
}

/// All mosaics that a change will read, decoded.
std::int64_t compared_mosaics(const Plan& plan) {
    constexpr double bytes_beside = 5; // flags and frame number, at most: where tiles are of one frame they take none
    std::set<std::size_t> missions;
    for (const PlannedChange& change : plan.changes) missions.insert({change.before, change.after});
    double bytes = 0;
    for (const std::size_t number : missions) {
        const PlannedMission& mission = plan.missions[number];
        bytes += static_cast<double>(Tiling(mission.grid).count()) * tile_pixels *
                 (mission.layout.bands * static_cast<double>(sample_size(mission.type)) + bytes_beside);
    }
    return static_cast<std::int64_t>(std::min(bytes, 1e18));
}

/// Lists with an entry a tile of a grid, shown or not: frames, order of work, hashes of terrain and of content.
double tile_lists(const Plan& plan) {
    double bytes = 0;
    for (const PlannedMission& mission : plan.missions)
        bytes += static_cast<double>(Tiling(mission.grid).count()) * (52 + 32 * (mission.layout.bands + 2));
    for (const PlannedChange& change : plan.changes) bytes += static_cast<double>(Tiling(change.grid).count()) * 128;
    return bytes;
}

constexpr std::int64_t program_bytes = std::int64_t{64} << 20;

} // namespace

MemoryPlan plan_memory(const Plan& plan, std::vector<Problem>& problems) {
    MemoryPlan memory;
    const double lists = tile_lists(plan);
    if (lists > static_cast<double>(plan.memory_bytes) / 2) {
        problems.push_back({plan.config.file.string(), 0, 0, "output.resolution_m",
                            fmt::format("{} gives so many tiles that lists of them alone take {:.0f} of {} MB (is the "
                                        "resolution in metres? are output.bounds right? else run.memory_mb)",
                                        plan.config.output.resolution_m, lists / (1 << 20), plan.memory_bytes >> 20)});
        return memory;
    }
    memory.slots = 2 * plan.threads + 1;
    std::int64_t least_cache = 0;
    for (const PlannedMission& mission : plan.missions) {
        memory.tiles = std::max(memory.tiles, memory.slots * tile_bytes(mission, plan.config.mosaic) +
                                                  plan.threads * worker_bytes(mission));
        least_cache = std::max(least_cache, 2 * plan.threads * block_bytes(mission));
    }
    memory.gdal_cache =
        std::clamp<std::int64_t>(plan.memory_bytes / 16, std::int64_t{16} << 20, std::int64_t{64} << 20);
    std::int64_t least_mosaics = 0;
    for (const PlannedChange& change : plan.changes) {
        const PlannedMission &before = plan.missions[change.before], &after = plan.missions[change.after];
        std::int64_t tiles = memory.slots * change_tile_bytes(before, after, change.config);
        if (has_second_look(plan, change)) {
            memory.second_look_frames = std::max(memory.second_look_frames, least_cache);
            tiles += 2 * least_cache + plan.threads * second_look_bytes(before, after, change.config);
        }
        memory.change_tiles = std::max(memory.change_tiles, tiles);
        least_mosaics = std::max(least_mosaics, mosaic_chunks_in_use(before, after));
    }
    memory.program = program_bytes + plan.memory_bytes / 10 + static_cast<std::int64_t>(lists);
    memory.least = static_cast<std::int64_t>(lists) + memory.gdal_cache +
                   std::max(memory.tiles + least_cache, memory.change_tiles + least_mosaics);
    memory.post_cache = std::clamp<std::int64_t>(plan.memory_bytes - memory.least, 0,
                                                 std::min(plan.posts->model_bytes(), plan.memory_bytes / posts_share));
    const auto cache = [&](std::int64_t tiles, std::int64_t least) {
        const std::int64_t left = plan.memory_bytes - tiles - memory.gdal_cache - memory.post_cache;
        return std::max(std::min(left, least), left - memory.program);
    };
    memory.frame_cache = cache(memory.tiles, least_cache);
    memory.mosaic_cache = cache(memory.change_tiles, least_mosaics);
    const std::int64_t kept = compared_mosaics(plan);
    if (kept <= plan.memory_bytes / 3 && memory.frame_cache - kept >= 2 * least_cache &&
        kept + least_mosaics <= memory.mosaic_cache) {
        memory.kept_mosaics = kept;
        memory.frame_cache -= kept;
    }
    if (plan.memory_bytes < memory.least)
        problems.push_back(
            {plan.config.file.string(), 0, 0, "run.memory_mb",
             fmt::format(
                 "{} MB are too little for {} threads on these frames: at least {} MB are needed (or fewer threads)",
                 plan.memory_bytes >> 20, plan.threads, (memory.least >> 20) + 1)});
    return memory;
}

} // namespace overflight
