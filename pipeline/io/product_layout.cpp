// SPDX-License-Identifier: Apache-2.0
#include "io/product.h"

#include <algorithm>
#include <cstring>

namespace overflight {

std::size_t layer_type_size(LayerType type) {
    switch (type) {
    case LayerType::u8:
        return 1;
    case LayerType::u16:
    case LayerType::i16:
        return 2;
    case LayerType::f32:
        break;
    }
    return 4;
}

RasterShape layer_shape(const LayerSpec& layer, const Grid& grid) {
    return {(grid.width + layer.step - 1) / layer.step, (grid.height + layer.step - 1) / layer.step};
}

RasterShape chunk_shape(const LayerSpec& layer, const Grid& grid) {
    const RasterShape whole = layer_shape(layer, grid);
    return {std::min<std::int64_t>(Tiling::size, whole.width), std::min<std::int64_t>(Tiling::size, whole.height)};
}

void fill_samples(const LayerSpec& layer, std::span<std::byte> samples) {
    const auto fill = [&]<typename Sample>(Sample value) {
        for (std::size_t i = 0; i + sizeof(Sample) <= samples.size(); i += sizeof(Sample))
            std::memcpy(samples.data() + i, &value, sizeof(Sample));
    };
    const double value = layer.fill.value_or(0);
    switch (layer.type) {
    case LayerType::u8:
        return fill(static_cast<std::uint8_t>(value));
    case LayerType::u16:
        return fill(static_cast<std::uint16_t>(value));
    case LayerType::i16:
        return fill(static_cast<std::int16_t>(value));
    case LayerType::f32:
        return fill(static_cast<float>(value));
    }
}

} // namespace overflight
