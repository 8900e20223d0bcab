// SPDX-License-Identifier: Apache-2.0
#include "stages/compose.h"

#include "core/quality.h"
#include "kernels/interleave.h"
#include "stages/byte_row.h"
#include "stages/part_blender.h"
#include "stages/sample_frame.h"
#include "stages/seams.h"
#include "stages/united.h"
#include "stages/visibility.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <numeric>
#include <optional>
#include <tuple>
#include <type_traits>

namespace overflight {
namespace {

/// Tiles are worked on in parts whose source pixels stay in the second-level cache.
constexpr int part_side = TileSeams::part_side;
static_assert(Tiling::size % part_side == 0);

constexpr std::uint16_t full_weight = 256;

/// Frames whose sampling distance differs little share a kernel.
constexpr double widening_step = 1.0 / 64;

bool has_share(const TileSeams& seams, const std::vector<float>& share, const Window& part) {
    const auto first_col = part.col / seams.cell, last_col = (part.col + part.width - 1) / seams.cell + 2;
    const auto first_row = part.row / seams.cell, last_row = (part.row + part.height - 1) / seams.cell + 2;
    for (auto row = first_row; row <= last_row; ++row)
        for (auto col = first_col; col <= last_col; ++col)
            if (share[static_cast<std::size_t>(row * seams.cols + col)] > 0) return true;
    return false;
}

/// The smallest window (relative to the tile) around the parts of a tile in which a frame has a share.
Window parts_with_share(const TileSeams& seams, const std::vector<float>& share, const Window& tile) {
    int left = tile.width, top = tile.height, right = 0, bottom = 0;
    for (int row = 0; row < tile.height; row += part_side) {
        for (int col = 0; col < tile.width; col += part_side) {
            const Window part{col, row, std::min(part_side, tile.width - col), std::min(part_side, tile.height - row)};
            if (!has_share(seams, share, part)) continue;
            left = std::min(left, col), right = std::max(right, col + part.width);
            top = std::min(top, row), bottom = std::max(bottom, row + part.height);
        }
    }
    return right > left ? Window{left, top, right - left, bottom - top} : Window{};
}

/// A frame's share at every pixel of a part, interpolated between the centres of the cells.
void weigh(const TileSeams& seams, const std::vector<float>& share, const Window& part, std::vector<float>& at_pixel) {
    at_pixel.resize(static_cast<std::size_t>(part.pixels()));
    float* to = at_pixel.data();
    const auto cell_side = static_cast<float>(seams.cell);
    for (int r = 0; r < part.height; ++r) {
        const float y = (static_cast<float>(part.row + r) - seams.first) / cell_side;
        const auto cell_row = static_cast<int>(y);
        const float fy = y - static_cast<float>(cell_row);
        const float* upper = share.data() + static_cast<std::ptrdiff_t>(cell_row) * seams.cols;
        const float* lower = upper + seams.cols;
        for (int c = 0; c < part.width; ++c) {
            const float x = (static_cast<float>(part.col + c) - seams.first) / cell_side;
            const auto cell = static_cast<int>(x);
            const float fx = x - static_cast<float>(cell);
            const float above = upper[cell] + fx * (upper[cell + 1] - upper[cell]);
            const float below = lower[cell] + fx * (lower[cell + 1] - lower[cell]);
            *to++ = above + fy * (below - above);
        }
    }
}

/// Feathered: the shares are the weights. Towards its own border a frame fades out over the feather, so that no step
/// stands where it ends amid others; it keeps a weight of 1, which counts where it is alone.
void feathered_weights(const std::vector<float>& share, const FrameHeader& header, double feather_source_px,
                       const SampledPart& sampled, std::vector<std::uint16_t>& weight) {
    const auto reach = static_cast<std::int32_t>(feather_source_px * kernels::phases) + 1;
    const std::int32_t col_end = (header.width - 1) * kernels::phases, row_end = (header.height - 1) * kernels::phases;
    weight.resize(share.size());
    for (std::size_t i = 0; i < share.size(); ++i) {
        auto value = static_cast<std::int32_t>(share[i] * full_weight + 0.5F);
        // beyond the first pixel is all the same, no_position included
        const std::int32_t col = std::max(sampled.col[i], -1), row = std::max(sampled.row[i], -1);
        const std::int32_t inside = std::min(std::min(col, col_end - col), std::min(row, row_end - row));
        if (value > 0 && inside < reach)
            value = std::max(1, static_cast<std::int32_t>(std::int64_t{value} * std::max(inside, 0) / reach));
        weight[i] = static_cast<std::uint16_t>(value);
    }
}

/// Candidates by their rank and their angle at the middle of a part: the order in which they fill what the seams'
/// frames do not show.
std::vector<std::size_t> by_angle(const PlannedMission& mission, const TileSeams& seams, int tile_width,
                                  const Window& part) {
    std::vector<std::size_t> order(seams.candidates.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (seams.angles.empty()) return order;
    const auto number = static_cast<std::size_t>(part.row / part_side * ((tile_width + part_side - 1) / part_side) +
                                                 part.col / part_side);
    const auto key = [&](std::size_t k) {
        return std::pair(mission.frames[seams.candidates[k]].rank, seams.angles[k][number]);
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
    return order;
}

struct PixelPlace {
    std::uint32_t row = 0, col = 0;
};

/// Where in a part a pixel lies. Most parts are of one size, and division is dear.
PixelPlace split(std::uint32_t pixel, const Window& part) {
    if (part.width == part_side) return {pixel / part_side, pixel % part_side};
    const auto width = static_cast<std::uint32_t>(part.width);
    return {pixel / width, pixel % width};
}

/// The smallest window (relative to the tile) around some pixels of a part, which ascend.
Window box_of(std::span<const std::uint32_t> pixels, const Window& part) {
    std::uint32_t left = static_cast<std::uint32_t>(part.width), right = 0;
    for (const std::uint32_t pixel : pixels) {
        left = std::min(left, split(pixel, part).col);
        right = std::max(right, split(pixel, part).col);
    }
    const std::uint32_t first = split(pixels.front(), part).row, last = split(pixels.back(), part).row;
    return {part.col + left, part.row + first, static_cast<int>(right - left) + 1, static_cast<int>(last - first) + 1};
}

/// A pixel of a part, counted in the tile's chunk.
std::uint32_t place_of(std::uint32_t pixel, const Window& part, const ComposedTile& out) {
    const auto [row, col] = split(pixel, part);
    return static_cast<std::uint32_t>((part.row + row) * out.chunk_width + part.col + col);
}

/// Gives pixels of a band, in all layers, values.
template <typename Sample, typename Value>
void put(int band, std::span<const std::uint32_t> places, ComposedTile& out, const Value& value) {
    for (auto* bands : {&out.bands, &out.hard_bands}) {
        if (bands->empty()) continue;
        auto* plane = reinterpret_cast<Sample*>((*bands)[static_cast<std::size_t>(band)].data());
        for (std::size_t k = 0; k < places.size(); ++k) plane[places[k]] = value(k);
    }
}

/// Adds the pixels of a part that no frame shows yet.
void find_gaps(const Window& part, const ComposedTile& out, std::vector<std::uint32_t>& pixels) {
    constexpr int at_once = 16; // most have none
    for (int r = 0; r < part.height; ++r) {
        const std::uint32_t* line = out.source_frame.data() + (part.row + r) * out.chunk_width + part.col;
        for (int c = 0; c < part.width; c += at_once) {
            const int end = std::min(part.width, c + at_once);
            int any = 0;
            for (int k = c; k < end; ++k) any |= line[k] == quality::no_frame ? 1 : 0;
            for (int k = c; any != 0 && k < end; ++k)
                if (line[k] == quality::no_frame) pixels.push_back(static_cast<std::uint32_t>(r * part.width + k));
        }
    }
}

/// What a pixel that no frame shows holds.
template <typename Sample>
constexpr Sample no_value = std::numeric_limits<Sample>::quiet_NaN(); // 0 for integers

template <typename Sample>
void unpack_part(const std::vector<std::vector<std::byte>>& groups, const LaneLayout& layout, const Window& part,
                 int chunk_width, std::vector<std::vector<std::byte>>& bands) {
    const auto width = static_cast<std::size_t>(part.width);
    for (int group = 0; group < layout.groups(); ++group) {
        const auto lanes = static_cast<std::size_t>(layout.lanes_in(group));
        const auto* from = reinterpret_cast<const Sample*>(groups[static_cast<std::size_t>(group)].data());
        for (int row = 0; row < part.height; ++row, from += width * lanes) {
            std::array<Sample*, 4> planes{};
            for (int band = 0; band < layout.bands_in(group); ++band)
                planes[static_cast<std::size_t>(band)] =
                    reinterpret_cast<Sample*>(bands[static_cast<std::size_t>(4 * group + band)].data()) +
                    (part.row + row) * chunk_width + part.col;
            kernels::unpack_lanes(from, static_cast<int>(lanes), width, planes.data());
        }
    }
}

/// Whole bands as where no frame shows anything.
void empty_bands(SampleType type, std::vector<std::vector<std::byte>>& bands) {
    for (auto& band : bands) {
        if (type == SampleType::f32)
            std::fill_n(reinterpret_cast<float*>(band.data()), band.size() / sizeof(float), no_value<float>);
        else
            std::fill(band.begin(), band.end(), std::byte{0});
    }
}

void empty_tile(SampleType type, ComposedTile& out) {
    empty_bands(type, out.bands);
    empty_bands(type, out.hard_bands);
    std::fill(out.source_frame.begin(), out.source_frame.end(), quality::no_frame);
    std::fill(out.quality.begin(), out.quality.end(), std::uint8_t{0});
}

/// Heights that were filled in are flagged.
void flag_filled(const Window& tile, const TileHeights& heights, ComposedTile& out) {
    if (heights.filled.empty()) return;
    for (int r = 0; r < tile.height; ++r) {
        std::uint8_t* flags = out.quality.data() + static_cast<std::ptrdiff_t>(r) * out.chunk_width;
        const std::uint8_t* filled = heights.filled.data() + static_cast<std::ptrdiff_t>(r) * tile.width;
        for (int c = 0; c < tile.width; ++c)
            if (flags[c] != 0 && filled[c] != 0) flags[c] |= quality::extrapolated_terrain;
    }
}

/// 0 is nodata in bytes and words: what is seen and 0 becomes 1, as programs that go by nodata take it for a hole.
template <typename Sample>
void keep_off_nodata(ComposedTile& out) {
    if constexpr (!std::is_same_v<Sample, float>) {
        for (auto* layer : {&out.bands, &out.hard_bands}) {
            for (auto& band : *layer) {
                auto* samples = reinterpret_cast<Sample*>(band.data());
                const std::uint8_t* flags = out.quality.data();
                const std::size_t count = out.quality.size();
                static_assert(quality::valid == 1);
                for (std::size_t i = 0; i < count; ++i)
                    samples[i] = std::max(samples[i], static_cast<Sample>(flags[i] & quality::valid));
            }
        }
    }
}

/// `flags` are those of a part; empty: none. What is shown is not occluded.
void flag_part(const Window& part, const std::vector<std::uint8_t>& flags, ComposedTile& out) {
    if (flags.empty()) return;
    static_assert(quality::valid == 1);
    for (int r = 0; r < part.height; ++r) {
        std::uint8_t* to = out.quality.data() + (part.row + r) * out.chunk_width + part.col;
        const std::uint8_t* from = flags.data() + static_cast<std::ptrdiff_t>(r) * part.width;
        for (int c = 0; c < part.width; ++c) {
            const int all = to[c] | from[c];
            to[c] = static_cast<std::uint8_t>(all & ~((all & quality::valid) * quality::occluded));
        }
    }
}

void record_part(const Window& part, const std::vector<std::uint32_t>& source, const std::vector<std::uint8_t>& frames,
                 ComposedTile& out) {
    static_assert(quality::valid == 1 && quality::seam == 2);
    int shown = 0;
    for (int r = 0; r < part.height; ++r) {
        const std::ptrdiff_t to = (part.row + r) * out.chunk_width + part.col;
        const std::ptrdiff_t from = static_cast<std::ptrdiff_t>(r) * part.width;
        std::copy_n(source.begin() + from, part.width, out.source_frame.begin() + to);
        const std::uint8_t* count = frames.data() + from;
        std::uint8_t* flags = out.quality.data() + to;
        for (int c = 0; c < part.width; ++c) {
            const int any = count[c] > 0 ? 1 : 0, several = count[c] > 1 ? 1 : 0;
            flags[c] = static_cast<std::uint8_t>(any | several << 1);
            shown += any;
        }
    }
    out.valid_pixels += shown;
}

/// A part that one frame shows everywhere.
void record_sole(const Window& part, std::size_t frame, ComposedTile& out) {
    for (int r = 0; r < part.height; ++r) {
        const std::ptrdiff_t to = (part.row + r) * out.chunk_width + part.col;
        std::fill_n(out.source_frame.begin() + to, part.width, static_cast<std::uint32_t>(frame));
        std::fill_n(out.quality.begin() + to, part.width, quality::valid);
    }
    out.valid_pixels += part.pixels();
}

/// What such a part's frame does not see, and where it is not sure to see what lies there.
void record_occluded(const Window& part, std::span<const std::uint32_t> hidden,
                     std::span<const std::uint32_t> uncertain, ComposedTile& out) {
    for (const std::uint32_t pixel : hidden) {
        const std::uint32_t to = place_of(pixel, part, out);
        out.source_frame[to] = quality::no_frame;
        out.quality[to] = quality::occluded;
    }
    for (const std::uint32_t pixel : uncertain) out.quality[place_of(pixel, part, out)] |= quality::uncertain;
    out.valid_pixels -= static_cast<std::int64_t>(hidden.size());
}

/// Locators of the frames that a tile asks for.
class TileLocators {
public:
    TileLocators(const PlannedMission& mission, const Window& tile, const TileHeights& heights)
        : mission_(mission), ground_(mission.grid, tile, *mission.space, heights) {}

    const FrameLocator& of(std::size_t frame) {
        const auto known = locators_.find(frame);
        if (known != locators_.end()) return known->second;
        return locators_.emplace(frame, FrameLocator(ground_, *mission_.frames[frame].camera)).first->second;
    }

    const TileGround& ground() const { return ground_; }

private:
    const PlannedMission& mission_;
    TileGround ground_;
    std::map<std::size_t, FrameLocator> locators_;
};

} // namespace

/// A part in which the seams' frames do not show all.
struct ComposeScratch::Gap {
    explicit Gap(const Window& window) : part(window) {}
    Gap(const Window& window, std::size_t frame, const std::vector<std::uint32_t>& hidden)
        : part(window), hidden_from(frame), missing(hidden) {}

    Window part;
    std::optional<std::size_t> hidden_from; ///< the frame that all that is missing is hidden from; none: not known
    std::vector<std::uint32_t> missing;     ///< pixels of the part, ascending; where none is known, to be found
    std::vector<std::size_t> order;         ///< of the candidates, see by_angle()
    std::vector<std::uint8_t> near;         ///< a candidate: 1 where it may show some of what was missing at first
    std::vector<std::uint32_t> shown;       ///< those of the missing that lie on the frame asked last
    Window shown_box;                       ///< around those (relative to the tile), where there are any
    SampledPart located;                    ///< where, in one row
};

struct ComposeScratch::Buffers {
    TileHeights heights;
    TileSeams seams;
    SampledPart sampled, gathered;
    TileVisibility visibility;
    std::vector<std::uint8_t> shaded;
    std::vector<std::uint32_t> hidden, uncertain; ///< pixels of the part, see find_occluded()
    std::vector<std::uint8_t> flags;              ///< of the part: what the surface says; empty: nothing
    std::vector<Gap> gaps;
    std::vector<Window> asked; ///< of each candidate, beyond what is expected of it
    std::vector<std::uint32_t> wanted, places;
    std::vector<std::uint16_t> weight;
    std::vector<std::uint32_t> heaviest;
    std::vector<float> share, largest_share;
    std::vector<std::vector<std::byte>> lanes;
    std::vector<std::vector<std::byte>> hard_lanes; ///< empty: as lanes
    std::tuple<PartBlender<std::uint8_t>, PartBlender<std::uint16_t>, PartBlender<float>> blenders;
};

ComposeScratch::ComposeScratch() : buffers_(std::make_unique<Buffers>()) {}
ComposeScratch::~ComposeScratch() = default;

Composer::Composer(const PlannedMission& mission, const MosaicConfig& config, FrameCache& cache,
                   const FrameBalance& balance, const SeamMap& seams, double surface_error_m)
    : mission_(mission), config_(config), cache_(cache), seams_(seams), tiling_(mission.grid),
      hides_(mission.surface && mission.terrain == mission.surface),
      surface_error_px_(hides_ ? surface_error_px(mission, surface_error_m) : 0) {
    const double units = mission.suns.empty() ? 1 : metres_per_unit(mission.grid.crs_wkt);
    for (const SunPosition& sun : mission.suns) {
        const double azimuth = sun.azimuth * std::numbers::pi / 180, elevation = sun.elevation * std::numbers::pi / 180;
        const double away = 1 / std::tan(elevation) / units;
        sunlight_.emplace_back(away * std::sin(azimuth), away * std::cos(azimuth));
    }
    for (std::size_t frame = 0; frame < mission.frames.size(); ++frame) {
        const auto steps = static_cast<int>(std::lround(mission.frames[frame].widening / widening_step));
        auto& table = table_of_[steps];
        if (!table) {
            auto fresh = std::make_unique<kernels::PhaseTable>();
            kernels::make_phase_table(kernel_of(config.resampling), steps * widening_step, *fresh);
            table = std::move(fresh);
        }
        tables_.push_back(table.get());
        light_.emplace_back(mission, frame, balance);
    }
}

void Composer::compose(std::int64_t tile, ComposeScratch& scratch, ComposedTile& out) const {
    const Window window = tiling_.window(tile);
    begin(static_cast<int>(std::min<std::int64_t>(Tiling::size, mission_.grid.width)),
          static_cast<int>(std::min<std::int64_t>(Tiling::size, mission_.grid.height)), out);
    const std::span<const std::size_t> candidates = mission_.tile_frames.at(tile);
    if (candidates.empty()) return;
    tile_seams(mission_, seams_, window, candidates, config_.feather_px, scratch.buffers_->seams);
    compose_window(window, scratch, out);
    if (!sunlight_.empty()) flag_shadows(window, scratch, out);
}

void Composer::compose_alone(std::size_t frame, const Window& window, ComposeScratch& scratch,
                             ComposedTile& out) const {
    begin(window.width, window.height, out);
    TileSeams& seams = scratch.buffers_->seams;
    seams.frames.assign(1, frame);
    seams.candidates.assign(1, frame);
    seams.shares.clear();
    seams.angles.clear();
    compose_window(window, scratch, out);
}

void Composer::begin(int width, int height, ComposedTile& out) const {
    out.chunk_width = width;
    out.chunk_height = height;
    const auto samples = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    out.bands.resize(static_cast<std::size_t>(mission_.layout.bands));
    for (auto& band : out.bands) band.resize(samples * sample_size(mission_.type));
    out.source_frame.resize(samples);
    out.quality.resize(samples);
    out.valid_pixels = 0;
    out.hard_bands.clear();
}

void Composer::compose_window(const Window& window, ComposeScratch& scratch, ComposedTile& out) const {
    ComposeScratch::Buffers& b = *scratch.buffers_;
    if (hides_ || !sunlight_.empty()) b.visibility.begin(mission_, window, surface_error_px_);
    if (hides_)
        b.visibility.heights(b.seams.candidates, b.heights);
    else
        mission_.terrain->heights(mission_.grid, window, b.heights);
    const bool two_layers = config_.analysis_layer && config_.feather_px > 0;
    if (two_layers && !b.seams.shares.empty()) out.hard_bands = out.bands;
    if (window.width < out.chunk_width || window.height < out.chunk_height) empty_tile(mission_.type, out);
    switch (mission_.type) {
    case SampleType::u8:
        compose_parts<std::uint8_t>(window, scratch, out);
        break;
    case SampleType::u16:
        compose_parts<std::uint16_t>(window, scratch, out);
        break;
    case SampleType::f32:
        compose_parts<float>(window, scratch, out);
        break;
    }
    if (!out.hard_bands.empty() && std::none_of(out.quality.begin(), out.quality.end(),
                                                [](std::uint8_t flags) { return (flags & quality::seam) != 0; }))
        out.hard_bands.clear();
}

/// Of the sun under which each pixel's frame was taken.
void Composer::flag_shadows(const Window& window, ComposeScratch& scratch, ComposedTile& out) const {
    ComposeScratch::Buffers& b = *scratch.buffers_;
    std::vector<std::uint8_t> shone(sunlight_.size(), 0);
    for (const std::size_t frame : b.seams.candidates) {
        const int sun = mission_.frames[frame].sun;
        if (sun >= 0) shone[static_cast<std::size_t>(sun)] = 1;
    }
    for (std::size_t sun = 0; sun < sunlight_.size(); ++sun) {
        if (shone[sun] == 0 || !b.visibility.shade(sunlight_[sun].first, sunlight_[sun].second, b.shaded)) continue;
        for (int r = 0; r < window.height; ++r) {
            const std::uint8_t* shaded = b.shaded.data() + static_cast<std::ptrdiff_t>(r) * window.width;
            const auto to = static_cast<std::size_t>(r) * static_cast<std::size_t>(out.chunk_width);
            for (int c = 0; c < window.width; ++c) {
                const std::uint32_t frame = out.source_frame[to + static_cast<std::size_t>(c)];
                if (shaded[c] != 0 && frame != quality::no_frame && mission_.frames[frame].sun == static_cast<int>(sun))
                    out.quality[to + static_cast<std::size_t>(c)] |= quality::shadow;
            }
        }
    }
}

void Composer::find_occluded(std::size_t frame, const Window& part, std::span<const std::uint16_t> weight,
                             ComposeScratch& scratch) const {
    ComposeScratch::Buffers& b = *scratch.buffers_;
    b.hidden.clear();
    b.uncertain.clear();
    const PartSight sight = hides_ ? b.visibility.look(frame, part) : PartSight();
    if (sight.all_clear()) return;
    for (int row = 0; row < part.height; ++row) {
        const std::uint8_t* known = sight.row(row);
        for (int col = 0; (col = next_other(known, sight::clear, 0xFF, col, part.width)) < part.width; ++col) {
            const auto pixel = static_cast<std::uint32_t>(row * part.width + col);
            if (b.sampled.valid[pixel] == 0 || (!weight.empty() && weight[pixel] == 0)) continue;
            (sight.at(col, row) == sight::hidden ? b.hidden : b.uncertain).push_back(pixel);
        }
    }
}

void Composer::hide_occluded(const Window& part, ComposeScratch& scratch) const {
    ComposeScratch::Buffers& b = *scratch.buffers_;
    if (b.hidden.empty() && b.uncertain.empty()) return;
    if (b.flags.empty()) b.flags.assign(static_cast<std::size_t>(part.pixels()), 0);
    for (const std::uint32_t pixel : b.uncertain) b.flags[pixel] |= quality::uncertain;
    for (const std::uint32_t pixel : b.hidden) {
        b.flags[pixel] |= quality::occluded;
        b.sampled.valid[pixel] = 0;
    }
}

template <typename Locators>
void Composer::find_shown(ComposeScratch::Gap& gap, std::size_t frame, Locators& locators,
                          ComposeScratch& scratch) const {
    ComposeScratch::Buffers& b = *scratch.buffers_;
    const FrameHeader& header = mission_.frames[frame].header;
    gap.shown.clear();
    if (!locate_pixels(locators.of(frame), header, gap.part, gap.missing, b.sampled)) return;
    b.wanted.clear(); // of the missing
    for (std::size_t i = 0; i < gap.missing.size(); ++i)
        if (shows(header, b.sampled.col[i], b.sampled.row[i])) b.wanted.push_back(static_cast<std::uint32_t>(i));
    gather_part(b.sampled, header, b.wanted, gap.located);
    for (const std::uint32_t wanted : b.wanted) gap.shown.push_back(gap.missing[wanted]);
    if (!gap.shown.empty()) gap.shown_box = box_of(gap.shown, gap.part);
}

template <typename Sample>
void Composer::fill_gap(const Window& window, ComposeScratch::Gap& gap, std::size_t frame, ComposeScratch& scratch,
                        ComposedTile& out) const {
    ComposeScratch::Buffers& b = *scratch.buffers_;
    const Window& part = gap.part;
    const FrameHeader& header = mission_.frames[frame].header;
    const Window& box = gap.shown_box;
    const PartSight sight = hides_ ? b.visibility.look(frame, box) : PartSight();
    const auto sees = [&](std::uint32_t pixel) {
        const auto [row, col] = split(pixel, part);
        return sight.at(static_cast<int>(part.col + col - box.col), static_cast<int>(part.row + row - box.row));
    };
    b.wanted.clear(); // of the shown
    for (std::size_t i = 0; i < gap.shown.size(); ++i) {
        if (sees(gap.shown[i]) == sight::hidden)
            out.quality[place_of(gap.shown[i], part, out)] |= quality::occluded;
        else
            b.wanted.push_back(static_cast<std::uint32_t>(i));
    }
    if (b.wanted.empty()) return;
    gather_part(gap.located, header, b.wanted, b.gathered);
    sample_part(cache_, frame, *tables_[frame], light_[frame].radiometry(), b.gathered);
    for (std::uint32_t& wanted : b.wanted) wanted = gap.shown[wanted];
    for (std::size_t k = 0, run = 1; k < b.wanted.size(); k += run, run = 1) { // pixels side by side
        const auto [row, col] = split(b.wanted[k], part);
        const std::size_t most = std::min(b.wanted.size() - k, static_cast<std::size_t>(part.width) - col);
        while (run < most && b.wanted[k + run] == b.wanted[k] + run) ++run;
        light_[frame].apply_row(mission_.grid, window.col + part.col + col, window.row + part.row + row, k, run,
                                b.gathered);
    }
    b.places.clear();
    for (std::size_t k = 0; k < b.wanted.size(); ++k) {
        if (b.gathered.valid[k] == 0) continue;
        const std::uint32_t to = place_of(b.wanted[k], part, out);
        const bool uncertain = sees(b.wanted[k]) == sight::uncertain;
        out.source_frame[to] = static_cast<std::uint32_t>(frame);
        out.quality[to] = static_cast<std::uint8_t>(quality::valid | (uncertain ? quality::uncertain : 0));
        b.wanted[b.places.size()] = static_cast<std::uint32_t>(k);
        b.places.push_back(to);
    }
    out.valid_pixels += static_cast<std::int64_t>(b.places.size());
    for (int band = 0; band < mission_.layout.bands; ++band) {
        const auto lanes = static_cast<std::size_t>(mission_.layout.lanes_in(band / 4));
        const auto* from =
            reinterpret_cast<const Sample*>(b.gathered.groups[static_cast<std::size_t>(band / 4)].data()) + band % 4;
        put<Sample>(band, b.places, out, [&](std::size_t k) { return from[b.wanted[k] * lanes]; });
    }
    std::erase_if(gap.missing, [&](std::uint32_t pixel) {
        return out.source_frame[place_of(pixel, part, out)] != quality::no_frame;
    });
}

template <typename Sample, typename Locators>
void Composer::fill_gaps(const Window& window, Locators& locators, ComposeScratch& scratch, ComposedTile& out) const {
    ComposeScratch::Buffers& b = *scratch.buffers_;
    const std::vector<std::size_t>& candidates = b.seams.candidates;
    for (ComposeScratch::Gap& gap : b.gaps) {
        if (!gap.hidden_from) find_gaps(gap.part, out, gap.missing);
        if (gap.missing.empty()) continue;
        gap.order = by_angle(mission_, b.seams, window.width, gap.part);
        const GroundBox ground = locators.ground().box(box_of(gap.missing, gap.part));
        for (const std::size_t frame : candidates)
            gap.near.push_back(ground.may_lie_in(*mission_.frames[frame].camera) ? 1 : 0);
    }
    // A frame at a time in all parts, so that what is asked of it is known and looked at in one piece.
    for (std::size_t rank = 0; rank < candidates.size(); ++rank) {
        std::erase_if(b.gaps, [](const ComposeScratch::Gap& gap) { return gap.missing.empty(); });
        b.asked.assign(candidates.size(), {});
        for (ComposeScratch::Gap& gap : b.gaps) {
            const std::size_t candidate = gap.order[rank];
            if (gap.near[candidate] == 0 || candidates[candidate] == gap.hidden_from) {
                gap.shown.clear();
                continue;
            }
            find_shown(gap, candidates[candidate], locators, scratch);
            if (gap.shown.empty() || !hides_) continue;
            if (!b.visibility.expects(candidates[candidate], gap.shown_box))
                b.asked[candidate] = united(b.asked[candidate], gap.shown_box);
        }
        for (std::size_t candidate = 0; candidate < b.asked.size(); ++candidate)
            if (!b.asked[candidate].empty()) b.visibility.expect_elsewhere(candidates[candidate], b.asked[candidate]);
        for (ComposeScratch::Gap& gap : b.gaps)
            if (!gap.shown.empty()) fill_gap<Sample>(window, gap, candidates[gap.order[rank]], scratch, out);
    }
    for (const ComposeScratch::Gap& gap : b.gaps) {
        b.places.clear();
        for (const std::uint32_t pixel : gap.missing) b.places.push_back(place_of(pixel, gap.part, out));
        for (int band = 0; band < mission_.layout.bands; ++band)
            put<Sample>(band, b.places, out, [](std::size_t) { return no_value<Sample>; });
    }
}

template <typename Sample>
void Composer::compose_parts(const Window& window, ComposeScratch& scratch, ComposedTile& out) const {
    ComposeScratch::Buffers& b = *scratch.buffers_;
    auto& blender = std::get<PartBlender<Sample>>(b.blenders);
    const TileSeams& seams = b.seams;
    const bool one_frame = seams.shares.empty();

    const auto unpack = [&](const std::vector<std::vector<std::byte>>& lanes, const Window& part) {
        unpack_part<Sample>(lanes, mission_.layout, part, out.chunk_width, out.bands);
        if (out.hard_bands.empty()) return;
        unpack_part<Sample>(b.hard_lanes.empty() ? lanes : b.hard_lanes, mission_.layout, part, out.chunk_width,
                            out.hard_bands);
    };
    TileLocators locators(mission_, window, b.heights);
    const auto locate = [&](std::size_t frame, const Window& part, SampledPart& to) {
        return locate_part(locators.of(frame), mission_.frames[frame].header, part, to);
    };
    const auto sample = [&](std::size_t frame) {
        sample_part(cache_, frame, *tables_[frame], light_[frame].radiometry(), b.sampled);
        light_[frame].apply(mission_.grid, window, b.sampled);
    };

    for (std::size_t k = 0; hides_ && k < seams.frames.size(); ++k)
        b.visibility.expect(seams.frames[k], one_frame ? Window{0, 0, window.width, window.height}
                                                       : parts_with_share(seams, seams.shares[k], window));

    b.gaps.clear();
    for (int row = 0; row < window.height; row += part_side) {
        for (int col = 0; col < window.width; col += part_side) {
            const Window part{col, row, std::min(part_side, window.width - col),
                              std::min(part_side, window.height - row)};
            const auto pixels = static_cast<std::size_t>(part.pixels());

            // Most parts lie in one frame: its samples go out as they are, nothing is weighed.
            std::size_t participants = 0, sole = 0;
            for (std::size_t k = 0; k < seams.frames.size() && participants < 2; ++k) {
                if (!one_frame && !has_share(seams, seams.shares[k], part)) continue;
                sole = seams.frames[k];
                ++participants;
            }
            b.flags.clear();
            b.hard_lanes.clear();
            bool sampled = false; // the sole frame is in b.sampled
            if (participants == 1 && locate(sole, part, b.sampled)) {
                sample(sole);
                sampled = true;
                const bool whole = std::memchr(b.sampled.valid.data(), 0, pixels) == nullptr;
                find_occluded(sole, part, {}, scratch);
                if (whole) {
                    unpack(b.sampled.groups, part);
                    record_sole(part, sole, out);
                    record_occluded(part, b.hidden, b.uncertain, out);
                    if (!b.hidden.empty()) b.gaps.emplace_back(part, sole, b.hidden);
                    continue;
                }
                hide_occluded(part, scratch);
            }
            blender.begin(mission_.layout, pixels, !out.hard_bands.empty());

            if (!one_frame && config_.feather_px == 0) { // hard seams: the largest share takes the pixel
                b.largest_share.assign(pixels, 0);
                b.heaviest.assign(pixels, quality::no_frame);
                for (std::size_t k = 0; k < seams.frames.size(); ++k) {
                    if (!has_share(seams, seams.shares[k], part)) continue;
                    weigh(seams, seams.shares[k], part, b.share);
                    for (std::size_t i = 0; i < pixels; ++i) {
                        if (!(b.share[i] > b.largest_share[i])) continue;
                        b.largest_share[i] = b.share[i];
                        b.heaviest[i] = static_cast<std::uint32_t>(k);
                    }
                }
            }
            for (std::size_t k = 0; k < seams.frames.size(); ++k) {
                const std::size_t frame = seams.frames[k];
                if (!one_frame && !has_share(seams, seams.shares[k], part)) continue;
                if (!sampled && !locate(frame, part, b.sampled)) continue;
                if (one_frame) {
                    b.weight.assign(pixels, full_weight);
                } else if (config_.feather_px == 0) {
                    b.weight.resize(pixels);
                    for (std::size_t i = 0; i < pixels; ++i)
                        b.weight[i] = b.heaviest[i] == k ? full_weight : std::uint16_t{0};
                } else {
                    weigh(seams, seams.shares[k], part, b.share);
                    feathered_weights(b.share, mission_.frames[frame].header,
                                      config_.feather_px * mission_.frames[frame].widening, b.sampled, b.weight);
                }
                if (!sampled) {
                    sample(frame);
                    find_occluded(frame, part, b.weight, scratch);
                    hide_occluded(part, scratch);
                }
                blender.add(frame, b.sampled, b.weight);
            }

            blender.resolve(b.lanes);
            blender.take_hard(b.hard_lanes);
            unpack(b.lanes, part);
            record_part(part, blender.source, blender.frames, out);
            flag_part(part, b.flags, out);
            if (!blender.complete()) b.gaps.emplace_back(part);
        }
    }

    fill_gaps<Sample>(window, locators, scratch, out);
    flag_filled(window, b.heights, out);
    keep_off_nodata<Sample>(out);
}

} // namespace overflight
