// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/height_field.h"
#include "stages/sight_field.h"

namespace overflight {

/// Whether something stands in the line of sight from the middle of a cell (from the field's corner), by following it:
/// the surface is linear between cells, but for walls, which are upright where their edges run (wall_edge()). To less
/// than a cell, where a sweep is to a cell: for the few places where that matters.
bool line_is_blocked(const HeightField& heights, const SightField& field, int col, int row);

} // namespace overflight
