// SPDX-License-Identifier: Apache-2.0
#include "io/product_cache.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace overflight {
namespace {

/// Each `stride` bytes one sample, `bytes` each; a stride of 0 repeats the first.
template <std::size_t bytes>
void pick_samples(const std::byte* from, std::size_t stride, std::int64_t count, std::byte* out) {
    for (std::int64_t i = 0; i < count; ++i, from += stride, out += bytes) std::memcpy(out, from, bytes);
}

bool all_equal(std::span<const std::byte> samples, std::size_t sample_bytes) {
    return std::memcmp(samples.data(), samples.data() + sample_bytes, samples.size() - sample_bytes) == 0;
}

} // namespace

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
    if (all_equal(samples, sample_bytes_)) samples = samples.first(sample_bytes_);
    chunk->samples = backed_bytes(samples.size());
    std::copy(samples.begin(), samples.end(), chunk->samples.begin());
    cache_.offer(key(band, row, col), std::move(chunk));
}

void ChunkedLayer::copy_row(const Chunk& chunk, std::int64_t row, std::int64_t col, std::int64_t count,
                            std::byte* to) const {
    const std::size_t bytes = static_cast<std::size_t>(count) * sample_bytes_;
    if (chunk.samples.size() > sample_bytes_) {
        const auto at = static_cast<std::size_t>(row * chunk_width_ + col);
        std::memcpy(to, chunk.samples.data() + at * sample_bytes_, bytes);
    } else {
        std::memcpy(to, chunk.samples.data(), sample_bytes_);
        for (std::size_t done = sample_bytes_; done < bytes; done *= 2)
            std::memcpy(to + done, to, std::min(done, bytes - done));
    }
}

ChunkedLayer::Cache::Pointer ChunkedLayer::chunk(int band, std::int64_t row, std::int64_t col) const {
    return cache_.get(key(band, row, col), [&] {
        auto fresh = std::make_shared<Chunk>();
        fresh->samples = backed_bytes(static_cast<std::size_t>(chunk_width_) * static_cast<std::size_t>(chunk_height_) *
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
            for (std::int64_t r = r0; r < r1; ++r) {
                std::byte* to = out + static_cast<std::size_t>(r - window.row) * stride +
                                static_cast<std::size_t>(c0 - window.col) * sample_bytes_;
                copy_row(*chunk, r - row * chunk_height_, c0 - col * chunk_width_, c1 - c0, to);
            }
        }
    }
}

void ChunkedLayer::pick(int band, const Window& window, int step, std::byte* out) const {
    for (std::int64_t row = window.row; row < window.row + window.height; row += step) {
        for (std::int64_t col = window.col; col < window.col + window.width;) {
            const std::int64_t chunk_col = col / chunk_width_,
                               end = std::min(window.col + window.width, (chunk_col + 1) * chunk_width_),
                               count = (end - col + step - 1) / step;
            const auto held = chunk(band, row / chunk_height_, chunk_col);
            const bool one = held->samples.size() == sample_bytes_;
            const auto at = static_cast<std::size_t>(row % chunk_height_ * chunk_width_ + col % chunk_width_);
            const std::byte* from = held->samples.data() + (one ? 0 : at * sample_bytes_);
            const std::size_t stride = one ? 0 : static_cast<std::size_t>(step) * sample_bytes_;
            switch (sample_bytes_) {
            case 1:
                pick_samples<1>(from, stride, count, out);
                break;
            case 2:
                pick_samples<2>(from, stride, count, out);
                break;
            default: // no layer's samples are wider
                pick_samples<4>(from, stride, count, out);
            }
            out += static_cast<std::size_t>(count) * sample_bytes_;
            col += count * step;
        }
    }
}

} // namespace overflight
