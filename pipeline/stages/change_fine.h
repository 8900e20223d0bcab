// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_features.h"
#include "stages/change_statistics.h"

namespace overflight {

/// Scores of the fine level, row by row: the bands' MAD distance, the smallest within one pixel both ways, in
/// deviations of its null.
class FineScores {
public:
    static constexpr int reach = 3; ///< pixels lost at each border of what was pushed

    /// Columns [first_col, first_col + width) of the rows to come, from first_row on; width: a multiple of 8.
    void start(const ChangeModel& model, int first_row, int width, int first_col);

    /// Rows follow each other. Writes row - reach of `scores`, from the sixth row pushed on.
    void push(const RegisteredRows& rows, int row, Plane& scores);

private:
    float* line(int index) { return lines_.data() + static_cast<std::ptrdiff_t>(index) * stride_ + Plane::room; }

    const ChangeModel* model_ = nullptr;
    int first_row_ = 0, first_col_ = 0, width_ = 0;
    std::ptrdiff_t stride_ = 0;
    std::vector<float> lines_;
};

} // namespace overflight
