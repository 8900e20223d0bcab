// SPDX-License-Identifier: Apache-2.0
#include "io/product.h"

#include <algorithm>
#include <cstring>

namespace overflight {

std::size_t layer_type_size(LayerType type) {
    return with_sample_type(type, [](auto zero) { return sizeof zero; });
}

RasterShape layer_shape(const LayerSpec& layer, const Grid& grid) {
    return {(grid.width + layer.step - 1) / layer.step, (grid.height + layer.step - 1) / layer.step};
}

RasterShape chunk_shape(const LayerSpec& layer, const Grid& grid) {
    const RasterShape whole = layer_shape(layer, grid);
    return {std::min<std::int64_t>(Tiling::size, whole.width), std::min<std::int64_t>(Tiling::size, whole.height)};
}

void fill_samples(const LayerSpec& layer, std::span<std::byte> samples) {
    with_sample_type(layer.type, [&]<typename Sample>(Sample) {
        const auto value = static_cast<Sample>(layer.fill.value_or(0));
        for (std::size_t i = 0; i + sizeof(Sample) <= samples.size(); i += sizeof(Sample))
            std::memcpy(samples.data() + i, &value, sizeof(Sample));
    });
}

} // namespace overflight
