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

/// A line of sight over the rows or columns of a field, whichever it runs along, from the middle of a cell.
struct Line {
    int first = 0, step = 1;     ///< row or column that it begins in, and the way it runs
    double start = 0, slope = 0; ///< place across there, and what it goes aside from one to the next
    double base = 0, climb = 0;  ///< height there (with tolerance), and what it climbs from one to the next
    int end = 0;                 ///< how many are followed
};

/// After how many rows (columns where `swapped`) it is blocked; 0 where it is not.
template <bool swapped>
int follow(const HeightField& heights, const Line& line) {
    const std::ptrdiff_t width = heights.window.width, next_line = swapped ? 1 : width, next_cell = swapped ? width : 1;
    const float* posts = heights.height.data() + line.first * next_line;
    const double wall = steepest_slope * heights.cell;
    double steps = 0; // counted as k is: what is converted anew each time takes longer
    for (int k = 1; k <= line.end; ++k) {
        const double before = line.base + steps * line.climb; // a step ago: the line's height
        steps += 1;
        const double place = line.start + line.slope * steps;
        const auto first = static_cast<int>(place);
        posts += line.step * next_line;
        const float *post = posts + first * next_cell, level = static_cast<float>(before);
        if (!(post[0] > level) && !(post[next_cell] > level)) continue;
        const auto left = static_cast<double>(post[0]), right = static_cast<double>(post[next_cell]);
        if (left > before + line.climb && right > before + line.climb) return k;
        const int at_line = line.first + line.step * k;
        const double behind =
            static_cast<double>(posts[static_cast<int>(place - line.slope + 0.5) * next_cell - line.step * next_line]);
        const double on = place - first;
        bool upright = false;
        for (const auto& [at, top, from] : {std::tuple(first, left, on), std::tuple(first + 1, right, on - 1)}) {
            WallEdge edge;
            if (!(top > before) || !wall_edge(heights, swapped ? at_line : at, swapped ? at : at_line, edge)) continue;
            upright = true;
            const double reach =
                overhang(from, swapped ? edge.by_row : edge.by_col, line.step * (swapped ? edge.by_col : edge.by_row),
                         line.slope, top - behind >= wall);
            if (reach >= 0 && top > before + (1 - reach) * line.climb) return k;
        }
        if (!upright && left + on * (right - left) > before + line.climb) return k;
    }
    return 0;
}

} // namespace

int blocked_after(const HeightField& heights, const SightField& field, int col, int row, int most) {
    const Window& window = heights.window;
    const auto here = static_cast<double>(
                   heights.height[static_cast<std::size_t>(row) * static_cast<std::size_t>(window.width) +
                                  static_cast<std::size_t>(col)]),
               highest = static_cast<double>(heights.highest);
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
    Line line;
    line.first = swapped ? col : row;
    line.step = along > 0 ? 1 : -1;
    line.start = swapped ? row : col;
    line.slope = across / std::abs(along);
    line.base = here + tolerance * heights.cell;
    line.climb = 1 / std::abs(along);
    const int lines = swapped ? window.width : window.height;
    double end = std::min({static_cast<double>(most), (highest - line.base) * std::abs(along) + 1 + rounding,
                           static_cast<double>(line.step > 0 ? lines - 1 - line.first : line.first)});
    const double last_cell = (swapped ? window.height : window.width) - 1, beyond = line.start + line.slope * (end + 2);
    if (!(beyond > 0 && beyond < last_cell)) {                 // it may run to the field's border on the left or right
        double beside = line.start < last_cell ? infinity : 0; // in so many steps
        if (line.slope != 0) beside = line.slope > 0 ? (last_cell - line.start) / line.slope : line.start / -line.slope;
        end = std::min(end, beside - rounding - 1);
    }
    line.end = rounded_up(end);
    return swapped ? follow<true>(heights, line) : follow<false>(heights, line);
}

} // namespace overflight
