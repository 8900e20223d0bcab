// SPDX-License-Identifier: Apache-2.0
#include "io/product_cache.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace overflight {

ChunkedLayer::ChunkedLayer(Cache& cache, int layer_number, const LayerSpec& layer, const Grid& grid, Decode decode)
    : cache_(cache), layer_number_(static_cast<std::uint64_t>(layer_number)),
      sample_bytes_(layer_type_size(layer.type)), decode_(std::move(decode)) {
    const RasterShape whole = layer_shape(layer, grid), chunk = chunk_shape(layer, grid);
    chunk_width_ = static_cast<int>(chunk.width);
    chunk_height_ = static_cast<int>(chunk.height);
    cols_ = (whole.width + chunk.width - 1) / chunk.width;
    rows_ = (whole.height + chunk.height - 1) / chunk.height;
}

std::uint64_t ChunkedLayer::key(int band, std::int64_t row, std::int64_t col) const {
    return layer_number_ << 40 | static_cast<std::uint64_t>((band * rows_ + row) * cols_ + col);
}

void ChunkedLayer::keep(int band, std::int64_t row, std::int64_t col, std::span<const std::byte> samples) const {
    auto chunk = std::make_shared<Chunk>();
    chunk->samples.assign(samples.begin(), samples.end());
    cache_.offer(key(band, row, col), std::move(chunk));
}

ChunkedLayer::Cache::Pointer ChunkedLayer::chunk(int band, std::int64_t row, std::int64_t col) const {
    return cache_.get(key(band, row, col), [&] {
        auto fresh = std::make_shared<Chunk>();
        fresh->samples.resize(static_cast<std::size_t>(chunk_width_) * static_cast<std::size_t>(chunk_height_) *
                              sample_bytes_);
        decode_(band, row, col, fresh->samples);
        return std::shared_ptr<const Chunk>(std::move(fresh));
    });
}

void ChunkedLayer::read(int band, const Window& window, std::byte* out, std::size_t stride) const {
    for (std::int64_t row = window.row / chunk_height_; row * chunk_height_ < window.row + window.height; ++row) {
        for (std::int64_t col = window.col / chunk_width_; col * chunk_width_ < window.col + window.width; ++col) {
            const auto chunk = this->chunk(band, row, col);
            const std::int64_t c0 = std::max(window.col, col * chunk_width_),
                               c1 = std::min(window.col + window.width, (col + 1) * chunk_width_);
            const std::int64_t r0 = std::max(window.row, row * chunk_height_),
                               r1 = std::min(window.row + window.height, (row + 1) * chunk_height_);
            for (std::int64_t r = r0; r < r1; ++r)
                std::memcpy(out + static_cast<std::size_t>(r - window.row) * stride +
                                static_cast<std::size_t>(c0 - window.col) * sample_bytes_,
                            chunk->samples.data() + static_cast<std::size_t>((r - row * chunk_height_) * chunk_width_ +
                                                                             (c0 - col * chunk_width_)) *
                                                        sample_bytes_,
                            static_cast<std::size_t>(c1 - c0) * sample_bytes_);
        }
    }
}

void ChunkedLayer::pick(int band, const Window& window, int step, std::byte* out) const {
    for (std::int64_t row = window.row; row < window.row + window.height; row += step) {
        Cache::Pointer held;
        for (std::int64_t col = window.col; col < window.col + window.width; col += step) {
            if (held == nullptr || (col - step) / chunk_width_ != col / chunk_width_)
                held = chunk(band, row / chunk_height_, col / chunk_width_);
            const std::int64_t at = row % chunk_height_ * chunk_width_ + col % chunk_width_;
            std::memcpy(out, held->samples.data() + static_cast<std::size_t>(at) * sample_bytes_, sample_bytes_);
            out += sample_bytes_;
        }
    }
}

} // namespace overflight
