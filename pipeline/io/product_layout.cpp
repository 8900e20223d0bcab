// SPDX-License-Identifier: Apache-2.0
#include "io/product.h"

#include <algorithm>

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

} // namespace overflight
