// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/terrain_overview.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

namespace overflight {

/// The range of finite heights that come by in pieces; {0, 0} where there are none. Comparisons with NaN are false, so
/// NaNs fall through. Many ranges side by side, as one would wait for itself.
class RangeGatherer {
public:
    RangeGatherer() {
        low_.fill(std::numeric_limits<float>::infinity());
        high_.fill(-std::numeric_limits<float>::infinity());
    }

    void add(const float* heights, std::size_t count) {
        std::array<float, lanes> low = low_, high = high_; // for all that the compiler knows heights are in this
        const auto hold = [&](float height, std::size_t lane) {
            low[lane] = height < low[lane] ? height : low[lane];
            high[lane] = height > high[lane] ? height : high[lane];
        };
        std::size_t i = 0;
        for (; i + lanes <= count; i += lanes)
            for (std::size_t lane = 0; lane < lanes; ++lane) hold(heights[i + lane], lane);
        for (; i < count; ++i) hold(heights[i], 0);
        low_ = low, high_ = high;
    }

    HeightRange range() const {
        const HeightRange range{*std::min_element(low_.begin(), low_.end()),
                                *std::max_element(high_.begin(), high_.end())};
        return range.min <= range.max ? range : HeightRange{};
    }

private:
    static constexpr std::size_t lanes = 64; // a loop over few is unrolled and not made vectors of

    std::array<float, lanes> low_, high_;
};

} // namespace overflight
