// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/height_field.h"

namespace overflight {

/// The edge at which a surface breaks off beside a cell (the top of a wall, the rim of a tree), to less than a cell: it
/// runs through all places (x, y) from the cell's middle with by_col x + by_row y = 1.
struct WallEdge {
    double by_col = 0, by_row = 0;
};

/// What is steeper than this, from a cell to any of the eight around it, is a wall: no roof is.
inline constexpr double steepest_slope = 3;

/// Posts tell the top of a wall to no better than a cell, but walls are longer than that: where one runs follows from
/// how many of the cells around are on either side of it, as the fill of cells tells where a front runs in
/// volume-of-fluid methods (Youngs 1982). A straight edge is found to a tenth of a cell; one along the rows or columns
/// may be anywhere between two posts and is taken to be half way. `col` and `row` from the field's corner; false where
/// the cell is at no top of a wall, or within two cells of the field's border.
bool wall_edge(const HeightField& heights, int col, int row, WallEdge& edge);

} // namespace overflight
