// SPDX-License-Identifier: Apache-2.0
#include "flow/change_objects_pass.h"

#include "flow/change_layers.h"
#include "stages/change_registration.h"
#include "stages/ground_cover.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

namespace overflight {
namespace {

/// Changes smaller than this are dropped tile by tile, as they are found: a tile has to be looked at as far around as
/// they may reach. Larger ones once they are put together.
constexpr int largest_dropped_early_px = 1024;

int dropped_early(const ChangeConfig& config) {
    return std::min(config.minimum_area_px, largest_dropped_early_px);
}

struct Slot {
    ChangePair::Pixels pixels;
    std::vector<std::uint8_t> score, mask, chunk, flags_before, flags_after, context;
    std::vector<ObjectPart> parts;
    EncodedChunk encoded;
    bool observed = false;
};

/// Rows of a tile from the first with a candidate to the last; of height 0 where there is none.
Window rows_with_candidates(const Window& tile, std::span<const std::uint8_t> mask) {
    const auto first = std::find(mask.begin(), mask.end(), std::uint8_t{1});
    if (first == mask.end()) return {tile.col, tile.row, tile.width, 0};
    const auto last = std::find(mask.rbegin(), mask.rend(), std::uint8_t{1}).base() - 1;
    const auto top = (first - mask.begin()) / tile.width, bottom = (last - mask.begin()) / tile.width;
    return {tile.col, tile.row + top, tile.width, static_cast<int>(bottom - top) + 1};
}

class ObjectsPass {
public:
    ObjectsPass(const ChangePair& pair, const PairModel& model, const ProductWriter& product)
        : pair_(pair), field_(model.field), model_(model.model), product_(product),
          evidence_(pair.change.config.evidence) {}

    /// Parts of objects in a tile, and its contexts where evidence is asked for.
    void find_parts(std::int64_t index, const ChunkedLayer& scores, const ChangeThresholds& thresholds,
                    Slot& slot) const {
        const int minimum_area_px = dropped_early(pair_.change.config);
        const Window tile = pair_.tiling.window(index),
                     window = grown(tile, decision_halo(minimum_area_px), pair_.change.grid);
        slot.score.resize(static_cast<std::size_t>(window.pixels()));
        scores.read(0, window, reinterpret_cast<std::byte*>(slot.score.data()), static_cast<std::size_t>(window.width));
        slot.mask.assign(static_cast<std::size_t>(tile.pixels()), 255);
        find_candidates(tile, window, slot.score, thresholds, minimum_area_px, slot.mask);
        slot.observed = std::any_of(slot.mask.begin(), slot.mask.end(), [](std::uint8_t v) { return v != 255; });
        slot.parts.clear();
        if (!slot.observed) return;
        const Window rows = rows_with_candidates(tile, slot.mask);
        const bool changed = rows.height > 0;
        if (changed || evidence_) find_context(tile, evidence_ ? tile : rows, slot);
        if (changed)
            slot.parts = find_object_parts(tile, window, slot.mask, slot.score, slot.pixels.before.view,
                                           slot.pixels.after.view, field_, slot.context);
        if (!evidence_) return;
        if (changed) add_evidence_of(index, slot);
        slot.encoded = pair_.encode_tile(tile, slot.context, slot.chunk, 0);
    }

private:
    /// Of some rows of a tile that was decided; reads both missions' pixels for them.
    void find_context(const Window& tile, const Window& rows, Slot& slot) const {
        const Grid& grid = pair_.change.grid;
        const int shift = static_cast<int>(std::ceil(field_.largest()));
        const Window reached = grown(rows, shift, grid);
        pair_.before.read_flags(rows, slot.flags_before);
        pair_.after.read_flags(reached, slot.flags_after);
        slot.context.resize(slot.mask.size());
        const auto first = static_cast<std::size_t>((rows.row - tile.row) * tile.width),
                   count = static_cast<std::size_t>(rows.pixels());
        const std::span<std::uint8_t> context = std::span(slot.context).subspan(first, count);
        find_change_context(rows, {rows, slot.flags_before}, {reached, slot.flags_after}, field_, context);
        pair_.before.read(grown(rows, GroundCover::halo, grid), slot.pixels.before);
        pair_.after.read(grown(rows, shift + GroundCover::halo, grid), slot.pixels.after);
        const auto cover = [](const MosaicView& mosaic, const MissionView& view, std::span<const float> levels) {
            const auto bands = static_cast<std::ptrdiff_t>(mosaic.bands().size());
            const float sum = std::accumulate(levels.begin(), levels.begin() + bands, 0.0F);
            return GroundCover(view, mosaic.band_roles(), sum / static_cast<float>(bands));
        };
        GroundCover before = cover(pair_.before, slot.pixels.before.view, model_.fill_before),
                    after = cover(pair_.after, slot.pixels.after.view, model_.fill_after);
        std::span<const std::uint8_t> asked; // empty: all
        if (!evidence_) asked = std::span(slot.mask).subspan(first, count);
        add_ground_cover(rows, asked, before, after, field_, context);
    }

    /// Means of what scores were made of, for the parts of objects in a tile.
    void add_evidence_of(std::int64_t index, Slot& slot) const {
        const Window tile = pair_.tiling.window(index);
        const auto [width, height] = pair_.chunk_size();
        slot.chunk.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
        for (std::size_t i = 0; i < evidence_layers.size(); ++i) {
            product_.read_back(evidence_layers[i].name, 0, index / pair_.tiling.cols(), index % pair_.tiling.cols(),
                               std::as_writable_bytes(std::span(slot.chunk)));
            add_evidence({tile.col, tile.row, width, height}, i, slot.chunk, slot.parts);
        }
    }

    const ChangePair& pair_;
    const ShiftField& field_;
    const ChangeModel& model_;
    const ProductWriter& product_;
    const bool evidence_;
};

} // namespace

std::vector<ChangeObject> collect_objects(const ChangePair& pair, const PairModel& model, const ChunkedLayer& scores,
                                          const ChangeThresholds& thresholds, ProductWriter& product) {
    const ObjectsPass pass(pair, model, product);
    std::vector<int> common(static_cast<std::size_t>(pair.bands.common));
    std::iota(common.begin(), common.end(), 0);
    ObjectCollector collector(pair.tiling, model.model, reordered(pair.before.band_roles(), common));
    std::vector<Slot> slots;
    pair.for_each_tile(
        0, pair.tiling.count(), slots,
        [&](std::int64_t index, Slot& slot) { pass.find_parts(index, scores, thresholds, slot); },
        [&](std::int64_t index, Slot& slot) {
            collector.add(index, std::move(slot.parts));
            if (slot.observed && pair.change.config.evidence)
                product.write_chunk("context", 0, index / pair.tiling.cols(), index % pair.tiling.cols(), slot.encoded);
        });
    std::vector<ChangeObject> objects = collector.take();
    std::erase_if(objects, [&](const ChangeObject& each) { return each.pixels < pair.change.config.minimum_area_px; });
    return objects;
}

} // namespace overflight
