// SPDX-License-Identifier: Apache-2.0
#include "stages/plan.h"
#include "stages/step_estimate.h"
#include "stages/united.h"

#include <fmt/format.h>

#include <algorithm>

namespace overflight {
namespace {

void describe_mission(const PlannedMission& mission, std::string& text) {
    const Tiling tiling(mission.grid);
    const Bounds bounds = mission.grid.bounds();
    std::int64_t touched = 0;
    std::size_t most = 0;
    for (std::int64_t tile = 0; tile < tiling.count(); ++tile) {
        const std::size_t frames = mission.tile_frames.at(tile).size();
        touched += frames > 0;
        most = std::max(most, frames);
    }
    double finest = mission.frames.front().footprint.sampling_distance, coarsest = finest;
    std::uintmax_t bytes = 0;
    Bounds seen = mission.frames.front().footprint.bounds;
    for (const PlannedFrame& frame : mission.frames) {
        seen = united(seen, frame.footprint.bounds);
        finest = std::min(finest, frame.footprint.sampling_distance);
        coarsest = std::max(coarsest, frame.footprint.sampling_distance);
        bytes += frame.header.file_bytes;
    }
    text += fmt::format("mission {}\n", mission.config.name);
    text +=
        fmt::format("  frames    {} of {} bands {}, {} MB, sampling distance {:.3f} to {:.3f}\n", mission.frames.size(),
                    mission.layout.bands, sample_name(mission.type), bytes >> 20, finest, coarsest);
    text += fmt::format("  footprints lie in {:.3f}, {:.3f} to {:.3f}, {:.3f}\n", seen.xmin, seen.ymin, seen.xmax,
                        seen.ymax);
    text +=
        fmt::format("  grid      {} x {} pixels of {} at {:.3f}, {:.3f} to {:.3f}, {:.3f}\n", mission.grid.width,
                    mission.grid.height, mission.grid.resolution, bounds.xmin, bounds.ymin, bounds.xmax, bounds.ymax);
    text += fmt::format(
        "  tiles     {} of {} hold data, {:.1f} frames a tile, at most {}\n", touched, tiling.count(),
        touched > 0 ? static_cast<double>(mission.tile_frames.touches()) / static_cast<double>(touched) : 0.0, most);
    for (const Gap& gap : mission.gaps) text += fmt::format("  left out  {}: {}\n", gap.what, gap.cause);
}

} // namespace

std::string describe(const Plan& plan) {
    std::string text;
    for (const PlannedMission& mission : plan.missions) describe_mission(mission, text);
    for (const PlannedChange& change : plan.changes)
        text += fmt::format("change {} -> {}\n  grid      {} x {} pixels in common\n", change.config.before,
                            change.config.after, change.grid.width, change.grid.height);
    text +=
        fmt::format("memory      {} MB: {} for tiles in flight, {} for decoded frame blocks, {} for terrain, {} for "
                    "GDAL, the rest for the program\n",
                    plan.memory_bytes >> 20, plan.memory.tiles >> 20, plan.memory.frame_cache >> 20,
                    plan.memory.post_cache >> 20, plan.memory.gdal_cache >> 20);
    if (!plan.changes.empty())
        text += fmt::format("            for changes {} for tiles in flight, {} for decoded mosaics\n",
                            plan.memory.change_tiles >> 20, plan.memory.mosaic_cache >> 20);
    text += fmt::format("disk        up to {} MB in {}\n", plan.disk_bytes >> 20, plan.config.output.folder.string());
    text += fmt::format("time        about {:.0f} s on {} threads\n",
                        estimate_steps(plan).run_seconds(plan.threads) + 0.5, plan.threads);
    for (const std::string& warning : plan.warnings) text += "warning     " + warning + "\n";
    return text;
}

} // namespace overflight
