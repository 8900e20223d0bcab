// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace overflight::kernels {

/// Smallest and largest frame positions, inclusive, in 1/256 pixel (see resample.h); empty as constructed.
struct PositionExtent {
    std::int32_t col0 = INT32_MAX, row0 = INT32_MAX, col1 = INT32_MIN, row1 = INT32_MIN;

    bool empty() const { return col1 < col0; }
    friend bool operator==(const PositionExtent&, const PositionExtent&) = default;
};

/// Extends an extent by those of `count` positions that have low <= col < col_end and low <= row < row_end.
void extend_extent(const std::int32_t* col, const std::int32_t* row, std::size_t count, std::int32_t low,
                   std::int32_t col_end, std::int32_t row_end, PositionExtent& extent);

namespace reference {
void extend_extent(const std::int32_t* col, const std::int32_t* row, std::size_t count, std::int32_t low,
                   std::int32_t col_end, std::int32_t row_end, PositionExtent& extent);
} // namespace reference

} // namespace overflight::kernels
