// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_features.h"
#include "stages/change_statistics.h"

#include <array>

namespace overflight {

/// How much a difference counts that may be a shadow's which moved, by the bands alone, of which it takes two: less
/// where one mission is dark, and darker than the other by nearly one factor.
class ShadowWeight {
public:
    /// Planes of weights at half resolution.
    void start(const ChangeModel& model, int width, int height);
    bool known() const { return bands_ > 1; }

    /// `before`, `after`: the bands smoothed at half resolution, [col, col + count) of a row; count: a multiple of 8.
    void find(const float* const* before, const float* const* after, int row, int col, std::size_t count);

    /// Scales scores above the null's centre: rows [first, last) of `coarse`, at half resolution, and those of `fine`
    /// under them.
    void scale(int first, int last, int col, std::size_t count, Plane& fine, Plane& coarse) const;

    const float* row(int row) const { return weights_.row(row); }

private:
    int bands_ = 0;
    std::array<float, change_max_bands> gain_{}, offset_{}, least_level_{}, part_before_{}, part_after_{};
    Plane weights_;
    std::vector<std::uint8_t> any_; ///< rows with a weight below 1
};

} // namespace overflight
