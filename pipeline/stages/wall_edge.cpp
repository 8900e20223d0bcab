// SPDX-License-Identifier: Apache-2.0
#include "stages/wall_edge.h"

#include "kernels/sight_rows.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace overflight {
namespace {

/// Cells on each side of one that are looked at.
constexpr int reach = 2;
constexpr int side = 2 * reach + 1;
constexpr double half_side = 0.5 * side, all_cells = side * side;

static_assert(side == kernels::wall_square_side);

/// Of a row of cells of which some are on the middle's side: how many, and the sum of their columns.
struct RowSums {
    int count = 0, cols = 0;
};

constexpr auto row_sums = [] {
    std::array<RowSums, 1 << side> all{};
    for (std::size_t row = 0; row < all.size(); ++row)
        for (int col = 0; col < side; ++col)
            if ((row >> col & 1) != 0) all[row].count += 1, all[row].cols += col - reach;
    return all;
}();

/// How far off straight edges are found, in cells, at most; corners are, by twice as much.
constexpr double straight = 0.25;

constexpr double least = 1e-3; ///< distance of an edge

/// How far from the middle of the square looked at a line lies that leaves `area` of it on the side of the middle where
/// that is more than half, else on the other side of it (negative). `large` and `small` are the parts of its unit
/// normal.
double distance_of(double large, double small, double area) {
    const double lesser = std::min(area, all_cells - area);
    const bool corner = 2 * large * lesser <= side * side * small; // a triangle is cut off
    const double away = corner ? half_side * (large + small) - std::sqrt(2 * large * small * lesser)
                               : large * (0.5 * all_cells - lesser) / side;
    return area < 0.5 * all_cells ? -away : away;
}

/// The edge by how many cells are on its side of the middle, `count`, and the sums of their columns and rows.
WallEdge edge_of(int count, int cols, int rows) {
    const double length = std::sqrt(static_cast<double>(cols * cols + rows * rows));
    const double x = -cols / length, y = -rows / length;
    const double large = std::max(std::abs(x), std::abs(y)), small = std::min(std::abs(x), std::abs(y));
    double away = distance_of(large, small, count);
    // the cell is on this side: where no straight edge says so this is a corner, half way to the next post
    if (away < -straight) away = 0.5 * large;
    away = std::max(away, least);
    return {x / away, y / away};
}

/// All there are: roots and quotients take longer than to look an edge up.
class EdgeTable {
public:
    EdgeTable() {
        edges_.reserve(static_cast<std::size_t>((side * side + 1) * sums * sums));
        for (int count = 0; count <= side * side; ++count)
            for (int cols = -most; cols <= most; ++cols)
                for (int rows = -most; rows <= most; ++rows)
                    edges_.push_back(cols == 0 && rows == 0 ? WallEdge() : edge_of(count, cols, rows));
    }
    const WallEdge& of(int count, int cols, int rows) const {
        return edges_[static_cast<std::size_t>((count * sums + cols + most) * sums + rows + most)];
    }

private:
    static constexpr int most = side * reach * (reach + 1) / 2, sums = 2 * most + 1;
    std::vector<WallEdge> edges_;
};

} // namespace

bool wall_edge(const HeightField& heights, int col, int row, WallEdge& edge) {
    const Window& window = heights.window;
    if (col < reach || row < reach || col + reach >= window.width || row + reach >= window.height) return false;
    const std::ptrdiff_t stride = window.width;
    const float* cell = heights.height.data() + row * stride + col;
    const auto lowest_of = [&](const float* line) { // leaves out NaN
        return std::min(std::min(std::min(*cell, line[-1]), line[0]), line[1]);
    };
    const float lowest = std::min(std::min(lowest_of(cell - stride), lowest_of(cell)), lowest_of(cell + stride));
    if (!(static_cast<double>(*cell - lowest) >= steepest_slope * heights.cell)) return false;

    const float middle = 0.5F * (*cell + lowest);
    std::uint32_t above = kernels::cells_above(cell - reach * stride - reach, stride, middle);
    int count = 0, cols = 0, rows = 0;
    for (int r = -reach; r <= reach; ++r, above >>= side) {
        const RowSums& sums = row_sums[above & (row_sums.size() - 1)];
        count += sums.count;
        cols += sums.cols;
        rows += r * sums.count;
    }
    if (cols == 0 && rows == 0) return false; // alike on all sides
    static const EdgeTable edges;
    edge = edges.of(count, cols, rows);
    return true;
}

} // namespace overflight
