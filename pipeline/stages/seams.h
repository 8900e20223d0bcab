// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "geometry/terrain.h"
#include "stages/plan.h"

#include <cstdint>
#include <span>
#include <vector>

namespace overflight {

/// Which frames make a tile, and with which share, on cells of `cell` pixels.
/// A seam is the border between the cells of two frames; shares are the cells' labels smoothed over the feather, so
/// that they sum to 1 and a tile that no seam comes near has one frame with share 1.
struct TileSeams {
    static constexpr int cell = 16;

    int cols = 0, rows = 0; ///< cells that cover the tile and one more on every side; centre of cell (0, 0) at pixel
    static constexpr float first = -cell / 2.0F - 0.5F; ///< this column and row
    std::vector<std::size_t> frames;                    ///< labelled in the tile or within the feather of it, ascending
    std::vector<std::vector<float>> shares;             ///< one a labelled frame, rows x cols, 0 .. 1
    std::vector<std::size_t> candidates;                ///< every frame that may see some pixel, ascending
    std::vector<std::vector<float>> off_nadir; ///< one a candidate, rows x cols: its ViewCosts; infinite where not seen
};

/// Nadir-most seams: a cell belongs to the frame that sees its centre under the smallest off-nadir angle (or most as
/// the mission in match_view_of does), ties to the earlier frame. A cell's label depends on its position alone, so that
/// neighbouring tiles agree.
void nadir_seams(const PlannedMission& mission, const Window& tile, std::span<const std::size_t> candidates,
                 int feather_px, TileSeams& out);

} // namespace overflight
