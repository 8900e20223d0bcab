// SPDX-License-Identifier: Apache-2.0
#include "stages/compose.h"

#include "core/quality.h"
#include "kernels/interleave.h"
#include "stages/part_blender.h"
#include "stages/sample_frame.h"
#include "stages/seams.h"
#include "stages/visibility.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <numeric>
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

/// The smallest window (relative to the tile) around some pixels of a part, which ascend.
Window box_of(const std::vector<std::uint32_t>& pixels, const Window& part) {
    const auto width = static_cast<std::uint32_t>(part.width);
    std::uint32_t left = width, right = 0;
    for (const std::uint32_t pixel : pixels) {
        left = std::min(left, pixel % width);
        right = std::max(right, pixel % width);
    }
    const std::uint32_t first = pixels.front() / width, last = pixels.back() / width;
    return {part.col + left, part.row + first, static_cast<int>(right - left) + 1, static_cast<int>(last - first) + 1};
}

std::uint32_t in_box(std::uint32_t pixel, const Window& part, const Window& box) {
    const auto width = static_cast<std::uint32_t>(part.width);
    return (pixel / width - static_cast<std::uint32_t>(box.row - part.row)) * static_cast<std::uint32_t>(box.width) +
           pixel % width - static_cast<std::uint32_t>(box.col - part.col);
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

template <typename Sample>
void empty_gaps(const Window& part, const std::vector<std::uint8_t>& frames, int chunk_width,
                std::vector<std::vector<std::byte>>& bands) {
    for (auto& band : bands) {
        std::size_t from = 0;
        for (int r = 0; r < part.height; ++r) {
            Sample* to = reinterpret_cast<Sample*>(band.data()) + (part.row + r) * chunk_width + part.col;
            for (int c = 0; c < part.width; ++c, ++from)
                if (frames[from] == 0) to[c] = no_value<Sample>;
        }
    }
}

/// Heights that were filled in are flagged.
void flag_filled(const Window& part, const TileHeights& heights, int tile_width, ComposedTile& out) {
    if (heights.filled.empty()) return;
    for (int r = 0; r < part.height; ++r) {
        std::uint8_t* flags = out.quality.data() + (part.row + r) * out.chunk_width + part.col;
        const std::uint8_t* filled = heights.filled.data() + (part.row + r) * tile_width + part.col;
        for (int c = 0; c < part.width; ++c)
            if (flags[c] != 0 && filled[c] != 0) flags[c] |= quality::extrapolated_terrain;
    }
}

/// `flags` are those of a part; empty: none.
void flag_part(const Window& part, const std::vector<std::uint8_t>& flags, ComposedTile& out) {
    if (flags.empty()) return;
    std::size_t from = 0;
    for (int r = 0; r < part.height; ++r) {
        std::uint8_t* to = out.quality.data() + (part.row + r) * out.chunk_width + part.col;
        for (int c = 0; c < part.width; ++c, ++from) {
            const auto all = static_cast<std::uint8_t>(to[c] | flags[from]);
            const auto seen = static_cast<std::uint8_t>((all & quality::valid) != 0 ? quality::occluded : 0);
            to[c] = static_cast<std::uint8_t>(all & ~seen);
        }
    }
}

void record_part(const Window& part, const std::vector<std::uint32_t>& source, const std::vector<std::uint8_t>& frames,
                 ComposedTile& out) {
    std::size_t from = 0;
    for (int r = 0; r < part.height; ++r) {
        const auto to = static_cast<std::size_t>((part.row + r) * out.chunk_width + part.col);
        for (std::size_t c = 0; c < static_cast<std::size_t>(part.width); ++c, ++from) {
            out.source_frame[to + c] = source[from];
            out.quality[to + c] = static_cast<std::uint8_t>((frames[from] > 0 ? quality::valid : 0) |
                                                            (frames[from] > 1 ? quality::seam : 0));
            out.valid_pixels += frames[from] > 0 ? 1 : 0;
        }
    }
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

} // namespace

struct ComposeScratch::Buffers {
    TileHeights heights;
    TileSeams seams;
    SampledPart sampled, gathered;
    TileVisibility visibility;
    std::vector<std::uint8_t> sight, frames;
    std::vector<std::uint8_t> flags; ///< of the part: what the surface says; empty: nothing
    std::vector<std::uint32_t> source, missing, wanted;
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
    out.chunk_width = static_cast<int>(std::min<std::int64_t>(Tiling::size, mission_.grid.width));
    out.chunk_height = static_cast<int>(std::min<std::int64_t>(Tiling::size, mission_.grid.height));
    const auto samples = static_cast<std::size_t>(out.chunk_width) * static_cast<std::size_t>(out.chunk_height);
    out.bands.resize(static_cast<std::size_t>(mission_.layout.bands));
    for (auto& band : out.bands) band.resize(samples * sample_size(mission_.type));
    out.source_frame.resize(samples);
    out.quality.resize(samples);
    out.valid_pixels = 0;

    const std::span<const std::size_t> candidates = mission_.tile_frames.at(tile);
    out.hard_bands.clear();
    const bool two_layers = config_.analysis_layer && config_.feather_px > 0;
    if (candidates.empty()) return;
    mission_.terrain->heights(mission_.grid, window, scratch.buffers_->heights);
    if (hides_ || !sunlight_.empty())
        scratch.buffers_->visibility.begin(mission_, window, surface_error_px_,
                                           hides_ ? &scratch.buffers_->heights : nullptr);
    tile_seams(mission_, seams_, window, candidates, config_.feather_px, scratch.buffers_->seams);
    if (two_layers && !scratch.buffers_->seams.shares.empty()) out.hard_bands = out.bands;
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
    if (!sunlight_.empty()) flag_shadows(window, scratch, out);
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
        if (shone[sun] == 0 || !b.visibility.shade(sunlight_[sun].first, sunlight_[sun].second, b.sight)) continue;
        for (int r = 0; r < window.height; ++r) {
            const std::uint8_t* shaded = b.sight.data() + static_cast<std::ptrdiff_t>(r) * window.width;
            const auto to = static_cast<std::size_t>(r) * static_cast<std::size_t>(out.chunk_width);
            for (int c = 0; c < window.width; ++c) {
                const std::uint32_t frame = out.source_frame[to + static_cast<std::size_t>(c)];
                if (shaded[c] != 0 && frame != quality::no_frame && mission_.frames[frame].sun == static_cast<int>(sun))
                    out.quality[to + static_cast<std::size_t>(c)] |= quality::shadow;
            }
        }
    }
}

