// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "stages/plan.h"

#include <cstddef>
#include <optional>

namespace overflight {

/// A frame of each of two missions.
struct AlikeViews {
    std::size_t before = 0, after = 0;
    /// How far apart, in map units, they show what stands a metre above the terrain.
    double parallax = 0;
};

/// Whether a change is looked at again by such frames (stages/change_second_look.h): both missions have frames, and
/// what stands upright is expected.
bool has_second_look(const Plan& plan, const PlannedChange& change);

/// Of the frames that show a window of `grid` (by its corners and its middle), the one of each mission whose lines of
/// sight lie closest together in its middle; of pairs that are nearly as close, the most vertical. None where a mission
/// has no such frame. Frames to be avoided do not count. `grid` shares its map with both missions.
std::optional<AlikeViews> most_alike_views(const PlannedMission& before, const PlannedMission& after, const Grid& grid,
                                           const Window& window);

} // namespace overflight
