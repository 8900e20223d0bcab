// SPDX-License-Identifier: Apache-2.0
#include "handover/report/held_layer.h"

namespace overflight {

ChunkedLayer held_layer(const ProductReader& mosaic, const LayerSpec& layer, int number, ChunkedLayer::Cache& cache,
                        const HeldChunks& held) {
    const auto decode = [&mosaic, name = layer.name](int band, std::int64_t row, std::int64_t col,
                                                     std::span<std::byte> samples) {
        mosaic.read_chunk(name, band, row, col, samples);
    };
    if (held)
        if (auto found = held(mosaic.path(), layer, mosaic.grid(), decode)) return *found;
    return ChunkedLayer(cache, number, layer, mosaic.grid(), decode);
}

} // namespace overflight
