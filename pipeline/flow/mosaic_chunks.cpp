// SPDX-License-Identifier: Apache-2.0
#include "flow/mosaic_chunks.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace overflight {
namespace {

constexpr std::array<std::string_view, 4> layers = {"image", hard_seams_layer, "quality", "source_frame"};

std::size_t number_of(std::size_t mission, const LayerSpec& layer) {
    const auto number = std::find(layers.begin(), layers.end(), layer.name) - layers.begin();
    return layers.size() * mission + static_cast<std::size_t>(number);
}

} // namespace

MosaicChunks::MosaicChunks(const Plan& plan) : plan_(plan), cache_(plan.memory.mosaic_cache) {}

bool MosaicChunks::wants(std::size_t mission) const {
    return plan_.memory.kept_mosaics > 0 &&
           std::any_of(plan_.changes.begin(), plan_.changes.end(), [&](const PlannedChange& change) {
               return change.before == mission || change.after == mission;
           });
}

void MosaicChunks::keep(std::size_t mission, const LayerSpec& layer, int band, std::int64_t row, std::int64_t col,
                        std::span<const std::byte> samples) {
    chunks_of(number_of(mission, layer), layer, plan_.missions[mission].grid, nullptr).keep(band, row, col, samples);
}

ChunkedLayer MosaicChunks::mosaic(std::size_t mission, const LayerSpec& layer, const Grid& grid,
                                  ChunkedLayer::Decode decode) {
    return chunks_of(number_of(mission, layer), layer, grid, std::move(decode));
}

ChunkedLayer MosaicChunks::score(std::size_t change, const LayerSpec& layer, const Grid& grid,
                                 ChunkedLayer::Decode decode) {
    return chunks_of(layers.size() * plan_.missions.size() + change, layer, grid, std::move(decode));
}

ChunkedLayer MosaicChunks::chunks_of(std::size_t number, const LayerSpec& layer, const Grid& grid,
                                     ChunkedLayer::Decode decode) {
    return ChunkedLayer(cache_, static_cast<int>(number), layer, grid, std::move(decode));
}

} // namespace overflight
