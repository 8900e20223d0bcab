// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/terrain_overview.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace overflight {

// Internal to the geometry layer.

/// Lowest and highest of some posts.
struct PostRange {
    float low = highest_height, high = lowest_height;
    bool whole = true; ///< without holes

    void join(const PostRange& other) {
        low = std::min(low, other.low);
        high = std::max(high, other.high);
        whole = whole && other.whole;
    }
};

/// Ranges and sums down the columns of a few rows of posts, NaN in holes; a vector of columns at a time.
class PostColumns {
public:
    void begin(int cols) {
        const auto size = static_cast<std::size_t>(cols);
        for (std::vector<float>* each : {&low_, &high_, &count_}) each->resize(size);
        holes_.resize(size);
        sum_.resize(size);
        clear_ranges();
        clear_sums();
    }

    void clear_ranges() {
        std::ranges::fill(low_, highest_height);
        std::ranges::fill(high_, lowest_height);
        std::ranges::fill(holes_, 0);
    }
    void clear_sums() {
        std::ranges::fill(sum_, 0.0);
        std::ranges::fill(count_, 0.0F);
    }

    /// Rows one below the other, `stride` from each to the next. So many columns at a time that what is gathered of
    /// them stays in the first-level cache.
    void add(const float* lines, int rows, std::ptrdiff_t stride, bool holes) {
        constexpr std::size_t at_once = 512;
        for (std::size_t first = 0; first < low_.size(); first += at_once) {
            const std::size_t end = std::min(low_.size(), first + at_once);
            for (int row = 0; row < rows; ++row) {
                if (holes)
                    add_row<true>(lines + row * stride, first, end);
                else
                    add_row<false>(lines + row * stride, first, end);
            }
            if (holes) continue;
            for (std::size_t col = first; col < end; ++col) count_[col] += static_cast<float>(rows);
        }
    }

    /// Of the columns from `first` to before `end`.
    PostRange range(int first, int end) const {
        PostRange range;
        for (auto col = static_cast<std::size_t>(first); col < static_cast<std::size_t>(end); ++col)
            range.join({low_[col], high_[col], holes_[col] == 0});
        return range;
    }

    double sum(int col) const { return sum_[static_cast<std::size_t>(col)]; }
    float count(int col) const { return count_[static_cast<std::size_t>(col)]; }

private:
    template <bool holes>
    void add_row(const float* line, std::size_t first, std::size_t end) {
        float *low = low_.data(), *high = high_.data(), *count = count_.data();
        std::int32_t* hole = holes_.data();
        double* sum = sum_.data();
        for (std::size_t col = first; col < end; ++col) {
            const float value = line[col]; // comparisons with holes are false
            low[col] = value < low[col] ? value : low[col];
            high[col] = value > high[col] ? value : high[col];
        }
        for (std::size_t col = first; col < end; ++col) {
            const bool known = !holes || line[col] == line[col];
            sum[col] += static_cast<double>(known ? line[col] : 0.0F);
            if constexpr (holes) {
                count[col] += known ? 1.0F : 0.0F;
                hole[col] |= known ? 0 : 1;
            }
        }
    }

    std::vector<float> low_, high_;
    std::vector<std::int32_t> holes_;
    std::vector<double> sum_;
    std::vector<float> count_;
};

} // namespace overflight
