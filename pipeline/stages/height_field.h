// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"

#include <vector>

namespace overflight {

/// Heights of a surface on the cells of a window of a grid, row-major; NaN where there is none: that hides nothing and
/// is not hidden.
struct HeightField {
    Window window;
    std::vector<float> height; ///< of at least the window's cells
    float highest = 0;
    double cell = 1; ///< side of a cell in the heights' unit
};

} // namespace overflight
