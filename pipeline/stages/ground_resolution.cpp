// SPDX-License-Identifier: Apache-2.0
#include "stages/ground_resolution.h"

#include "core/quality.h"
#include "core/quantile.h"
#include "stages/compose.h"
#include "stages/plan.h"
#include "stages/sample_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace overflight {
namespace {

constexpr std::size_t most_named = 3;
constexpr double idle_sampling = 5;     ///< times finer than the frames: nobody gains anything by it
constexpr double scale_of_maps = 0.005; ///< a UTM zone's metres are off by up to 0.1 %, wider zones' by a little more

/// The frame that shows the middle of a block of pixels, else the first that shows any of it.
std::uint32_t frame_of(const ComposedTile& tile, int row, int col, int rows, int cols) {
    const auto at = [&](int r, int c) {
        return tile.source_frame[static_cast<std::size_t>((row + r) * tile.chunk_width + col + c)];
    };
    std::uint32_t frame = at(rows / 2, cols / 2);
    for (int r = 0; r < rows && frame == quality::no_frame; ++r)
        for (int c = 0; c < cols && frame == quality::no_frame; ++c) frame = at(r, c);
    return frame;
}

} // namespace

GroundResolution ground_resolution(const Footprint& footprint, const MissionCameras::Pose& pose, CameraKind camera,
                                   double unit_m, const ResolutionConfig& config) {
    GroundResolution result;
    result.finest = footprint.finest * unit_m;
    result.median = footprint.median * unit_m;
    result.coarsest = footprint.coarsest * unit_m;
    result.height = camera == CameraKind::frame ? pose.z - footprint.z : std::numeric_limits<double>::quiet_NaN();
    const bool by_height = config.hmin_m > 0 && std::isfinite(result.height);
    result.estimate = by_height ? config.limit_m * result.height / config.hmin_m : result.finest;
    result.too_low = config.limit_m > 0 && (by_height ? result.height < config.hmin_m : result.finest < config.limit_m);
    return result;
}

bool finer_than_limit(double output_resolution, const ResolutionConfig& config) {
    return output_resolution < config.limit_m * (1 - scale_of_maps);
}

std::string widening_warning(const std::string& mission, std::span<const PlannedFrame> frames, double output_resolution,
                             Resampling resampling) {
    const double widest = kernels::widest(kernel_of(resampling));
    const auto finest = std::ranges::max_element(frames, {}, &PlannedFrame::widening);
    if (resampling == Resampling::nearest || finest == frames.end() || finest->widening <= widest) return {};
    return fmt::format(
        "mission {}: the products are sampled at {:.3g} m, {:.0f} times coarser than the finest frames' "
        "{:.3g} m, of which the kernel takes in {:.0f} times: finer patterns may show as others that are "
        "not there{} (are output.resolution_m in metres and the cameras' focal length in the unit of "
        "their sensor_size?)",
        mission, output_resolution, finest->widening, output_resolution / finest->widening, widest,
        resampling == Resampling::bilinear ? ""
                                           : fmt::format("; mosaic.resampling = \"bilinear\" takes in {:.0f} times",
                                                         kernels::widest(kernels::Interpolation::bilinear)));
}

