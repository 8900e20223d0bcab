// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace overflight {

/// Pixels [col, end) of a row of the grid.
struct PixelRun {
    std::int32_t row = 0, col = 0, end = 0;
};

/// A position on the grid in pixels; (0, 0) is the outer corner of its first pixel.
struct GridPoint {
    double col = 0, row = 0;
};

/// Closed: the first point follows the last, which does not repeat it.
using Ring = std::vector<GridPoint>;

/// Outline of one object whose pixels touch by side or corner: first the outer ring, anticlockwise on the map (rows
/// count southwards), then its holes, clockwise. The contour at one half of the object's mask (marching squares, joined
/// across corners), thinned out after Douglas and Peucker: no point of the mask's contour is farther than
/// outline_tolerance from it. Rings neither cross nor touch. Objects of more than about 4096 x 4096 pixels are outlined
/// on coarser pixels.
std::vector<Ring> trace_outline(std::span<const PixelRun> runs);

inline constexpr double outline_tolerance = 0.35; ///< pixels; where rings come closest they are twice this apart

double ring_length(const Ring& ring);

} // namespace overflight
