// SPDX-License-Identifier: Apache-2.0
#include "stages/compose.h"

#include "core/quality.h"
#include "stages/byte_row.h"
#include "stages/gap_filler.h"
#include "stages/part_blender.h"
#include "stages/sample_frame.h"
#include "stages/seam_weights.h"
#include "stages/seams.h"
#include "stages/tile_locators.h"
#include "stages/tile_parts.h"
#include "stages/visibility.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <tuple>
#include <type_traits>

namespace overflight {
namespace {

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

} // namespace

namespace {

/// Of the parts of a tile, by the type of samples.
template <typename Sample>
struct PartWork {
    PartBlender<Sample> blender;
    typename GapFiller<Sample>::Scratch gaps;
};

} // namespace

struct ComposeScratch::Buffers {
    TileHeights heights;
    TileSeams seams;
    SeamWeights weights;
    SampledPart sampled;
    TileVisibility visibility;
    std::vector<std::uint8_t> shaded;
    std::vector<std::uint32_t> hidden, uncertain; ///< pixels of the part, see find_occluded()
    std::vector<std::uint8_t> flags;              ///< of the part: what the surface says; empty: nothing
    std::vector<TileGap> gaps;
    std::vector<std::vector<std::byte>> lanes;
    std::vector<std::vector<std::byte>> hard_lanes; ///< empty: as lanes
    std::tuple<PartWork<std::uint8_t>, PartWork<std::uint16_t>, PartWork<float>> work;
};

ComposeScratch::ComposeScratch() : buffers_(std::make_unique<Buffers>()) {}
ComposeScratch::~ComposeScratch() = default;

Composer::Composer(const PlannedMission& mission, const MosaicConfig& config, FrameCache& cache,
                   const FrameBalance& balance, const SeamMap& seams, double surface_error_m)
    : mission_(mission), config_(config), sampler_(mission, config.resampling, cache, balance), seams_(seams),
      tiling_(mission.grid), hides_(mission.surface && mission.terrain == mission.surface),
      surface_error_px_(hides_ ? surface_error_px(mission, surface_error_m) : 0) {
    const double units = mission.suns.empty() ? 1 : metres_per_unit(mission.grid.crs_wkt);
    for (const SunPosition& sun : mission.suns) {
        const double azimuth = sun.azimuth * std::numbers::pi / 180, elevation = sun.elevation * std::numbers::pi / 180;
        const double away = 1 / std::tan(elevation) / units;
        sunlight_.emplace_back(away * std::sin(azimuth), away * std::cos(azimuth));
    }
}

void Composer::compose(std::int64_t tile, ComposeScratch& scratch, ComposedTile& out) const {
    const Window window = tiling_.window(tile);
    begin_tile(mission_.type, mission_.layout.bands,
               static_cast<int>(std::min<std::int64_t>(Tiling::size, mission_.grid.width)),
               static_cast<int>(std::min<std::int64_t>(Tiling::size, mission_.grid.height)), out);
    const std::span<const std::size_t> candidates = mission_.tile_frames.at(tile);
    if (candidates.empty()) return;
    tile_seams(mission_, seams_, window, candidates, config_.feather_px, scratch.buffers_->seams);
    compose_window(window, scratch, out);
    if (!sunlight_.empty()) flag_shadows(window, scratch, out);
}

void Composer::compose_alone(std::size_t frame, const Window& window, ComposeScratch& scratch,
                             ComposedTile& out) const {
    begin_tile(mission_.type, mission_.layout.bands, window.width, window.height, out);
    TileSeams& seams = scratch.buffers_->seams;
    seams.frames.assign(1, frame);
    seams.candidates.assign(1, frame);
    seams.shares.clear();
    seams.angles.clear();
    compose_window(window, scratch, out);
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

template <typename Sample>
void Composer::compose_parts(const Window& window, ComposeScratch& scratch, ComposedTile& out) const {
    ComposeScratch::Buffers& b = *scratch.buffers_;
    auto& [blender, gap_scratch] = std::get<PartWork<Sample>>(b.work);
    const TileSeams& seams = b.seams;
    TileLocators locators(mission_, window, b.heights);
    const auto locate = [&](std::size_t frame, const Window& part) {
        return locate_part(locators.of(frame), mission_.frames[frame].header, part, b.sampled);
    };
    const auto unpack = [&](const std::vector<std::vector<std::byte>>& lanes, const Window& part) {
        unpack_part<Sample>(lanes, mission_.layout, part, out.chunk_width, out.bands);
        if (out.hard_bands.empty()) return;
        unpack_part<Sample>(b.hard_lanes.empty() ? lanes : b.hard_lanes, mission_.layout, part, out.chunk_width,
                            out.hard_bands);
    };

    for (std::size_t k = 0; hides_ && k < seams.frames.size(); ++k)
        b.visibility.expect(seams.frames[k], parts_with_share(seams, k, window));

    b.gaps.clear();
    for (int row = 0; row < window.height; row += part_side) {
        for (int col = 0; col < window.width; col += part_side) {
            const Window part{col, row, std::min(part_side, window.width - col),
                              std::min(part_side, window.height - row)};
            const auto pixels = static_cast<std::size_t>(part.pixels());

            // Most parts lie in one frame: its samples go out as they are, nothing is weighed.
            std::size_t participants = 0, sole = 0;
            for (std::size_t k = 0; k < seams.frames.size() && participants < 2; ++k) {
                if (!has_share(seams, k, part)) continue;
                sole = seams.frames[k];
                ++participants;
            }
            b.flags.clear();
            b.hard_lanes.clear();
            bool sampled = false; // the sole frame is in b.sampled
            if (participants == 1 && locate(sole, part)) {
                sampler_.sample(sole, window, locators.of(sole), b.sampled);
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
            b.weights.begin(seams, part, config_.feather_px == 0);
            for (std::size_t k = 0; k < seams.frames.size(); ++k) {
                const std::size_t frame = seams.frames[k];
                if (!has_share(seams, k, part)) continue;
                if (!sampled && !locate(frame, part)) continue;
                const std::vector<std::uint16_t>& weight = b.weights.of(
                    k, mission_.frames[frame].header, config_.feather_px * mission_.frames[frame].widening, b.sampled);
                if (!sampled) {
                    sampler_.sample(frame, window, locators.of(frame), b.sampled);
                    find_occluded(frame, part, weight, scratch);
                    hide_occluded(part, scratch);
                }
                blender.add(frame, b.sampled, weight);
            }
            blender.resolve(b.lanes);
            blender.take_hard(b.hard_lanes);
            unpack(b.lanes, part);
            record_part(part, blender.source, blender.frames, out);
            flag_part(part, b.flags, out);
            if (!blender.complete()) b.gaps.emplace_back(part);
        }
    }

    GapFiller<Sample>(mission_, sampler_, seams, window, locators, hides_ ? &b.visibility : nullptr, gap_scratch, out)
        .fill(b.gaps);
    flag_filled(window, b.heights, out);
    keep_off_nodata<Sample>(out);
}

} // namespace overflight
