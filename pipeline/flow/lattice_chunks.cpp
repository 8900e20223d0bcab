// SPDX-License-Identifier: Apache-2.0
#include "flow/lattice_chunks.h"

namespace overflight {

LatticeChunks::LatticeChunks(const LayerSpec& layer, const Grid& grid)
    : layer_(layer), chunk_(chunk_shape(layer, grid)) {}

void LatticeChunks::add(const Window& tile, std::span<const float> nodes) {
    const std::int64_t first_row = tile.row / layer_.step, first_col = tile.col / layer_.step;
    const int rows = (tile.height + layer_.step - 1) / layer_.step, cols = (tile.width + layer_.step - 1) / layer_.step;
    for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < cols; ++c) {
            const std::int64_t row = first_row + r, col = first_col + c;
            std::vector<float>& chunk = chunks_[{row / chunk_.height, col / chunk_.width}];
            if (chunk.empty()) {
                chunk.resize(static_cast<std::size_t>(chunk_.width * chunk_.height));
                fill_samples(layer_, std::as_writable_bytes(std::span(chunk)));
            }
            chunk[static_cast<std::size_t>(row % chunk_.height * chunk_.width + col % chunk_.width)] =
                nodes[static_cast<std::size_t>(r * cols + c)];
        }
    }
}

void LatticeChunks::write(ProductWriter& writer, Codec codec, int level) const {
    for (const auto& [place, samples] : chunks_)
        writer.write_chunk(layer_.name, 0, place.first, place.second,
                           encode_chunk(std::as_bytes(std::span(samples)), sizeof(float), codec, level));
}

} // namespace overflight