std::vector<std::string> resolution_warnings(const std::string& mission, std::span<const PlannedFrame> frames,
                                             double output_resolution, const ResolutionConfig& config) {
    std::vector<std::string> warnings;
    std::vector<double> medians;
    for (const PlannedFrame& frame : frames) medians.push_back(frame.resolution.median);
    if (const double usual = median(medians); output_resolution * idle_sampling < usual)
        warnings.push_back(fmt::format("mission {}: the products are sampled at {:.3g} m, {:.0f} times finer than the "
                                       "frames' {:.3g} m: is output.resolution_m in metres?",
                                       mission, output_resolution, usual / output_resolution, usual));
    if (config.limit_m == 0) return warnings;
    const std::string limit =
        fmt::format("the limit of {} m{}", config.limit_m,
                    config.category.empty() ? "" : fmt::format(" for {} sensors", config.category));
    if (finer_than_limit(output_resolution, config))
        warnings.push_back(fmt::format("mission {}: the products are sampled at {:.4g} m, finer than {}", mission,
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

RunReport::Resolution resolution_summary(const std::string& mission, std::span<const PlannedFrame> frames,
                                         const ResolutionConfig& config) {
    RunReport::Resolution summary;
    summary.mission = mission;
    summary.category = config.category;
    summary.limit_m = config.limit_m;
    summary.hmin_m = config.hmin_m;
    summary.frames = static_cast<std::int64_t>(frames.size());
    summary.finest = std::numeric_limits<double>::infinity();
    std::vector<double> medians;
    for (const PlannedFrame& frame : frames) {
        summary.finest = std::min(summary.finest, frame.resolution.finest);
        summary.coarsest = std::max(summary.coarsest, frame.resolution.coarsest);
        medians.push_back(frame.resolution.median);
        if (frame.resolution.too_low) ++summary.too_low;
    }
    summary.median = median(medians);
    return summary;
}

std::vector<TableColumn> resolution_columns(std::span<const PlannedFrame> frames, const ResolutionConfig& config) {
    using Type = TableColumn::Type;
    std::vector<TableColumn> columns = {
        {Type::real, "sampling_distance_min", "m", "finest ground sampling distance over the footprint"},
        {Type::real, "sampling_distance_median", "m", "median ground sampling distance over the footprint"},
        {Type::real, "sampling_distance_max", "m", "coarsest ground sampling distance over the footprint"}};
    for (const PlannedFrame& frame : frames) {
        columns[0].real.push_back(frame.resolution.finest);
        columns[1].real.push_back(frame.resolution.median);
        columns[2].real.push_back(frame.resolution.coarsest);
    }
    if (config.limit_m == 0) return columns;
    TableColumn height{Type::real, "height_above_ground", "m", "of the camera, over the frame's centre"};
    TableColumn estimate{Type::real, "ground_resolution", "m",
                         config.hmin_m > 0 ? "estimate: limit_m * height_above_ground / hmin_m"
                                           : "estimate: sampling_distance_min"};
    TableColumn flag{Type::integer, "too_low", "1", "1 where the estimate is finer than the limit, see provenance"};
    for (const PlannedFrame& frame : frames) {
        height.real.push_back(frame.resolution.height);
        estimate.real.push_back(frame.resolution.estimate);
        flag.integer.push_back(frame.resolution.too_low ? 1 : 0);
    }
    columns.insert(columns.end(), {height, estimate, flag});
    return columns;
}

void sampling_distances(const PlannedMission& mission, const Window& tile, const ComposedTile& composed,
                        std::vector<float>& distances) {
    const Grid& grid = mission.grid;
    std::vector<std::uint32_t> frames;
    std::vector<Eigen::Vector3d> points; // a node's place, a pixel east of it, a pixel north of it
    for (int row = 0; row < tile.height; row += sampling_step) {
        const int rows = std::min(sampling_step, tile.height - row);
        for (int col = 0; col < tile.width; col += sampling_step) {
            const int cols = std::min(sampling_step, tile.width - col);
            frames.push_back(frame_of(composed, row, col, rows, cols));
            const double x = grid.x(static_cast<double>(tile.col + col) + 0.5 * (cols - 1)),
                         y = grid.y(static_cast<double>(tile.row + row) + 0.5 * (rows - 1));
            const double z = mission.terrain->reduced_height_at(x, y);
            points.insert(points.end(), {{x, y, z}, {x + grid.resolution, y, z}, {x, y + grid.resolution, z}});
        }
    }
    mission.space->from_map(points);
    distances.assign(frames.size(), std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (frames[i] == quality::no_frame) continue;
        const FrameCamera& camera = *mission.frames[frames[i]].camera;
        const ImagePoint at = camera.project(points[3 * i]), east = camera.project(points[3 * i + 1]),
                         north = camera.project(points[3 * i + 2]);
        const double pixels = std::abs((east.col() - at.col()) * (north.row() - at.row()) -
                                       (east.row() - at.row()) * (north.col() - at.col()));
        if (pixels > 0 && std::isfinite(pixels))
            distances[i] = static_cast<float>(grid.resolution * mission.unit_m / std::sqrt(pixels));
    }
}

} // namespace overflight
