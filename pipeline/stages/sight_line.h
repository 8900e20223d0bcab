// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/height_field.h"
#include "stages/sight_field.h"

#include <limits>

namespace overflight {

/// Whether something stands in the line of sight from the middle of a cell (from the field's corner), by following it
/// for `most` rows or columns of cells, whichever it runs along: after how many it is blocked, 0 where it is not. The
/// surface is linear between cells, but for walls, which are upright where their edges run (wall_edge()). To less than
/// a cell, where a sweep is to a cell: for the few places where that matters.
int blocked_after(const HeightField& heights, const SightField& field, int col, int row,
                  int most = std::numeric_limits<int>::max());

} // namespace overflight
