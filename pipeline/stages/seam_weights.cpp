// SPDX-License-Identifier: Apache-2.0
#include "stages/seam_weights.h"

#include "core/quality.h"
#include "stages/tile_parts.h"

#include <algorithm>
#include <limits>

namespace overflight {
namespace {

/// Feathered: the shares are the weights. Towards its own border a frame fades out over the feather, so that no step
/// stands where it ends amid others; it keeps a weight of 1, which counts where it is alone.
void feathered_weights(const std::vector<float>& share, const FrameHeader& header, double feather_source_px,
                       const SampledPart& sampled, std::vector<std::uint16_t>& weight) {
    const auto reach = static_cast<std::int32_t>(feather_source_px * kernels::phases) + 1;
    const std::int32_t col_end = (header.width - 1) * kernels::phases, row_end = (header.height - 1) * kernels::phases;
    weight.resize(share.size());
    for (std::size_t i = 0; i < share.size(); ++i) {
        auto value = static_cast<std::int32_t>(share[i] * SeamWeights::full + 0.5F);
        // beyond the first pixel is all the same, no_position included
        const std::int32_t col = std::max(sampled.col[i], -1), row = std::max(sampled.row[i], -1);
        const std::int32_t inside = std::min(std::min(col, col_end - col), std::min(row, row_end - row));
        if (value > 0 && inside < reach)
            value = std::max(1, static_cast<std::int32_t>(std::int64_t{value} * std::max(inside, 0) / reach));
        weight[i] = static_cast<std::uint16_t>(value);
    }
}

} // namespace

bool has_share(const TileSeams& seams, std::size_t labelled, const Window& part) {
    if (seams.shares.empty()) return true;
    const std::vector<float>& share = seams.shares[labelled];
    const auto first_col = part.col / seams.cell, last_col = (part.col + part.width - 1) / seams.cell + 2;
    const auto first_row = part.row / seams.cell, last_row = (part.row + part.height - 1) / seams.cell + 2;
    for (auto row = first_row; row <= last_row; ++row)
        for (auto col = first_col; col <= last_col; ++col)
            if (share[static_cast<std::size_t>(row * seams.cols + col)] > 0) return true;
    return false;
}

Window parts_with_share(const TileSeams& seams, std::size_t labelled, const Window& tile) {
    if (seams.shares.empty()) return {0, 0, tile.width, tile.height};
    int left = tile.width, top = tile.height, right = 0, bottom = 0;
    for (int row = 0; row < tile.height; row += part_side) {
        for (int col = 0; col < tile.width; col += part_side) {
            const Window part{col, row, std::min(part_side, tile.width - col), std::min(part_side, tile.height - row)};
            if (!has_share(seams, labelled, part)) continue;
            left = std::min(left, col), right = std::max(right, col + part.width);
            top = std::min(top, row), bottom = std::max(bottom, row + part.height);
        }
    }
    return right > left ? Window{left, top, right - left, bottom - top} : Window{};
}

void SeamWeights::begin(const TileSeams& seams, const Window& part, bool hard) {
    seams_ = &seams;
    part_ = part;
    hard_ = hard && !seams.shares.empty();
    const auto pixels = static_cast<std::size_t>(part.pixels());
    if (seams.shares.empty()) weight_.assign(pixels, full);
    if (!hard_) return;
    largest_share_.assign(pixels, 0);
    heaviest_.assign(pixels, std::numeric_limits<std::uint32_t>::max());
    for (std::size_t k = 0; k < seams.frames.size(); ++k) {
        if (!has_share(seams, k, part)) continue;
        weigh(k);
        for (std::size_t i = 0; i < pixels; ++i) {
            if (!(share_[i] > largest_share_[i])) continue;
            largest_share_[i] = share_[i];
            heaviest_[i] = static_cast<std::uint32_t>(k);
        }
    }
}

const std::vector<std::uint16_t>& SeamWeights::of(std::size_t labelled, const FrameHeader& header,
                                                  double feather_source_px, const SampledPart& sampled) {
    if (hard_) {
        weight_.resize(heaviest_.size());
        for (std::size_t i = 0; i < weight_.size(); ++i)
            weight_[i] = heaviest_[i] == labelled ? full : std::uint16_t{0};
    } else if (!seams_->shares.empty()) {
        weigh(labelled);
        feathered_weights(share_, header, feather_source_px, sampled, weight_);
    }
    return weight_;
}

/// A frame's share at every pixel, interpolated between the centres of the cells.
void SeamWeights::weigh(std::size_t labelled) {
    const TileSeams& seams = *seams_;
    const std::vector<float>& share = seams.shares[labelled];
    share_.resize(static_cast<std::size_t>(part_.pixels()));
    float* to = share_.data();
    const auto cell_side = static_cast<float>(seams.cell);
    for (int r = 0; r < part_.height; ++r) {
        const float y = (static_cast<float>(part_.row + r) - seams.first) / cell_side;
        const auto cell_row = static_cast<int>(y);
        const float fy = y - static_cast<float>(cell_row);
        const float* upper = share.data() + static_cast<std::ptrdiff_t>(cell_row) * seams.cols;
        const float* lower = upper + seams.cols;
        for (int c = 0; c < part_.width; ++c) {
            const float x = (static_cast<float>(part_.col + c) - seams.first) / cell_side;
            const auto cell = static_cast<int>(x);
            const float fx = x - static_cast<float>(cell);
            const float above = upper[cell] + fx * (upper[cell + 1] - upper[cell]);
            const float below = lower[cell] + fx * (lower[cell + 1] - lower[cell]);
            *to++ = above + fy * (below - above);
        }
    }
}

} // namespace overflight
