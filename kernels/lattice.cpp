// SPDX-License-Identifier: Apache-2.0
#include "kernels/lattice.h"

#include "kernels/resample.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/lattice.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET == HWY_SCALAR

void positions(const Lattice& lattice, int row, int first, std::size_t count, const float* heights,
               std::int32_t* col_q8, std::int32_t* row_q8) {
    reference::lattice_positions(lattice, row, first, count, heights, col_q8, row_q8);
}

#else

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
using DI = hn::RebindToSigned<D>;

constexpr float position_limit = 1 << 22;

void interpolate_node(const Lattice& lattice, int node_row, int node_col, float t, float* HWY_RESTRICT node) {
    const float* top =
        lattice.nodes + (static_cast<std::ptrdiff_t>(node_row) * lattice.cols + node_col) * Lattice::values;
    const float* bottom = top + static_cast<std::ptrdiff_t>(lattice.cols) * Lattice::values;
    for (int q = 0; q < Lattice::values; ++q) node[q] = top[q] + (bottom[q] - top[q]) * t;
}

struct Cell {
    hn::Vec<DI> col_origin, row_origin;
    V start[Lattice::values], change[Lattice::values];

    HWY_INLINE V at(int quantity, V t) const { return hn::Add(start[quantity], hn::Mul(change[quantity], t)); }

    HWY_INLINE V at_height(int axis, V t, V height) const {
        return hn::Add(at(axis, t), hn::Mul(height, hn::Add(at(axis + 3, t), hn::Mul(height, at(axis + 6, t)))));
    }

    HWY_INLINE void positions(V t, V height, std::int32_t* HWY_RESTRICT col, std::int32_t* HWY_RESTRICT row) const {
        const D d;
        const DI di;
        const V u = at_height(0, t, height), v = at_height(1, t, height), w = at_height(2, t, height);
        const V x = hn::Div(u, w), y = hn::Div(v, w);
        const V limit = hn::Set(d, position_limit);
        const auto known = hn::And(hn::Gt(w, hn::Zero(d)),
                                   hn::And(hn::Le(hn::Abs(x), limit), hn::Le(hn::Abs(y), limit))); // false for NaN
        const auto known_int = hn::RebindMask(di, known);
        const auto none = hn::Set(di, no_position);
        const V unit = hn::Set(d, phases);
        const auto fixed_x = hn::NearestInt(hn::IfThenElseZero(known, hn::Mul(x, unit)));
        const auto fixed_y = hn::NearestInt(hn::IfThenElseZero(known, hn::Mul(y, unit)));
        hn::StoreU(hn::IfThenElse(known_int, hn::Add(fixed_x, col_origin), none), di, col);
        hn::StoreU(hn::IfThenElse(known_int, hn::Add(fixed_y, row_origin), none), di, row);
    }
};

