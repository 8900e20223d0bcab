// SPDX-License-Identifier: Apache-2.0
#include "stages/sight_line.h"

#include "stages/wall_edge.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <tuple>
#include <utility>

namespace overflight {
namespace {

/// What stands higher than the line by less does not count, in cells: rounding.
constexpr double tolerance = 1e-3;

/// How far back from a row of cells, along the step of a line towards where it began, the surface of one of them goes
/// on: the line passes the row at `aside` from the cell's middle; `across` and `along` are the parts of the edge there,
/// `slope` what the line goes aside in the step, and `ends` says whether the surface is lower by a wall at the step's
/// other end. Negative where the line is not over the cell's surface.
double overhang(double aside, double across, double along, double slope, bool ends) {
    const double inside = 1 - across * aside, away = -(across * slope + along);
    if (inside < 0) return -1;
    if (away > 0 && inside < away) return inside / away;
    if (!ends) return 0;
    return away > 0 ? 1 : 0.5; // by an edge of another side: anywhere
}

} // namespace

bool line_is_blocked(const HeightField& heights, const SightField& field, int col, int row) {
    const Window& window = heights.window;
    const std::ptrdiff_t stride = window.width;
    const auto at = [&](int c, int r) {
        return static_cast<double>(heights.height[static_cast<std::size_t>(r * stride + c)]);
    };
    const double here = at(col, row);
    if (!(here < static_cast<double>(heights.highest))) return false;
    const SightField::Displacement by =
        field.at(static_cast<double>(window.col + col), static_cast<double>(window.row + row));
    const double rise = here - static_cast<double>(field.plane());
    // cells by the metre towards the eye: against what height displaces by
    double along = -(static_cast<double>(by.linear_row) + static_cast<double>(by.square_row) * rise),
           across = -(static_cast<double>(by.linear_col) + static_cast<double>(by.square_col) * rise);
    const bool swapped = std::abs(across) > std::abs(along);
    if (swapped) std::swap(along, across);
    if (along == 0) return false; // the nadir
    const int step = along > 0 ? 1 : -1;
    const double slope = across / std::abs(along), climb = 1 / std::abs(along);
    const int lines = swapped ? window.width : window.height, cells = swapped ? window.height : window.width;
    const double start = swapped ? row : col, highest = static_cast<double>(heights.highest),
                 least = tolerance * heights.cell;
    int line = swapped ? col : row;
    double behind = here; // the surface a step ago
    for (int k = 1;; ++k) {
        line += step;
        const double before = here + (k - 1) * climb + least, place = start + slope * k; // a step ago: its height
        if (before > highest || line < 0 || line >= lines || !(place >= 0 && place < cells - 1)) return false;
        const int first = static_cast<int>(place);
        const double on = place - first;
        const auto height = [&](int cell) { return swapped ? at(line, cell) : at(cell, line); };
        const double left = height(first), right = height(first + 1);
        const double nearest = on < 0.5 ? left : right, last = std::exchange(behind, nearest);
        if (!(left > before) && !(right > before)) continue;
        bool wall = false;
        for (const auto& [cell, top, aside] : {std::tuple(first, left, on), std::tuple(first + 1, right, on - 1)}) {
            WallEdge edge;
            if (!(top > before) ||
                !(swapped ? wall_edge(heights, line, cell, edge) : wall_edge(heights, cell, line, edge)))
                continue;
            wall = true;
            const double reach =
                overhang(aside, swapped ? edge.by_row : edge.by_col, step * (swapped ? edge.by_col : edge.by_row),
                         slope, top - last >= steepest_slope * heights.cell);
            if (reach >= 0 && top > before + (1 - reach) * climb) return true;
        }
        if (!wall && left + on * (right - left) > before + climb) return true;
    }
}

} // namespace overflight
