// SPDX-License-Identifier: Apache-2.0
#include "flow/pair_views.h"

#include "core/quality.h"
#include "stages/block_views.h"

#include <algorithm>
#include <utility>

namespace overflight {
namespace {

constexpr int side = ParallaxField::block;
static_assert(Tiling::size % side == 0, "a block lies in one tile");
constexpr std::int64_t ratios_bytes = std::int64_t{8} << 20;
constexpr int close_step = 4; ///< pixels between places in a small window

PixelBlocks blocks_around(const Window& window) {
    constexpr int reach = ChangeScorer::views_halo;
    return {window.col - reach, window.row - reach, side, (window.width + 2 * reach + side - 1) / side,
            (window.height + 2 * reach + side - 1) / side};
}

void take_levels(const MissionView& view, std::ptrdiff_t pixel, std::array<float, change_max_bands>& levels) {
    for (std::size_t b = 0; b < view.bands.size(); ++b) levels[b] = view.bands[b].at(pixel);
}

} // namespace

PairViewsFinder::PairViewsFinder(const Plan& plan, const PlannedChange& change, const MosaicView& before,
                                 const MosaicView& after, const ChangeModel& model)
    : plan_(plan), change_(change), before_(before), after_(after), model_(model),
      survey_before_(stored_survey(plan, change.before)), survey_after_(stored_survey(plan, change.after)),
      ratios_(ratios_bytes) {}

PairViews PairViewsFinder::around(const Window& tile) const {
    const PixelBlocks blocks = blocks_around(tile);
    const std::vector<std::uint32_t> frames_before = before_.frames_in(blocks), frames_after = after_.frames_in(blocks);
    PairViews views = views_of(blocks, frames_before, frames_after);
    if (change_.config.drift) {
        const std::vector<Ratios> ratios = ratios_around(tile);
        std::vector<const BrightnessRatios*> parts;
        for (const Ratios& part : ratios) parts.push_back(part.get());
        RadiometricDrift drift(std::move(parts));
        for (std::size_t i = 0; i < frames_before.size(); ++i)
            views.drift[i] = drift.of(frames_before[i], frames_after[i]);
    }
    return views;
}

PairViews PairViewsFinder::of_frames(const Window& window, std::size_t frame_before, const MissionView& before,
                                     std::size_t frame_after, const MissionView& after) const {
    const PixelBlocks blocks = blocks_around(window);
    const auto count = static_cast<std::size_t>(blocks.count());
    const std::vector<std::uint32_t> frames_before(count, static_cast<std::uint32_t>(frame_before)),
        frames_after(count, static_cast<std::uint32_t>(frame_after));
    PairViews views = views_of(blocks, frames_before, frames_after);
    if (!change_.config.drift) return views;
    BrightnessRatios ratios;
    for (int row = 0; row < before.window.height; row += close_step) {
        for (int col = 0; col < before.window.width; col += close_step) {
            const std::ptrdiff_t at = std::ptrdiff_t{row} * before.window.width + col,
                                 other = (before.window.row + row - after.window.row) * after.window.width +
                                         before.window.col + col - after.window.col;
            if (before.valid[at] == 0 || after.valid[other] == 0) continue;
            PlacePair place{frames_before.front(), frames_after.front(), {}, {}};
            take_levels(before, at, place.before);
            take_levels(after, other, place.after);
            ratios.add(place, model_);
        }
    }
    views.drift.assign(count, RadiometricDrift({&ratios}).of(frames_before.front(), frames_after.front()));
    return views;
}

PairViews PairViewsFinder::views_of(const PixelBlocks& blocks, std::span<const std::uint32_t> frames_before,
                                    std::span<const std::uint32_t> frames_after) const {
    const PlannedMission &before = plan_.missions[change_.before], &after = plan_.missions[change_.after];
    const BlockViews views_before(before, change_.grid, blocks, frames_before),
        views_after(after, change_.grid, blocks, frames_after);
    PairViews views;
    views.blocks = blocks;
    views.saturation_before = views_before.saturation(survey_before_.balance, before_.bands());
    views.saturation_after = views_after.saturation(survey_after_.balance, after_.bands());
    views.drift.assign(frames_before.size(), RadiometricDrift::none);
    const bool leaning = before.config.camera != CameraKind::ortho && after.config.camera != CameraKind::ortho;
    if (leaning && change_.config.relief_m > 0)
        views.parallax = parallax_between(blocks, views_before.lean(), views_after.lean(), change_.config.relief_m,
                                          change_.grid.resolution);
    return views;
}

/// Of the tile and the tiles around it.
std::vector<PairViewsFinder::Ratios> PairViewsFinder::ratios_around(const Window& tile) const {
    const Tiling tiling(change_.grid);
    std::vector<Ratios> ratios;
    const std::int64_t row = tile.row / Tiling::size, col = tile.col / Tiling::size;
    for (std::int64_t r = std::max<std::int64_t>(0, row - 1); r <= std::min(tiling.rows() - 1, row + 1); ++r) {
        for (std::int64_t c = std::max<std::int64_t>(0, col - 1); c <= std::min(tiling.cols() - 1, col + 1); ++c) {
            const std::int64_t number = r * tiling.cols() + c;
            ratios.push_back(ratios_.get(static_cast<std::uint64_t>(number), [&] {
                return std::make_shared<const BrightnessRatios>(ratios_in(tiling.window(number)));
            }));
        }
    }
    return ratios;
}

/// Of a place in the middle of each block of a tile, as far as both missions show it.
BrightnessRatios PairViewsFinder::ratios_in(const Window& tile) const {
    const auto middles = [](std::int64_t pixels) { return static_cast<int>((pixels + side / 2 - 1) / side); };
    const PixelBlocks blocks{tile.col, tile.row, side, middles(tile.width), middles(tile.height)};
    BrightnessRatios found;
    if (blocks.count() == 0) return found;
    MosaicView::Pixels before, after;
    before_.read_middles(blocks, before);
    after_.read_middles(blocks, after);
    const std::vector<std::uint32_t> frames_before = before_.frames_in(blocks), frames_after = after_.frames_in(blocks);
    for (std::size_t block = 0; block < frames_before.size(); ++block) {
        if (before.valid[block] == 0 || after.valid[block] == 0) continue;
        PlacePair place{frames_before[block], frames_after[block], {}, {}};
        take_levels(before.view, static_cast<std::ptrdiff_t>(block), place.before);
        take_levels(after.view, static_cast<std::ptrdiff_t>(block), place.after);
        found.add(place, model_);
    }
    return found;
}

} // namespace overflight
