// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "io/product.h"

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace overflight {

/// Gathers a float layer on a coarse lattice, tile by tile; its chunks span many tiles. Holds only chunks that some
/// tile lies in.
class LatticeChunks {
public:
    /// Tiling::size must be a multiple of the layer's step.
    LatticeChunks(const LayerSpec& layer, const Grid& grid);

    /// Nodes of a tile, row-major: one for each step x step pixels, those at its edges cut.
    void add(const Window& tile, std::span<const float> nodes);

    void write(ProductWriter& writer, Codec codec, int level) const;

private:
    LayerSpec layer_;
    RasterShape chunk_;
    std::map<std::pair<std::int64_t, std::int64_t>, std::vector<float>> chunks_; ///< by row and column
};

} // namespace overflight
