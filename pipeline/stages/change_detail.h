// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_features.h"
#include "stages/change_statistics.h"

namespace overflight {

/// How finely a mission's ground is drawn around a place: the largest second difference of its brightness, at half
/// resolution, within one sample of it. Reads two samples each way.
float detail_around(const Plane& luminance, int col, int row);

/// What two missions show of a place whose sampling may make them differ, in units of the later one.
struct SharedDetail {
    float detail;     ///< the smaller of both
    float difference; ///< of their brightness

    SharedDetail(const DetailWidth& null, float detail_before, float detail_after, float before, float after);

    /// How far sampling may be the reason of the difference: 1 up to as much as the detail, 0 from twice on.
    float explains() const;
};

/// Measures the widths. distance: of samples, tolerant of a pixel as FineScores'; detail: of each. Of few samples: 1
/// everywhere.
void fit_detail_width(const std::vector<float>& distance, const std::vector<float>& detail, DetailWidth& out);

/// Divides fine scores by the width of their null, for the detail that both missions show there. Luminances at half
/// resolution, from the same pixel on as `fine`; columns and rows [first, end) of `fine`, even.
void scale_by_detail(const ChangeModel& model, const Plane& luminance_before, const Plane& luminance_after, int first,
                     int end_col, int end_row, Plane& fine);

} // namespace overflight
