// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "stages/plan.h"
#include "stages/seam_map.h"

#include <cstdint>
#include <span>
#include <vector>

namespace overflight {

/// Which frames make a tile, and with which share, on the cells of a seam map.
/// A seam is the border between the cells of two frames; shares are the cells' labels smoothed over the feather, so
/// that they sum to 1 and a tile that no seam comes near has one frame with share 1.
struct TileSeams {
    int cell = 0;                            ///< pixels
    int cols = 0, rows = 0;                  ///< cells that cover the tile and one more on every side
    float first = 0;                         ///< column and row of the pixel that the centre of cell (0, 0) lies on
    std::vector<std::size_t> frames;         ///< labelled in the tile or within the feather of it, ascending
    std::vector<std::vector<float>> shares;  ///< one a labelled frame, rows x cols, 0 .. 1; empty: one frame is all
    std::vector<std::size_t> candidates;     ///< every frame that may see some pixel, ascending
    std::vector<std::vector<double>> angles; ///< one a candidate: its ViewCosts at the middles of parts (part_side),
                                             ///< row by row; empty with one candidate
};

/// The seams of a map in a tile. They depend on the labels around alone, so that neighbouring tiles agree.
void tile_seams(const PlannedMission& mission, const SeamMap& map, const Window& tile,
                std::span<const std::size_t> candidates, int feather_px, TileSeams& out);

} // namespace overflight
