// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace overflight {

/// The value that `share` (0 to 1) of the others do not exceed, of one at least; reorders them.
template <typename Value>
Value quantile(std::vector<Value>& values, double share) {
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

/// The middle of the values, the upper of two in the middle, of one at least; reorders them.
template <typename Value>
Value median(std::vector<Value>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace overflight
