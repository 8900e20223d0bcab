// SPDX-License-Identifier: Apache-2.0
#include "flow/mosaic_chunks.h"

#include "flow/work_folder.h"

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

MosaicChunks::MosaicChunks(const Plan& plan) : cache_(plan.memory.mosaic_cache) {
    for (const PlannedMission& mission : plan.missions)
        missions_.push_back({product_path(plan.config, mission.config.name), mission.grid, false});
    if (plan.memory.kept_mosaics == 0) return;
    for (const PlannedChange& change : plan.changes)
        missions_[change.before].kept = missions_[change.after].kept = true;
}

bool MosaicChunks::wants(std::size_t mission) const {
    return missions_[mission].kept;
}

void MosaicChunks::keep(std::size_t mission, const LayerSpec& layer, int band, std::int64_t row, std::int64_t col,
                        std::span<const std::byte> samples) {
    chunks_of(number_of(mission, layer), layer, missions_[mission].grid, nullptr).keep(band, row, col, samples);
}

ChunkedLayer MosaicChunks::mosaic(std::size_t mission, const LayerSpec& layer, const Grid& grid,
                                  ChunkedLayer::Decode decode) {
    return chunks_of(number_of(mission, layer), layer, grid, std::move(decode));
}

std::optional<ChunkedLayer> MosaicChunks::mosaic(const std::filesystem::path& product, const LayerSpec& layer,
                                                 const Grid& grid, ChunkedLayer::Decode decode) {
    const auto found = std::find_if(missions_.begin(), missions_.end(), [&](const Mission& mission) {
        return mission.product.filename() == product.filename();
    });
    if (found == missions_.end()) return std::nullopt;
    return mosaic(static_cast<std::size_t>(found - missions_.begin()), layer, grid, std::move(decode));
}

ChunkedLayer MosaicChunks::score(std::size_t change, const LayerSpec& layer, const Grid& grid,
                                 ChunkedLayer::Decode decode) {
    return chunks_of(layers.size() * missions_.size() + change, layer, grid, std::move(decode));
}

ChunkedLayer MosaicChunks::chunks_of(std::size_t number, const LayerSpec& layer, const Grid& grid,
                                     ChunkedLayer::Decode decode) {
    return ChunkedLayer(cache_, static_cast<int>(number), layer, grid, std::move(decode));
}

} // namespace overflight
