// SPDX-License-Identifier: Apache-2.0
#include "stages/ground_resolution.h"

#include "stages/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace overflight {
namespace {

constexpr std::size_t most_named = 3;

TableColumn column(TableColumn::Type type, const char* name, const char* units, std::string description) {
    TableColumn result;
    result.type = type;
    result.name = name;
    result.units = units;
    result.description = std::move(description);
    return result;
}

} // namespace

GroundResolution ground_resolution(const Footprint& footprint, const MissionCameras::Pose& pose, CameraKind camera,
                                   double units, const ResolutionConfig& config) {
    GroundResolution result;
    result.finest = footprint.finest * units;
    result.median = footprint.median * units;
    result.coarsest = footprint.coarsest * units;
    result.height = camera == CameraKind::frame ? pose.z - footprint.z : std::numeric_limits<double>::quiet_NaN();
    const bool by_height = config.hmin_m > 0 && std::isfinite(result.height);
    result.estimate = by_height ? config.limit_m * result.height / config.hmin_m : result.finest;
    result.too_low = config.limit_m > 0 && (by_height ? result.height < config.hmin_m : result.finest < config.limit_m);
    return result;
}

std::vector<std::string> resolution_warnings(const std::string& mission, std::span<const PlannedFrame> frames,
                                             double output_resolution, const ResolutionConfig& config) {
    std::vector<std::string> warnings;
    if (config.limit_m == 0) return warnings;
    const std::string limit =
        fmt::format("the limit of {} m{}", config.limit_m,
                    config.category.empty() ? "" : fmt::format(" for {} sensors", config.category));
    if (output_resolution < config.limit_m)
        warnings.push_back(fmt::format("mission {}: the products are sampled at {} m, finer than {}", mission,
                                       output_resolution, limit));
    std::vector<const PlannedFrame*> low;
    for (const PlannedFrame& frame : frames)
        if (frame.resolution.too_low) low.push_back(&frame);
    if (low.empty()) return warnings;
    std::stable_sort(low.begin(), low.end(), [](const PlannedFrame* a, const PlannedFrame* b) {
        return a->resolution.estimate < b->resolution.estimate;
    });
    std::vector<std::string> names;
    for (const PlannedFrame* frame : low) {
        if (names.size() == most_named) break;
        const std::string name = frame->header.path.filename().string();
        names.push_back(std::isfinite(frame->resolution.height)
                            ? fmt::format("{} ({:.3f} m from {:.0f} m above ground)", name, frame->resolution.estimate,
                                          frame->resolution.height)
                            : fmt::format("{} ({:.3f} m)", name, frame->resolution.estimate));
    }
    warnings.push_back(fmt::format(
        "mission {}: {} of {} frames may resolve more than {}{}; finest: {}{} (an estimate from the geometry and the "
        "config's figures)",
        mission, low.size(), frames.size(), limit,
        config.hmin_m > 0 ? fmt::format(", with hmin_m = {}", config.hmin_m) : "", fmt::join(names, ", "),
        low.size() > most_named ? ", ..." : ""));
    return warnings;
}

std::vector<TableColumn> resolution_columns(std::span<const PlannedFrame> frames, const ResolutionConfig& config) {
    using Type = TableColumn::Type;
    std::vector<TableColumn> columns = {
        column(Type::real, "sampling_distance_min", "m", "finest ground sampling distance over the footprint"),
        column(Type::real, "sampling_distance_median", "m", "median ground sampling distance over the footprint"),
        column(Type::real, "sampling_distance_max", "m", "coarsest ground sampling distance over the footprint")};
    for (const PlannedFrame& frame : frames) {
        columns[0].real.push_back(frame.resolution.finest);
        columns[1].real.push_back(frame.resolution.median);
        columns[2].real.push_back(frame.resolution.coarsest);
    }
    if (config.limit_m == 0) return columns;
    TableColumn height = column(Type::real, "height_above_ground", "m", "of the camera, over the frame's centre");
    TableColumn estimate = column(Type::real, "ground_resolution", "m",
                                  config.hmin_m > 0 ? "estimate: limit_m * height_above_ground / hmin_m"
                                                    : "estimate: sampling_distance_min");
    TableColumn flag =
        column(Type::integer, "too_low", "1", "1 where the estimate is finer than the limit, see provenance");
    for (const PlannedFrame& frame : frames) {
        height.real.push_back(frame.resolution.height);
        estimate.real.push_back(frame.resolution.estimate);
        flag.integer.push_back(frame.resolution.too_low ? 1 : 0);
    }
    columns.insert(columns.end(), {height, estimate, flag});
    return columns;
}

} // namespace overflight
