// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/block_cache.h"
#include "core/grid.h"
#include "core/raw_bytes.h"
#include "io/product.h"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace overflight {

/// Decoded chunks of one layer under a budget, for stages that look beyond their tile: each chunk is decoded once.
class ChunkedLayer {
public:
    struct Chunk {
        RawBytes samples; ///< one only where all are equal
        std::size_t bytes() const { return sizeof(Chunk) + samples.size(); }
    };
    using Cache = BlockCache<Chunk>;
    /// Decodes chunk (row, col) of a band into samples of exactly the chunk's size.
    using Decode = std::function<void(int band, std::int64_t row, std::int64_t col, std::span<std::byte> samples)>;

    /// `layer_number` tells layers that share a cache apart.
    ChunkedLayer(Cache& cache, int layer_number, const LayerSpec& layer, const Grid& grid, Decode decode);

    std::size_t sample_bytes() const { return sample_bytes_; }

    /// Puts a chunk in the cache that is known without decoding. One of equal samples takes next to no memory.
    void keep(int band, std::int64_t row, std::int64_t col, std::span<const std::byte> samples) const;

    /// Copies a window of one band, which must lie in the layer; rows of `stride` bytes.
    void read(int band, const Window& window, std::byte* out, std::size_t stride) const;

    /// Copies each step-th pixel both ways of such a window, from its first pixel on, one behind the other.
    void pick(int band, const Window& window, int step, std::byte* out) const;

private:
    Cache::Pointer chunk(int band, std::int64_t row, std::int64_t col) const;
    /// Samples of a row of a chunk.
    void copy_row(const Chunk& chunk, std::int64_t row, std::int64_t col, std::int64_t count, std::byte* to) const;
    std::uint64_t key(int band, std::int64_t row, std::int64_t col) const;

    Cache& cache_;
    std::uint64_t layer_number_;
    std::int64_t cols_ = 0, rows_ = 0;
    int chunk_width_ = 0, chunk_height_ = 0;
    std::size_t sample_bytes_;
    Decode decode_;
};

} // namespace overflight
