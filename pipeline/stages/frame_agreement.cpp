// SPDX-License-Identifier: Apache-2.0
#include "stages/frame_agreement.h"

#include "core/quantile.h"
#include "kernels/interleave.h"
#include "stages/change_registration.h"
#include "stages/locate.h"
#include "stages/sample_frame.h"
#include "stages/united.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

namespace overflight {
namespace {

constexpr int reach_px = 16;
constexpr double pixels_across = 1000; ///< a frame, about
constexpr std::size_t most_frames = 12;
constexpr int fewest_places = 4;      ///< of fewer nothing is said
constexpr double least_fitting = 0.5; ///< share of the places; trees and water show nothing alike now and then
constexpr double largest_shift = 2;   ///< pixels of the mosaic, in the median: roofs and crowns move single places
constexpr double least_shown = 0.6;   ///< share of a window that both frames have to show

/// A frame over a window, band by band.
struct Look {
    std::vector<std::vector<std::byte>> bands;
    std::vector<std::uint8_t> valid;
    MissionView view;
};

template <typename Sample>
void take_bands(const LaneLayout& layout, const SampledPart& part, Look& out) {
    const auto pixels = static_cast<std::size_t>(part.part.pixels());
    out.bands.assign(static_cast<std::size_t>(layout.bands), std::vector<std::byte>(pixels * sizeof(Sample)));
    for (int group = 0; group < layout.groups(); ++group) {
        Sample* rows[4] = {};
        for (int lane = 0; lane < layout.bands_in(group); ++lane)
            rows[lane] = reinterpret_cast<Sample*>(out.bands[static_cast<std::size_t>(4 * group + lane)].data());
        kernels::unpack_lanes(reinterpret_cast<const Sample*>(part.groups[static_cast<std::size_t>(group)].data()),
                              layout.lanes_in(group), pixels, rows);
    }
}

Look look_of(const PlannedMission& mission, const Window& window, const SampledPart& part) {
    Look look;
    switch (mission.type) {
    case SampleType::u8:
        take_bands<std::uint8_t>(mission.layout, part, look);
        break;
    case SampleType::u16:
        take_bands<std::uint16_t>(mission.layout, part, look);
        break;
    case SampleType::f32:
        take_bands<float>(mission.layout, part, look);
        break;
    }
    look.valid = part.valid;
    look.view.window = window;
    for (const auto& band : look.bands) look.view.bands.push_back({band.data(), window.width, mission.type});
    look.view.valid = look.valid.data();
    look.view.valid_stride = window.width;
    return look;
}

/// Share of a window's pixels that both show.
double shown_by_both(const MissionView& a, const MissionView& b, const Window& window) {
    std::int64_t count = 0;
    for (std::int64_t row = window.row; row < window.row + window.height; ++row)
        for (std::int64_t col = window.col; col < window.col + window.width; ++col)
            count += a.seen(col, row) && b.seen(col, row) ? 1 : 0;
    return static_cast<double>(count) / static_cast<double>(window.pixels());
}

/// The frame that shares most ground with another, by bounds; none where no other does.
std::optional<std::size_t> neighbour_of(const PlannedMission& mission, std::size_t frame) {
    std::optional<std::size_t> best;
    double most = 0;
    for (std::size_t other = 0; other < mission.frames.size(); ++other) {
        const Bounds both = shared(mission.frames[frame].footprint.bounds, mission.frames[other].footprint.bounds);
        const double area = other == frame || both.empty() ? 0 : (both.xmax - both.xmin) * (both.ymax - both.ymin);
        if (area > most) most = area, best = other;
    }
    return best;
}

Look look_at(const PlannedMission& mission, std::size_t frame, const TileGround& ground, double resolution,
             FrameCache& cache) {
    const PlannedFrame& planned = mission.frames[frame];
    const Window& window = ground.window();
    SampledPart part;
    if (!locate_part(FrameLocator(ground, *planned.camera), planned.header, {0, 0, window.width, window.height}, part))
        return {};
    kernels::PhaseTable table;
    kernels::make_phase_table(kernels::Interpolation::bilinear,
                              std::max(1.0, resolution / planned.footprint.sampling_distance), table);
    const std::vector<kernels::LaneRadiometry> as_is(static_cast<std::size_t>(mission.layout.groups()));
    sample_part(cache, frame, table, as_is, part);
    return look_of(mission, window, part);
}

} // namespace

FrameComparison::FrameComparison(const PlannedMission& mission) : mission_(mission) {
    std::vector<double> sampled, extents;
    Bounds all = mission.frames.front().footprint.bounds;
    for (const PlannedFrame& frame : mission.frames) {
        const Bounds& b = frame.footprint.bounds;
        all = united(all, b);
        sampled.push_back(frame.footprint.sampling_distance);
        extents.push_back(std::sqrt((b.xmax - b.xmin) * (b.ymax - b.ymin)));
    }
    grid_.crs_wkt = mission.grid.crs_wkt;
    grid_.resolution = std::max(median(sampled), median(extents) / pixels_across);
    grid_.west = all.xmin;
    grid_.north = all.ymax;
    grid_.width = std::llround((all.xmax - all.xmin) / grid_.resolution);
    grid_.height = std::llround((all.ymax - all.ymin) / grid_.resolution);

    constexpr int side = registration_window;
    const std::size_t frames = std::min(most_frames, mission.frames.size());
    std::set<std::pair<std::size_t, std::size_t>> pairs; // most are each other's neighbours
    for (std::size_t i = 0; i < frames; ++i) {
        const std::size_t a = i * mission.frames.size() / frames;
        const std::optional<std::size_t> b = neighbour_of(mission, a);
        if (!b || !pairs.insert(std::minmax(a, *b)).second) continue;
        const Bounds both = shared(mission.frames[a].footprint.bounds, mission.frames[*b].footprint.bounds);
        for (const auto& [u, v] : {std::pair(0.3, 0.3), {0.7, 0.3}, {0.5, 0.5}, {0.3, 0.7}, {0.7, 0.7}}) {
            const double x = std::lerp(both.xmin, both.xmax, u), y = std::lerp(both.ymin, both.ymax, v);
            const auto col = static_cast<std::int64_t>((x - grid_.west) / grid_.resolution),
                       row = static_cast<std::int64_t>((grid_.north - y) / grid_.resolution);
            windows_.push_back({a, *b, {col - side / 2, row - side / 2, side, side}});
        }
    }
}

std::optional<float> FrameComparison::shift_m(const SharedWindow& place, FrameCache& cache) const {
    const Window& window = place.window;
    const int margin = registration_margin(reach_px);
    const Window wide{window.col - margin, window.row - margin, window.width + 2 * margin, window.height + 2 * margin};
    TileHeights heights;
    mission_.terrain->heights(grid_, wide, heights);
    const TileGround ground(grid_, wide, *mission_.space, heights);
    Look a = look_at(mission_, place.a, ground, grid_.resolution, cache);
    if (a.bands.empty()) return {};
    Look b = look_at(mission_, place.b, ground, grid_.resolution, cache);
    if (b.bands.empty() || shown_by_both(a.view, b.view, window) < least_shown) return {};
    if (const WindowShift shift = measure_shift(a.view, b.view, window, reach_px); shift.usable)
        return static_cast<float>(std::hypot(shift.dx, shift.dy) * grid_.resolution * mission_.unit_m);
    for (std::size_t i = 0; i < a.valid.size(); ++i) a.valid[i] = b.valid[i] = a.valid[i] & b.valid[i];
    for (const Look* look : {&a, &b}) // what does not match itself has no texture, or too little ground is shared
        if (!measure_shift(look->view, look->view, window, reach_px).usable) return {};
    return std::numeric_limits<float>::quiet_NaN();
}

FrameAgreement FrameComparison::agreement(std::span<const std::optional<float>> shifts) const {
    FrameAgreement agreement;
    std::vector<float> found;
    for (const std::optional<float>& shift : shifts) {
        if (!shift) continue;
        ++agreement.places;
        if (!std::isnan(*shift)) found.push_back(*shift);
    }
    agreement.fitting = static_cast<std::int32_t>(found.size());
    agreement.shift_m = found.empty() ? std::numeric_limits<float>::quiet_NaN() : median(found);
    agreement.pixel_m = static_cast<float>(grid_.resolution * mission_.unit_m);
    return agreement;
}

std::string agreement_warning(const PlannedMission& mission, const FrameAgreement& agreement) {
    if (agreement.places < fewest_places) return {};
    const double pixel = mission.grid.resolution * mission.unit_m;
    const char* likely = "are heights, angles and cameras right?";
    if (agreement.fitting < least_fitting * agreement.places)
        return fmt::format(
            "mission \"{}\": overlapping frames do not fit each other: in {} of {} places they show nothing "
            "alike within {:.3g} m; {}",
            mission.config.name, agreement.places - agreement.fitting, agreement.places, reach_px * agreement.pixel_m,
            likely);
    if (agreement.shift_m > std::max<double>(largest_shift * pixel, agreement.pixel_m))
        return fmt::format(
            "mission \"{}\": overlapping frames lie {:.3g} m ({:.1f} pixels) apart, the median of {} places; "
            "{}",
            mission.config.name, agreement.shift_m, agreement.shift_m / pixel, agreement.fitting, likely);
    return {};
}

} // namespace overflight
