// SPDX-License-Identifier: Apache-2.0
#include "stages/balance_survey.h"

#include "core/quantile.h"
#include "stages/sample_frame.h"

#include <algorithm>
#include <cmath>

namespace overflight {
namespace {

constexpr int window_side = 64;
constexpr int windows_per_frame = 24;     ///< aimed at; the solution hardly moves beyond
constexpr double deep_shadow = 0.4;       ///< of the window's median brightness
constexpr double disagreement = 3;        ///< in scatters, beyond which two frames do not show the same
constexpr double least_relevance = 0.03;  ///< of a pair that no seam lies between
constexpr std::size_t least_common = 256; ///< pixels; of fewer there is no telling what scatters

/// Samples at the ends of the range are clipped: they say nothing about the exposure.
bool exposed(float value) {
    return std::isfinite(value);
}
/// Bytes mostly follow a curve that flattens towards white: far up, brightness no longer scales with the exposure.
bool exposed(std::uint8_t value) {
    constexpr int shoulder = 198;
    return value > 1 && value < shoulder;
}
/// Words seldom use all of their bits: where they use fewer, the last value is where they are clipped.
bool exposed(std::uint16_t value) {
    constexpr int fewest_bits = 1023, nearly_all = 64880;
    const bool last = value >= fewest_bits && (value & (value + 1)) == 0;
    return value > 1 && value < nearly_all && !last;
}

/// Samples of a pixel, all bands.
template <typename Sample>
class Pixels {
public:
    Pixels(const LaneLayout& layout, const SampledPart& part) {
        for (int band = 0; band < layout.bands; ++band) {
            const auto group = static_cast<std::size_t>(band / 4);
            starts_.push_back(reinterpret_cast<const Sample*>(part.groups[group].data()) + band % 4);
            strides_.push_back(static_cast<std::size_t>(layout.lanes_in(band / 4)));
        }
    }
    Sample at(std::size_t band, std::size_t pixel) const { return starts_[band][pixel * strides_[band]]; }
    std::size_t bands() const { return starts_.size(); }

private:
    std::vector<const Sample*> starts_;
    std::vector<std::size_t> strides_;
};

struct Common {
    std::uint32_t pixel = 0;
    float a = 0, b = 0; ///< sums over the bands
};

/// Pixels that both frames expose, without deep shadow and without what does not look the same in both.
template <typename Sample>
std::vector<Common> common_pixels(const SampledPart& a, const SampledPart& b, const Pixels<Sample>& in_a,
                                  const Pixels<Sample>& in_b) {
    std::vector<Common> common;
    for (std::size_t i = 0; i < a.valid.size(); ++i) {
        if (a.valid[i] == 0 || b.valid[i] == 0) continue;
        Common both{static_cast<std::uint32_t>(i), 0, 0};
        bool usable = true;
        for (std::size_t band = 0; band < in_a.bands() && usable; ++band) {
            const Sample va = in_a.at(band, i), vb = in_b.at(band, i);
            usable = exposed(va) && exposed(vb);
            both.a += static_cast<float>(va);
            both.b += static_cast<float>(vb);
        }
        if (usable) common.push_back(both);
    }
    if (common.size() < least_common) return common;
    std::vector<float> values(common.size());
    const auto collect = [&](const auto& value) {
        values.resize(common.size());
        std::transform(common.begin(), common.end(), values.begin(), value);
        return median(values);
    };
    const float shadow_a = static_cast<float>(deep_shadow) * collect([](const Common& c) { return c.a; });
    const float shadow_b = static_cast<float>(deep_shadow) * collect([](const Common& c) { return c.b; });
    std::erase_if(common, [&](const Common& c) { return c.a < shadow_a || c.b < shadow_b || c.a <= 0 || c.b <= 0; });
    if (common.size() < least_common) return common;
    const float ratio = collect([](const Common& c) { return c.a / c.b; });
    const float scatter = 1.4826F * collect([&](const Common& c) { return std::abs(c.a / c.b - ratio); });
    const float most = static_cast<float>(disagreement) * std::max(scatter, 0.01F * std::abs(ratio));
    std::erase_if(common, [&](const Common& c) { return std::abs(c.a / c.b - ratio) > most; });
    return common;
}

/// 0 in a reference, which has no falloff.
double relative_radius2(const PlannedMission& mission, std::size_t frame, const SampledPart& part, std::size_t pixel) {
    if (frame >= mission.frames.size()) return 0;
    const FrameHeader& header = mission.frames[frame].header;
    const double half_width = (header.width - 1) / 2.0, half_height = (header.height - 1) / 2.0;
    const double dc = part.col[pixel] / static_cast<double>(kernels::phases) - half_width;
    const double dr = part.row[pixel] / static_cast<double>(kernels::phases) - half_height;
    return (dc * dc + dr * dr) / (half_width * half_width + half_height * half_height);
}

/// A frame that shows a window.
struct Shown {
    std::size_t frame = 0;
    SampledPart part;
    double tangent = 0; ///< off-nadir, at the window's middle
};

/// What two frames' agreement counts: seams lie where two frames look at the ground under like angles, and no third
/// one from more above.
double relevance(const std::vector<Shown>& shown, const Shown& a, const Shown& b) {
    const double larger = std::max(a.tangent, b.tangent), smaller = std::min(a.tangent, b.tangent);
    if (!(larger > 0)) return 1;
    for (const Shown& other : shown)
        if (&other != &a && &other != &b && other.tangent < larger) return least_relevance;
    const double like = 1 - 2 * (larger - smaller) / (larger + smaller);
    return std::max(least_relevance, like);
}

template <typename Sample>
void compare(const PlannedMission& mission, const Shown& first, const Shown& second, double counts, Overlaps& out) {
    const SampledPart &a = first.part, &b = second.part;
    const Pixels<Sample> in_a(mission.layout, a), in_b(mission.layout, b);
    const std::vector<Common> common = common_pixels(a, b, in_a, in_b);
    if (common.empty()) return;
    Overlaps::Pair pair{static_cast<std::uint32_t>(first.frame), static_cast<std::uint32_t>(second.frame), 0, 0};
    double radius2_a = 0, radius2_b = 0;
    for (const Common& c : common) {
        radius2_a += relative_radius2(mission, first.frame, a, c.pixel);
        radius2_b += relative_radius2(mission, second.frame, b, c.pixel);
    }
    const auto count = static_cast<double>(common.size());
    pair.radius2_a = static_cast<float>(radius2_a / count);
    pair.radius2_b = static_cast<float>(radius2_b / count);
    out.pairs.push_back(pair);
    for (std::size_t band = 0; band < in_a.bands(); ++band) {
        double sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0;
        for (const Common& c : common) {
            const double va = in_a.at(band, c.pixel), vb = in_b.at(band, c.pixel);
            sum_a += va, sum_b += vb;
            sum_aa += va * va, sum_bb += vb * vb;
        }
        const double mean_a = sum_a / count, mean_b = sum_b / count;
        out.statistics.push_back({static_cast<float>(count * counts), static_cast<float>(mean_a),
                                  static_cast<float>(mean_b),
                                  static_cast<float>(std::sqrt(std::max(0.0, sum_aa / count - mean_a * mean_a))),
                                  static_cast<float>(std::sqrt(std::max(0.0, sum_bb / count - mean_b * mean_b)))});
    }
}

} // namespace

std::vector<std::pair<std::int64_t, Window>> survey_windows(const PlannedMission& mission, std::size_t frames) {
    const Tiling tiling(mission.grid);
    std::vector<std::int64_t> shared;
    for (std::int64_t tile = 0; tile < tiling.count(); ++tile)
        if (mission.tile_frames.at(tile).size() >= frames) shared.push_back(tile);
    std::vector<std::pair<std::int64_t, Window>> windows;
    if (shared.empty()) return windows;
    // few tiles: several windows in each; many: every n-th tile
    const std::size_t wanted = windows_per_frame * mission.frames.size();
    const int per_side = std::clamp(
        static_cast<int>(std::ceil(std::sqrt(static_cast<double>(wanted) / static_cast<double>(shared.size())))), 1, 4);
    const std::size_t stride = std::max<std::size_t>(1, shared.size() / wanted);
    for (std::size_t i = 0; i < shared.size(); i += stride) {
        const Window tile = tiling.window(shared[i]);
        for (int r = 0; r < per_side; ++r) {
            for (int c = 0; c < per_side; ++c) {
                const int side_x = tile.width / per_side, side_y = tile.height / per_side;
                const int width = std::min(window_side, side_x), height = std::min(window_side, side_y);
                if (width == 0 || height == 0) continue;
                windows.emplace_back(shared[i], Window{tile.col + c * side_x + (side_x - width) / 2,
                                                       tile.row + r * side_y + (side_y - height) / 2, width, height});
            }
        }
    }
    return windows;
}

Overlaps survey_window(const PlannedMission& mission, FrameCache& cache, std::int64_t tile, const Window& window,
                       const BalanceReference* reference, FrameCache* reference_cache) {
    TileHeights heights;
    mission.terrain->heights(mission.grid, window, heights);
    const TileGround ground(mission.grid, window, *mission.space, heights);
    const std::vector<kernels::LaneRadiometry> as_is(static_cast<std::size_t>(mission.layout.groups()));
    kernels::PhaseTable table;

    std::vector<Shown> shown;
    const auto middle_height = static_cast<double>(
        heights.height[static_cast<std::size_t>(window.height / 2 * window.width + window.width / 2)]);
    const Eigen::Vector3d middle =
        ground.exact(window.width / 2.0, window.height / 2.0,
                     std::isfinite(middle_height) ? static_cast<float>(middle_height) : heights.range.min);
    for (const std::size_t frame : mission.tile_frames.at(tile)) {
        const PlannedFrame& planned = mission.frames[frame];
        const FrameLocator locator(ground, *planned.camera);
        SampledPart part;
        if (!locate_part(locator, planned.header, {0, 0, window.width, window.height}, part)) continue;
        kernels::make_phase_table(kernels::Interpolation::bilinear, planned.widening, table);
        sample_part(cache, frame, table, as_is, part);
        shown.push_back({frame, std::move(part), planned.camera->off_nadir_tangent(middle)});
    }
    if (reference != nullptr && !shown.empty()) {
        const TileGround there(mission.grid, window, reference->space(), heights);
        const FrameLocator locator(there, reference->camera());
        SampledPart part;
        if (locate_part(locator, reference->header(), {0, 0, window.width, window.height}, part)) {
            kernels::make_phase_table(kernels::Interpolation::bilinear, 1, table);
            sample_part(*reference_cache, 0, table, as_is, part);
            shown.push_back({mission.frames.size(), std::move(part), 0});
        }
    }
    Overlaps overlaps;
    overlaps.bands = mission.layout.bands;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        for (std::size_t j = i + 1; j < shown.size(); ++j) {
            const bool to_reference = shown[j].frame == mission.frames.size();
            const double counts = to_reference ? 1 : relevance(shown, shown[i], shown[j]);
            switch (mission.type) {
            case SampleType::u8:
                compare<std::uint8_t>(mission, shown[i], shown[j], counts, overlaps);
                break;
            case SampleType::u16:
                compare<std::uint16_t>(mission, shown[i], shown[j], counts, overlaps);
                break;
            case SampleType::f32:
                compare<float>(mission, shown[i], shown[j], counts, overlaps);
                break;
            }
        }
    }
    return overlaps;
}

BalanceTask balance_task(const PlannedMission& mission, const MosaicConfig& config) {
    BalanceTask task;
    const bool frame_camera = mission.config.camera == CameraKind::frame;
    task.bands = mission.layout.bands;
    task.offsets = config.balance == Balance::gain_offset;
    task.vignetting = config.vignetting && frame_camera;
    task.slope = config.view_angle && frame_camera;
    for (const PlannedFrame& frame : mission.frames) {
        const Bounds& b = frame.footprint.bounds;
        task.cameras = std::max(task.cameras, frame.camera_number + 1);
        task.frames.push_back({frame.camera_number, (b.xmin + b.xmax) / 2, (b.ymin + b.ymax) / 2,
                               std::max(b.xmax - b.xmin, b.ymax - b.ymin) / 2});
        if (frame.header.path == mission.config.reference_frame)
            task.reference = static_cast<std::ptrdiff_t>(task.frames.size()) - 1;
    }
    if (!mission.config.reference_mosaic.empty()) {
        task.slope = false;
        task.reference = static_cast<std::ptrdiff_t>(task.frames.size());
        task.frames.push_back({task.cameras++, 0, 0, 0});
    }
    return task;
}

} // namespace overflight