void positions(const Lattice& lattice, int row, int first, std::size_t count, const float* heights,
               std::int32_t* col_q8, std::int32_t* row_q8) {
    const D d;
    const std::size_t lanes = hn::Lanes(d);
    const float per_pixel = 1.0f / static_cast<float>(lattice.step);
    const V unit = hn::Set(d, per_pixel);
    const V reference_height = hn::Set(d, lattice.height);
    const int cell_row = std::min(row / lattice.step, lattice.rows - 2);
    const float t_row = static_cast<float>(row - cell_row * lattice.step) * per_pixel;

    float nodes[2][Lattice::values];
    int right_of = -1; // nodes[1] belongs to the right of this cell
    for (std::size_t i = 0; i < count;) {
        const int x = first + static_cast<int>(i);
        const int cell_col = std::min(x / lattice.step, lattice.cols - 2);
        const bool last = cell_col == lattice.cols - 2;
        const std::size_t end =
            last ? count : std::min(count, static_cast<std::size_t>((cell_col + 1) * lattice.step - first));
        if (i != 0 && right_of == cell_col - 1)
            std::copy(nodes[1], nodes[1] + Lattice::values, nodes[0]);
        else
            interpolate_node(lattice, cell_row, cell_col, t_row, nodes[0]);
        interpolate_node(lattice, cell_row, cell_col + 1, t_row, nodes[1]);
        right_of = cell_col;
        Cell cell;
        cell.col_origin = hn::Set(DI(), lattice.col_origin_q8);
        cell.row_origin = hn::Set(DI(), lattice.row_origin_q8);
        for (int q = 0; q < Lattice::values; ++q) {
            cell.start[q] = hn::Set(d, nodes[0][q]);
            cell.change[q] = hn::Set(d, nodes[1][q] - nodes[0][q]);
        }
        const int offset = x - cell_col * lattice.step;
        V pixel = hn::Iota(d, static_cast<float>(offset));
        for (; i + lanes <= end; i += lanes) {
            const V height = hn::Sub(hn::LoadU(d, heights + i), reference_height);
            cell.positions(hn::Mul(pixel, unit), height, col_q8 + i, row_q8 + i);
            pixel = hn::Add(pixel, hn::Set(d, static_cast<float>(lanes)));
        }
        if (i < end) {
            const std::size_t rest = end - i;
            HWY_ALIGN float last_heights[hn::MaxLanes(D())] = {};
            HWY_ALIGN std::int32_t cols[hn::MaxLanes(D())], rows[hn::MaxLanes(D())];
            std::copy(heights + i, heights + end, last_heights);
            cell.positions(hn::Mul(pixel, unit), hn::Sub(hn::Load(d, last_heights), reference_height), cols, rows);
            std::copy(cols, cols + rest, col_q8 + i);
            std::copy(rows, rows + rest, row_q8 + i);
            i = end;
        }
    }
}

#endif
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(positions);

void lattice_positions(const Lattice& lattice, int row, int first, std::size_t count, const float* heights,
                       std::int32_t* col_q8, std::int32_t* row_q8) {
    HWY_DYNAMIC_DISPATCH(positions)(lattice, row, first, count, heights, col_q8, row_q8);
}

void reference::lattice_positions(const Lattice& lattice, int row, int first, std::size_t count, const float* heights,
                                  std::int32_t* col_q8, std::int32_t* row_q8) {
    const float per_pixel = 1.0f / static_cast<float>(lattice.step);
    const int cell_row = std::min(row / lattice.step, lattice.rows - 2);
    const float t_row = static_cast<float>(row - cell_row * lattice.step) * per_pixel;
    for (std::size_t i = 0; i < count; ++i) {
        const int x = first + static_cast<int>(i);
        const int cell_col = std::min(x / lattice.step, lattice.cols - 2);
        const float t_col = static_cast<float>(x - cell_col * lattice.step) * per_pixel;
        const float* top =
            lattice.nodes + (static_cast<std::ptrdiff_t>(cell_row) * lattice.cols + cell_col) * Lattice::values;
        const float* bottom = top + static_cast<std::ptrdiff_t>(lattice.cols) * Lattice::values;
        const auto interpolated = [&](int q) {
            const float left = top[q] + (bottom[q] - top[q]) * t_row;
            const float right =
                top[q + Lattice::values] + (bottom[q + Lattice::values] - top[q + Lattice::values]) * t_row;
            return left + (right - left) * t_col;
        };
        const float height = heights[i] - lattice.height;
        const auto at_height = [&](int axis) {
            return interpolated(axis) + height * (interpolated(axis + 3) + height * interpolated(axis + 6));
        };
        const float u = at_height(0), v = at_height(1), w = at_height(2);
        const float limit = 1 << 22;
        const float col = u / w, row_position = v / w;
        const bool known = w > 0 && std::abs(col) <= limit && std::abs(row_position) <= limit;
        const auto fixed = [&](float position, std::int32_t origin) {
            return known ? static_cast<std::int32_t>(std::nearbyint(position * phases)) + origin : no_position;
        };
        col_q8[i] = fixed(col, lattice.col_origin_q8);
        row_q8[i] = fixed(row_position, lattice.row_origin_q8);
    }
}

} // namespace overflight::kernels
#endif
