// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>

namespace overflight {

/// From a column of a row of bytes on, the first of which a bit of `mask` is not as in `value`; `end` where none is.
inline int next_other(const std::uint8_t* row, std::uint8_t value, std::uint8_t mask, int col, int end) {
    constexpr std::uint64_t each = 0x0101010101010101;
    for (std::uint64_t eight = 0; col + 8 <= end; col += 8) { // for rows in which most are alike
        std::memcpy(&eight, row + col, sizeof eight);
        if (((eight ^ value * each) & mask * each) != 0) break;
    }
    while (col < end && ((row[col] ^ value) & mask) == 0) ++col;
    return col;
}

} // namespace overflight
