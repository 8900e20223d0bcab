// SPDX-License-Identifier: Apache-2.0
#include "stages/sight_line.h"

#include "stages/wall_edge.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <tuple>
#include <utility>

namespace overflight {
namespace {

/// What stands higher than the line by less does not count, in cells.
constexpr double tolerance = 1e-3;

constexpr double rounding = 1e-6;

constexpr double infinity = std::numeric_limits<double>::infinity();

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

/// std::ceil is a call where not all machines have an instruction for it.
int rounded_up(double value) {
    const int below = static_cast<int>(value);
    return below < value ? below + 1 : below;
}

} // namespace

int blocked_after(const HeightField& heights, const SightField& field, int col, int row, int most) {
    const Window& window = heights.window;
    const float* cell = heights.height.data() + static_cast<std::ptrdiff_t>(row) * window.width + col;
    const auto here = static_cast<double>(*cell), highest = static_cast<double>(heights.highest);
    if (!(here < highest)) return 0;
    const SightField::Displacement by =
        field.at(static_cast<double>(window.col + col), static_cast<double>(window.row + row));
    const double rise = here - static_cast<double>(field.plane());
    // cells by the metre towards the eye: against what height displaces by
    double along = -(static_cast<double>(by.linear_row) + static_cast<double>(by.square_row) * rise),
           across = -(static_cast<double>(by.linear_col) + static_cast<double>(by.square_col) * rise);
    const bool swapped = std::abs(across) > std::abs(along);
    if (swapped) std::swap(along, across);
    if (along == 0) return 0; // the nadir
    const int step = along > 0 ? 1 : -1;
    const double slope = across / std::abs(along), climb = 1 / std::abs(along);
    const int lines = swapped ? window.width : window.height, cells = swapped ? window.height : window.width;
    const std::ptrdiff_t next_line = swapped ? 1 : window.width, next_cell = swapped ? window.width : 1;
    const double start = swapped ? row : col, last_cell = cells - 1, base = here + tolerance * heights.cell,
                 wall = steepest_slope * heights.cell;
    const int first_line = swapped ? col : row;
    double beside = start < last_cell ? infinity : 0; // steps to the field's border on the left or right
    if (slope != 0) beside = slope > 0 ? (last_cell - start) / slope : start / -slope;
    const int end = rounded_up(
        std::min({static_cast<double>(most), (highest - base) / climb + 1,
                  static_cast<double>(step > 0 ? lines - 1 - first_line : first_line), beside - rounding - 1}));
    const float* posts = heights.height.data() + first_line * next_line;
    for (int k = 1; k <= end; ++k) {
        const double place = start + slope * k, before = base + (k - 1) * climb; // a step ago: the line's height
        const auto first = static_cast<int>(place);
        posts += step * next_line;
        const float *post = posts + first * next_cell, level = static_cast<float>(before);
        if (!(post[0] > level) && !(post[next_cell] > level)) continue;
        const auto left = static_cast<double>(post[0]), right = static_cast<double>(post[next_cell]);
        if (left > before + climb && right > before + climb) return k;
        const int line = first_line + step * k;
        const double behind =
            static_cast<double>(posts[static_cast<int>(place - slope + 0.5) * next_cell - step * next_line]);
        const double on = place - first;
        bool upright = false;
        for (const auto& [at, top, from] : {std::tuple(first, left, on), std::tuple(first + 1, right, on - 1)}) {
            WallEdge edge;
            if (!(top > before) || !wall_edge(heights, swapped ? line : at, swapped ? at : line, edge)) continue;
            upright = true;
            const double reach = overhang(from, swapped ? edge.by_row : edge.by_col,
                                          step * (swapped ? edge.by_col : edge.by_row), slope, top - behind >= wall);
            if (reach >= 0 && top > before + (1 - reach) * climb) return k;
        }
        if (!upright && left + on * (right - left) > before + climb) return k;
    }
    return 0;
}

} // namespace overflight
