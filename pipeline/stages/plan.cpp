// SPDX-License-Identifier: Apache-2.0
#include "stages/plan.h"

#include "core/change_series.h"
#include "geometry/footprint.h"
#include "geometry/post_cache.h"
#include "stages/adjustment_file.h"
#include "stages/bands.h"
#include "stages/change.h"
#include "stages/memory_plan.h"
#include "stages/scan.h"
#include "stages/united.h"
#include "stages/view_match.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <system_error>

namespace overflight {
namespace {

/// Seams and their feather look beyond a tile: frames within this many pixels of it count as touching.
constexpr int touch_margin_px = 96;

/// Share of the raw samples that a stored layer takes at most, seen on aerial imagery.
double stored_share(Codec codec) {
    return codec == Codec::none ? 1.0 : codec == Codec::deflate ? 0.75 : 0.95;
}

/// A corner of a pixel; all grids of a run have their pixel edges a whole number of pixels from it.
struct GridOrigin {
    double x = 0, y = 0;
};

/// Orthos of the output's own resolution keep their pixels: the first of them says where the edges lie.
GridOrigin find_origin(const std::vector<PlannedMission>& missions, double resolution) {
    for (const PlannedMission& mission : missions) {
        if (mission.config.camera != CameraKind::ortho) continue;
        for (const PlannedFrame& frame : mission.frames) {
            if (std::abs(frame.footprint.sampling_distance - resolution) < 1e-6 * resolution)
                return {frame.footprint.bounds.xmin, frame.footprint.bounds.ymax};
        }
    }
    return {};
}

/// The smallest grid over the bounds.
Grid snapped(const std::string& crs, const Bounds& bounds, double resolution, const GridOrigin& origin) {
    constexpr double tolerance = 1e-6; // bounds typed as multiples of the resolution stay as they are
    Grid grid;
    grid.crs_wkt = crs;
    grid.resolution = resolution;
    const double col0 = std::floor((bounds.xmin - origin.x) / resolution + tolerance),
                 col1 = std::ceil((bounds.xmax - origin.x) / resolution - tolerance);
    const double row0 = std::floor((origin.y - bounds.ymax) / resolution + tolerance),
                 row1 = std::ceil((origin.y - bounds.ymin) / resolution - tolerance);
    grid.west = origin.x + col0 * resolution;
    grid.north = origin.y - row0 * resolution;
    grid.width = static_cast<std::int64_t>(col1 - col0);
    grid.height = static_cast<std::int64_t>(row1 - row0);
    return grid;
}

/// Products address pixels with 32 bits in the tools that read them.
constexpr double largest_side = 2147483647.0;

/// Frames that are sampled no more unevenly than this, coarsest to finest, have one kernel: it is off by half as much
/// at most.
constexpr double evenly_sampled = 1.125;

void lay_out(PlannedMission& mission, const Config& config, const std::string& crs, double units,
             const GridOrigin& origin, std::vector<Problem>& problems) {
    const double resolution = config.output.resolution_m / units;
    Bounds bounds;
    if (config.output.bounds) {
        bounds = *config.output.bounds;
    } else {
        bounds = mission.frames.front().footprint.bounds;
        for (const PlannedFrame& frame : mission.frames) bounds = united(bounds, frame.footprint.bounds);
    }
    if ((bounds.xmax - bounds.xmin) / resolution > largest_side ||
        (bounds.ymax - bounds.ymin) / resolution > largest_side) {
        problems.push_back(
            {config.file.string(), 0, 0, "output.resolution_m",
             fmt::format(
                 "{} gives a mosaic of {:.0f} x {:.0f} pixels for mission \"{}\"; at most {:.0f} a side are possible "
                 "(is the resolution in metres? are output.bounds right?)",
                 config.output.resolution_m, (bounds.xmax - bounds.xmin) / resolution,
                 (bounds.ymax - bounds.ymin) / resolution, mission.config.name, largest_side)});
        return;
    }
    mission.grid = snapped(crs, bounds, resolution, origin);
    mission.unit_m = metres_on_ground(crs, 0.5 * (bounds.xmin + bounds.xmax), 0.5 * (bounds.ymin + bounds.ymax));
    if (config.resolution.enforce && finer_than_limit(resolution * mission.unit_m, config.resolution)) {
        problems.push_back(
            {config.file.string(), 0, 0, "output.resolution_m",
             fmt::format(
                 "{} is {:.4g} m on the ground that mission \"{}\" shows, by the scale of the output CRS; finer "
                 "than resolution.limit_m = {} with resolution.enforce = true",
                 config.output.resolution_m, resolution * mission.unit_m, mission.config.name,
                 config.resolution.limit_m)});
        return;
    }
    for (PlannedFrame& frame : mission.frames)
        frame.resolution =
            ground_resolution(frame.footprint, frame.pose, mission.config.camera, mission.unit_m, config.resolution);
    for (PlannedFrame& frame : mission.frames) {
        const Footprint& footprint = frame.footprint;
        frame.widening = config.mosaic.widen ? std::max(1.0, resolution / footprint.sampling_distance) : 1.0;
        frame.uneven = config.mosaic.widen && footprint.coarsest > evenly_sampled * footprint.finest;
    }
    std::vector<Footprint> footprints;
    footprints.reserve(mission.frames.size());
    for (const PlannedFrame& frame : mission.frames) footprints.push_back(frame.footprint);
    if (std::none_of(footprints.begin(), footprints.end(),
                     [&](const Footprint& f) { return f.bounds.overlaps(mission.grid.bounds()); })) {
        Bounds all = footprints.front().bounds;
        for (const Footprint& footprint : footprints) all = united(all, footprint.bounds);
        problems.push_back(
            {config.file.string(), 0, 0, "output.bounds",
             fmt::format("no frame of mission \"{}\" sees any of it: the frames see {:.3f}, {:.3f} to {:.3f}, {:.3f}",
                         mission.config.name, all.xmin, all.ymin, all.xmax, all.ymax)});
        return;
    }
}

/// Whether any two frames do.
bool overlap(const PlannedMission& mission) {
    for (std::int64_t tile = 0; tile < Tiling(mission.grid).count(); ++tile) {
        const std::span<const std::size_t> frames = mission.tile_frames.at(tile);
        for (const std::size_t a : frames)
            for (const std::size_t b : frames)
                if (a < b && mission.frames[a].footprint.bounds.overlaps(mission.frames[b].footprint.bounds))
                    return true;
    }
    return false;
}

/// Of a pixel: what is not its samples (frame, flags, the lattice), and what the list of tiles says of it.
constexpr double mosaic_rest = 0.05 + 0.04, change_rest = 0.05 + 0.01;

/// Counted before the frame lists are made.
std::uintmax_t disk_needed(const Plan& plan, const DiskUse& use) {
    double bytes = 0;
    const auto add = [&](const std::string& product, double size) { bytes += use ? use(product, size) : size; };
    const double share = stored_share(plan.config.output.compression);
    const int layers = plan.config.mosaic.analysis_layer ? 2 : 1;
    for (const PlannedMission& mission : plan.missions) {
        double covered = 0;
        for (const PlannedFrame& frame : mission.frames) {
            const Bounds seen = shared(frame.footprint.bounds, mission.grid.bounds());
            if (!seen.empty()) covered += (seen.xmax - seen.xmin) * (seen.ymax - seen.ymin);
        }
        const double pixels =
            std::min(covered / (mission.grid.resolution * mission.grid.resolution),
                     static_cast<double>(mission.grid.width) * static_cast<double>(mission.grid.height));
        add(mission.config.name,
            pixels *
                (layers * mission.layout.bands * static_cast<double>(sample_size(mission.type)) * share + mosaic_rest));
    }
    for (const PlannedChange& change : plan.changes)
        add(change_name(change.config), static_cast<double>(change.grid.width) *
                                            static_cast<double>(change.grid.height) *
                                            ((change.config.evidence ? 8 : 2) * share + change_rest));
    return static_cast<std::uintmax_t>(std::min(bytes, 1e18)) + (4U << 20);
}

void check_folder(const Plan& plan, std::vector<Problem>& problems) {
    std::error_code error;
    std::filesystem::path folder = plan.config.output.folder;
    while (!folder.empty() && !std::filesystem::exists(folder, error) && folder != folder.parent_path())
        folder = folder.parent_path();
    const auto complain = [&](const std::string& message) {
        problems.push_back({plan.config.file.string(), 0, 0, "output.folder", message});
    };
    if (!std::filesystem::is_directory(folder, error)) {
        complain(fmt::format("{} cannot be made: {} is a file, not a folder", plan.config.output.folder.string(),
                             folder.string()));
        return;
    }
    if (access(folder.c_str(), W_OK | X_OK) != 0) {
        complain(fmt::format("{} cannot be written to: {} ({})", plan.config.output.folder.string(), folder.string(),
                             std::generic_category().message(errno)));
        return;
    }
    const auto space = std::filesystem::space(folder, error);
    if (!error && space.available < plan.disk_bytes)
        complain(
            fmt::format("{} has {} MB free, about {} MB are still to be written (coarser output.resolution_m, smaller "
                        "output.bounds, or another folder)",
                        plan.config.output.folder.string(), space.available >> 20, plan.disk_bytes >> 20));
}

void plan_change(Plan& plan, const ChangeConfig& change, const GridOrigin& origin, std::vector<Problem>& problems) {
    const auto find = [&](const std::string& name) {
        return static_cast<std::size_t>(std::find_if(plan.missions.begin(), plan.missions.end(),
                                                     [&](const PlannedMission& m) { return m.config.name == name; }) -
                                        plan.missions.begin());
    };
    PlannedChange planned;
    planned.config = change;
    planned.before = find(change.before);
    planned.after = find(change.after);
    const Grid &a = plan.missions[planned.before].grid, &b = plan.missions[planned.after].grid;
    const Bounds both = shared(a.bounds(), b.bounds());
    if (both.empty()) {
        Problem problem = change.where;
        problem.key = "change";
        problem.message =
            fmt::format("missions \"{}\" and \"{}\" have no ground in common: {:.1f}, {:.1f} to {:.1f}, {:.1f} and "
                        "{:.1f}, {:.1f} to {:.1f}, {:.1f} (are both poses in the CRS that the config says?)",
                        change.before, change.after, a.bounds().xmin, a.bounds().ymin, a.bounds().xmax, a.bounds().ymax,
                        b.bounds().xmin, b.bounds().ymin, b.bounds().xmax, b.bounds().ymax);
        problems.push_back(problem);
        return;
    }
    planned.grid = snapped(a.crs_wkt, both, a.resolution, origin);
    plan.changes.push_back(planned);
}

/// Where metres of the map are not those of the ground, as in a CRS of another place, or EPSG:3857.
void warn_of_scale(const PlannedMission& mission, double units, std::vector<std::string>& warnings) {
    const double scale = mission.unit_m / units;
    if (std::abs(scale - 1) < 0.01) return;
    warnings.push_back(fmt::format("mission \"{}\": a metre of the output CRS is {:.3f} m on the ground there; "
                                   "output.resolution_m and areas of objects are in the former, sampling distances in "
                                   "the latter",
                                   mission.config.name, scale));
}

/// Gains of another run have to be of these frames.
void check_adjustment(const PlannedMission& mission, const MosaicConfig& config, std::vector<Problem>& problems) {
    if (config.adjustment.empty()) return;
    try {
        read_adjustment(adjustment_path(config.adjustment, mission.config.name), mission);
    } catch (const InputError& error) {
        problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
}

/// Where the missions of a change have more bands in common than are compared.
void warn_of_bands(const Plan& plan, const PlannedChange& change, std::vector<std::string>& warnings) {
    const std::vector<std::string> left_out = bands_not_compared(
        plan.missions[change.before].band_names, plan.missions[change.after].band_names, change_max_bands);
    if (left_out.empty()) return;
    warnings.push_back(fmt::format("change of \"{}\" to \"{}\": {} bands are compared; left out of those that both "
                                   "missions have: {}",
                                   change.config.before, change.config.after, change_max_bands,
                                   fmt::join(left_out, ", ")));
}

} // namespace

Plan make_plan(const Config& config, int threads, std::int64_t memory_bytes, const DiskUse& use,
               TerrainOverviews* overviews) {
    Plan plan;
    plan.config = config;
    plan.threads = threads;
    plan.memory_bytes = memory_bytes;

    plan.posts = std::make_shared<PostCache>(memory_bytes / posts_share, threads); // little else is held by now
    Scan scanned = scan(config, overviews, plan.posts); // throws with all that is wrong with the files
    plan.missions = std::move(scanned.missions);
    plan.warnings = std::move(scanned.warnings);

    std::vector<Problem> problems;
    const double units = metres_per_unit(scanned.map_crs);
    const GridOrigin origin = find_origin(plan.missions, config.output.resolution_m / units);
    for (PlannedMission& mission : plan.missions) lay_out(mission, config, scanned.map_crs, units, origin, problems);
    for (const PlannedMission& mission : plan.missions) check_adjustment(mission, config.mosaic, problems);
    if (problems.empty())
        for (const ChangeConfig& change : config.changes) plan_change(plan, change, origin, problems);
    if (problems.empty()) {
        plan.disk_bytes = disk_needed(plan, use);
        check_folder(plan, problems);
    }
    if (problems.empty()) plan.memory = plan_memory(plan, problems);
    if (!problems.empty()) throw InputError(std::move(problems));
    plan.posts->blocks().limit(plan.memory.post_cache);

    for (PlannedMission& mission : plan.missions) {
        warn_of_scale(mission, units, plan.warnings);
        const auto warnings = resolution_warnings(mission.config.name, mission.frames,
                                                  mission.grid.resolution * mission.unit_m, config.resolution);
        plan.warnings.insert(plan.warnings.end(), warnings.begin(), warnings.end());
        if (std::string warning = widening_warning(mission.config.name, mission.frames,
                                                   mission.grid.resolution * mission.unit_m, config.mosaic.resampling);
            !warning.empty())
            plan.warnings.push_back(std::move(warning));
        std::vector<Footprint> footprints;
        footprints.reserve(mission.frames.size());
        for (const PlannedFrame& frame : mission.frames) footprints.push_back(frame.footprint);
        mission.tile_frames = TileFrames(mission.grid, footprints, touch_margin_px * mission.grid.resolution);
        if (mission.config.camera == CameraKind::frame && mission.frames.size() > 1 && !overlap(mission))
            plan.warnings.push_back(fmt::format(
                "mission \"{}\": no two of its {} frames overlap: are the poses' heights above sea level (not above "
                "ground), the focal length and the terrain's heights right?",
                mission.config.name, mission.frames.size()));
    }
    for (const PlannedChange& change : plan.changes) warn_of_bands(plan, change, plan.warnings);
    for (PlannedMission& mission : plan.missions)
        for (const PlannedMission& other : plan.missions)
            if (other.config.name == mission.config.match_view_of)
                mission.matched_views = std::make_shared<const MatchedViews>(other);
    return plan;
}

} // namespace overflight
