// SPDX-License-Identifier: Apache-2.0
#include "flow/pair_views.h"

#include "core/quality.h"
#include "flow/survey.h"
#include "stages/block_views.h"

#include <algorithm>

namespace overflight {
namespace {

constexpr int side = ParallaxField::block;
static_assert(Tiling::size % side == 0, "a block lies in one tile");
constexpr std::int64_t places_bytes = std::int64_t{8} << 20;

} // namespace

PairViewsFinder::PairViewsFinder(const Plan& plan, const PlannedChange& change, const MosaicView& before,
                                 const MosaicView& after, const ChangeModel& model)
    : plan_(plan), change_(change), before_(before), after_(after), model_(model),
      balance_before_(stored_survey(plan, change.before).balance),
      balance_after_(stored_survey(plan, change.after).balance), places_(places_bytes) {}

PairViews PairViewsFinder::around(const Window& tile) const {
    constexpr int reach = ChangeScorer::views_halo;
    const PixelBlocks blocks{tile.col - reach, tile.row - reach, side, (tile.width + 2 * reach + side - 1) / side,
                             (tile.height + 2 * reach + side - 1) / side};
    const PlannedMission &before = plan_.missions[change_.before], &after = plan_.missions[change_.after];
    const std::vector<std::uint32_t> frames_before = before_.frames_in(blocks), frames_after = after_.frames_in(blocks);
    const BlockViews views_before(before, change_.grid, blocks, frames_before),
        views_after(after, change_.grid, blocks, frames_after);
    PairViews views;
    views.blocks = blocks;
    views.saturation_before = views_before.saturation(balance_before_);
    views.saturation_after = views_after.saturation(balance_after_);
    views.drift.assign(frames_before.size(), RadiometricDrift::none);
    if (change_.config.drift) {
        const RadiometricDrift drift(places_around(tile), model_);
        for (std::size_t i = 0; i < frames_before.size(); ++i)
            views.drift[i] = drift.of(frames_before[i], frames_after[i]);
    }
    const bool leaning = before.config.camera != CameraKind::ortho && after.config.camera != CameraKind::ortho;
    if (leaning && change_.config.relief_m > 0)
        views.parallax = parallax_between(blocks, views_before.lean(), views_after.lean(), change_.config.relief_m,
                                          change_.grid.resolution);
    return views;
}

/// Of the tile and the tiles around it.
std::vector<PlacePair> PairViewsFinder::places_around(const Window& tile) const {
    const Tiling tiling(change_.grid);
    std::vector<PlacePair> places;
    const std::int64_t row = tile.row / Tiling::size, col = tile.col / Tiling::size;
    for (std::int64_t r = std::max<std::int64_t>(0, row - 1); r <= std::min(tiling.rows() - 1, row + 1); ++r) {
        for (std::int64_t c = std::max<std::int64_t>(0, col - 1); c <= std::min(tiling.cols() - 1, col + 1); ++c) {
            const std::int64_t number = r * tiling.cols() + c;
            const auto found = places_.get(static_cast<std::uint64_t>(number), [&] {
                return std::make_shared<const Places>(places_in(tiling.window(number)));
            });
            places.insert(places.end(), found->places.begin(), found->places.end());
        }
    }
    return places;
}

/// A place in the middle of each block of a tile, as far as both missions show it.
PairViewsFinder::Places PairViewsFinder::places_in(const Window& tile) const {
    const auto middles = [](std::int64_t pixels) { return static_cast<int>((pixels + side / 2 - 1) / side); };
    const PixelBlocks blocks{tile.col, tile.row, side, middles(tile.width), middles(tile.height)};
    Places found;
    if (blocks.count() == 0) return found;
    MosaicView::Pixels before, after;
    before_.read_middles(blocks, before);
    after_.read_middles(blocks, after);
    const std::vector<std::uint32_t> frames_before = before_.frames_in(blocks), frames_after = after_.frames_in(blocks);
    found.places.reserve(frames_before.size());
    for (std::size_t block = 0; block < frames_before.size(); ++block) {
        if (before.valid[block] == 0 || after.valid[block] == 0) continue;
        PlacePair& place = found.places.emplace_back();
        place.frame_before = frames_before[block];
        place.frame_after = frames_after[block];
        const auto take = [&](const MosaicView::Pixels& pixels, std::array<float, change_max_bands>& values) {
            for (std::size_t b = 0; b < pixels.view.bands.size(); ++b)
                values[b] = pixels.view.bands[b].at(static_cast<std::ptrdiff_t>(block));
        };
        take(before, place.before);
        take(after, place.after);
    }
    return found;
}

} // namespace overflight
