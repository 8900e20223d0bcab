// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulation/layout.h"

#include <cstddef>
#include <vector>

namespace overflight::simulation {

struct GroundPoint {
    double height = 0, slope_x = 0, slope_y = 0;
};

/// The ground's posts below a part of a frame, side by side, for looking up many places: the same surface as
/// SceneView::ground.
struct GroundPatch {
    double posts_per_m = 1;
    double first_col = 0, first_row = 0; ///< index of the first post
    int cols = 0, rows = 0;              ///< of posts
    double lowest = 0, highest = 0;      ///< of the posts
    std::vector<float> height;           ///< row-major, south to north

    Point2 middle() const { return {(first_col + 0.5 * cols) / posts_per_m, (first_row + 0.5 * rows) / posts_per_m}; }

    /// False outside.
    bool at(double x, double y, GroundPoint& out) const {
        // One cell ahead, so that what lies before the first post is not cut to it.
        const double fx = x * posts_per_m - (first_col - 1), fy = y * posts_per_m - (first_row - 1);
        const int i = static_cast<int>(fx), j = static_cast<int>(fy);
        if (static_cast<unsigned>(i - 1) >= static_cast<unsigned>(cols - 1) ||
            static_cast<unsigned>(j - 1) >= static_cast<unsigned>(rows - 1)) {
            return false;
        }
        const double a = fx - i, b = fy - j;
        const float* p = height.data() + static_cast<std::ptrdiff_t>(j - 1) * cols + (i - 1);
        const double p00 = p[0], p10 = p[1], p01 = p[cols], p11 = p[cols + 1];
        const double along_x = p10 - p00, along_y = p01 - p00, twist = p11 - p01 - along_x;
        const double slope_x = along_x + b * twist;
        out = {p00 + a * slope_x + b * along_y, slope_x * posts_per_m, (along_y + a * twist) * posts_per_m};
        return true;
    }
};

} // namespace overflight::simulation