bool Composer::hide_occluded(std::size_t frame, const Window& part, std::span<const std::uint16_t> weight,
                             ComposeScratch& scratch) const {
    ComposeScratch::Buffers& b = *scratch.buffers_;
    if (!hides_ || !b.visibility.classify(frame, part, b.sight)) return false;
    const auto pixels = static_cast<std::size_t>(part.pixels());
    if (b.flags.empty()) b.flags.assign(pixels, 0);
    bool hidden = false;
    for (std::size_t i = 0; i < pixels; ++i) {
        if (b.sight[i] == sight::clear) { // most are: on to the next that is not
            const auto next = std::find_if(b.sight.begin() + static_cast<std::ptrdiff_t>(i), b.sight.end(),
                                           [](std::uint8_t each) { return each != sight::clear; });
            if (next == b.sight.end()) break;
            i = static_cast<std::size_t>(next - b.sight.begin());
        }
        if (b.sampled.valid[i] == 0 || (!weight.empty() && weight[i] == 0)) continue;
        const bool behind = b.sight[i] == sight::hidden;
        b.flags[i] |= behind ? quality::occluded : quality::uncertain;
        if (behind) b.sampled.valid[i] = 0;
        hidden |= behind;
    }
    return hidden;
}

/// What the seams' frames do not show is taken from the others, the most vertical first; true where nothing is left.
template <typename Locate>
bool Composer::fill_gaps(const Window& window, const Window& part, const Locate& locate, ComposeScratch& scratch,
                         std::vector<std::uint32_t>& source, std::vector<std::uint8_t>& frames) const {
    ComposeScratch::Buffers& b = *scratch.buffers_;
    b.missing.clear();
    for (std::size_t i = 0; i < frames.size(); ++i)
        if (frames[i] == 0) b.missing.push_back(static_cast<std::uint32_t>(i));
    for (const std::size_t candidate : by_angle(mission_, b.seams, window.width, part)) {
        if (b.missing.empty()) return true;
        const std::size_t frame = b.seams.candidates[candidate];
        const FrameHeader& header = mission_.frames[frame].header;
        const Window box = box_of(b.missing, part);
        if (!locate(frame, box, b.sampled)) continue;
        const bool hides = hides_ && b.visibility.classify(frame, box, b.sight);
        b.wanted.clear(); // pixels of the box
        for (const std::uint32_t pixel : b.missing) {
            const auto i = in_box(pixel, part, box);
            if (!shows(header, b.sampled.col[i], b.sampled.row[i])) continue;
            if (hides && b.sight[i] == sight::hidden) {
                if (b.flags.empty()) b.flags.assign(frames.size(), 0);
                b.flags[pixel] |= quality::occluded;
                continue;
            }
            b.wanted.push_back(i);
        }
        if (b.wanted.empty()) continue;
        gather_part(b.sampled, header, b.wanted, b.gathered);
        sample_part(cache_, frame, *tables_[frame], light_[frame].radiometry(), b.gathered);
        for (std::size_t k = 0, run = 1; k < b.wanted.size(); k += run, run = 1) { // pixels side by side
            const auto width = static_cast<std::uint32_t>(box.width), at = b.wanted[k];
            while (k + run < b.wanted.size() && b.wanted[k + run] == at + run && b.wanted[k + run] % width != 0) ++run;
            light_[frame].apply_row(mission_.grid, window.col + box.col + at % width, window.row + box.row + at / width,
                                    k, run, b.gathered);
        }
        const auto from_box = [&](std::uint32_t i) {
            const auto width = static_cast<std::uint32_t>(box.width);
            return static_cast<std::size_t>((box.row - part.row + i / width) * part.width + box.col - part.col +
                                            i % width);
        };
        for (std::size_t k = 0; k < b.wanted.size(); ++k) {
            if (b.gathered.valid[k] == 0) continue;
            const std::size_t to = from_box(b.wanted[k]);
            for (int group = 0; group < mission_.layout.groups(); ++group) {
                const std::size_t bytes =
                    static_cast<std::size_t>(mission_.layout.lanes_in(group)) * sample_size(mission_.type);
                const auto g = static_cast<std::size_t>(group);
                std::memcpy(b.lanes[g].data() + to * bytes, b.gathered.groups[g].data() + k * bytes, bytes);
                if (!b.hard_lanes.empty())
                    std::memcpy(b.hard_lanes[g].data() + to * bytes, b.gathered.groups[g].data() + k * bytes, bytes);
            }
            source[to] = static_cast<std::uint32_t>(frame);
            frames[to] = 1;
            if (hides) {
                if (b.flags.empty()) b.flags.assign(frames.size(), 0);
                b.flags[to] = b.sight[b.wanted[k]] == sight::uncertain ? quality::uncertain : std::uint8_t{0};
            }
        }
        std::erase_if(b.missing, [&](std::uint32_t pixel) { return frames[pixel] != 0; });
    }
    return b.missing.empty();
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
    const auto empty = [&](const Window& part, const std::vector<std::uint8_t>& frames) {
        empty_gaps<Sample>(part, frames, out.chunk_width, out.bands);
        empty_gaps<Sample>(part, frames, out.chunk_width, out.hard_bands);
    };

    const TileGround ground(mission_.grid, window, *mission_.space, b.heights);
    std::map<std::size_t, FrameLocator> locators;
    const auto locate = [&](std::size_t frame, const Window& part, SampledPart& to) {
        auto known = locators.find(frame);
        if (known == locators.end())
            known = locators
                        .emplace(std::piecewise_construct, std::forward_as_tuple(frame),
                                 std::forward_as_tuple(mission_.grid, *mission_.space, ground, b.heights,
                                                       *mission_.frames[frame].camera))
                        .first;
        return locate_part(known->second, mission_.frames[frame].header, part, to);
    };
    const auto sample = [&](std::size_t frame) {
        sample_part(cache_, frame, *tables_[frame], light_[frame].radiometry(), b.sampled);
        light_[frame].apply(mission_.grid, window, b.sampled);
    };

    for (std::size_t k = 0; hides_ && k < seams.frames.size(); ++k)
        b.visibility.expect(seams.frames[k], one_frame ? Window{0, 0, window.width, window.height}
                                                       : parts_with_share(seams, seams.shares[k], window));

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
                if (hide_occluded(sole, part, {}, scratch) && whole) { // the rest from others, past the blender
                    b.lanes.swap(b.sampled.groups);
                    b.source.resize(pixels);
                    b.frames.resize(pixels);
                    for (std::size_t i = 0; i < pixels; ++i) {
                        const bool shown = b.sampled.valid[i] != 0;
                        b.source[i] = shown ? static_cast<std::uint32_t>(sole) : quality::no_frame;
                        b.frames[i] = shown ? 1 : 0;
                    }
                    const bool complete = fill_gaps(window, part, locate, scratch, b.source, b.frames);
                    unpack(b.lanes, part);
                    if (!complete) empty(part, b.frames);
                    record_part(part, b.source, b.frames, out);
                    flag_part(part, b.flags, out);
                    flag_filled(part, b.heights, window.width, out);
                    continue;
                }
                if (whole) {
                    unpack(b.sampled.groups, part);
                    record_sole(part, sole, out);
                    flag_part(part, b.flags, out);
                    flag_filled(part, b.heights, window.width, out);
                    continue;
                }
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
                    hide_occluded(frame, part, b.weight, scratch);
                }
                blender.add(frame, b.sampled, b.weight);
            }

            blender.resolve(b.lanes);
            blender.take_hard(b.hard_lanes);
            const bool complete =
                blender.complete() || fill_gaps(window, part, locate, scratch, blender.source, blender.frames);
            unpack(b.lanes, part);
            if (std::is_floating_point_v<Sample> && !complete) empty(part, blender.frames);
            record_part(part, blender.source, blender.frames, out);
            flag_part(part, b.flags, out);
            flag_filled(part, b.heights, window.width, out);
        }
    }
}

} // namespace overflight
