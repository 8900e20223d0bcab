// SPDX-License-Identifier: Apache-2.0
#include "stages/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace overflight {
namespace {

constexpr std::int64_t tile_pixels = std::int64_t{Tiling::size} * Tiling::size;

/// Samples, the seams' working arrays and the encoded chunks of one tile of a mosaic or of a change product.
std::int64_t tile_bytes(const PlannedMission& mission) {
    const std::int64_t samples = mission.layout.lanes_total() * static_cast<std::int64_t>(sample_size(mission.type));
    return tile_pixels * (2 * samples + 3 + 4 * mission.layout.lanes_total() + 4);
}

/// A worker's window of a frame, its positions and heights.
std::int64_t worker_bytes(const PlannedMission& mission) {
    return (std::int64_t{8} << 20) +
           tile_pixels * (8 + mission.layout.lanes_total() * static_cast<std::int64_t>(sample_size(mission.type)));
}

std::int64_t block_bytes(const PlannedMission& mission) {
    std::int64_t largest = 0;
    for (const PlannedFrame& frame : mission.frames) {
        // formats without random access are decoded as a whole: all of a frame must fit, for every worker
        const std::int64_t pixels = frame.header.random_access
                                        ? frame.header.block.pixels()
                                        : std::int64_t{frame.header.width} * frame.header.height / 2;
        largest = std::max(largest, pixels * mission.layout.lanes_total() *
                                        static_cast<std::int64_t>(sample_size(mission.type)));
    }
    return largest;
}

} // namespace

MemoryPlan plan_memory(const Plan& plan, std::vector<Problem>& problems) {
    MemoryPlan memory;
    memory.slots = 2 * plan.threads + 1;
    std::int64_t least_cache = 0;
    for (const PlannedMission& mission : plan.missions) {
        memory.tiles =
            std::max(memory.tiles, memory.slots * tile_bytes(mission) + plan.threads * worker_bytes(mission));
        least_cache = std::max(least_cache, 2 * plan.threads * block_bytes(mission));
    }
    memory.gdal_cache =
        std::clamp<std::int64_t>(plan.memory_bytes / 16, std::int64_t{16} << 20, std::int64_t{256} << 20);
    memory.frame_cache = plan.memory_bytes - memory.tiles - memory.gdal_cache;
    if (memory.frame_cache < least_cache)
        problems.push_back(
            {plan.config.file.string(), 0, 0, "run.memory_mb",
             fmt::format(
                 "{} MB are too little for {} threads on these frames: at least {} MB are needed (or fewer threads)",
                 plan.memory_bytes >> 20, plan.threads, ((memory.tiles + memory.gdal_cache + least_cache) >> 20) + 1)});
    return memory;
}

} // namespace overflight
