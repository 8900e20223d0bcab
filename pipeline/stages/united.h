// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"

#include <algorithm>

namespace overflight {

/// The smallest window around two; of an empty one nothing counts.
inline Window united(const Window& a, const Window& b) {
    if (a.empty() || b.empty()) return a.empty() ? b : a;
    const std::int64_t col = std::min(a.col, b.col), row = std::min(a.row, b.row);
    return {col, row, static_cast<int>(std::max(a.col + a.width, b.col + b.width) - col),
            static_cast<int>(std::max(a.row + a.height, b.row + b.height) - row)};
}

/// The smallest bounds around two that are not empty.
inline Bounds united(const Bounds& a, const Bounds& b) {
    return {std::min(a.xmin, b.xmin), std::min(a.ymin, b.ymin), std::max(a.xmax, b.xmax), std::max(a.ymax, b.ymax)};
}

/// What two have in common; empty where there is nothing.
inline Bounds shared(const Bounds& a, const Bounds& b) {
    return {std::max(a.xmin, b.xmin), std::max(a.ymin, b.ymin), std::min(a.xmax, b.xmax), std::min(a.ymax, b.ymax)};
}

/// A window and what lies around it, `by` cells to each side.
inline Window grown(const Window& window, int by) {
    return {window.col - by, window.row - by, window.width + 2 * by, window.height + 2 * by};
}

} // namespace overflight
