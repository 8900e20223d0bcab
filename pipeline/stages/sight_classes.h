// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "stages/height_field.h"
#include "stages/sight_field.h"

#include <cstdint>
#include <vector>

namespace overflight {

/// How a place can be seen.
namespace sight {
inline constexpr std::uint8_t hidden = 0;    ///< something stands in front of it
inline constexpr std::uint8_t uncertain = 1; ///< seen, but within the surface's error of an edge
inline constexpr std::uint8_t clear = 2;
/// A sweep takes it for seen, or hidden, but edges are too near for it to know: see tell_sight().
inline constexpr std::uint8_t maybe_seen = 3, maybe_hidden = 4;
} // namespace sight

/// Classes of sight:: in a window of cells, row-major.
struct SightClasses {
    Window window;
    std::vector<std::uint8_t> seen;
    std::vector<std::uint8_t>
        blocked_after; ///< where that is known of what was maybe_hidden: see blocked_after(); or 0
};

/// Replaces maybe_seen and maybe_hidden in a cell (from the window's corner) by what its line of sight says, and
/// returns what it is. What hides a place that the sweep sees is looked for no further away than what hides the places
/// beside it; the order of asking changes nothing.
std::uint8_t tell_sight(const HeightField& heights, const SightField& field, SightClasses& classes, int col, int row);

/// All of them.
void tell_sights(const HeightField& heights, const SightField& field, SightClasses& classes);

} // namespace overflight
