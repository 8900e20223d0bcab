// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace overflight::kernels {

/// The projection of a tile into a frame, in homogeneous form on a lattice of nodes: at node and height h, with
/// t = h - height, (u, v, w) = base + t * (slope + t * bend), and the frame position is (u / w, v / w). Interpolating
/// u, v and w instead of the position keeps perspective and relief exact; only distortion and map curvature are left to
/// the lattice.
struct Lattice {
    static constexpr int values = 9; ///< a node: base u, v, w; slope u, v, w; bend u, v, w
    const float* nodes = nullptr;    ///< rows * cols * values, row-major
    int cols = 0, rows = 0;          ///< at least 2 each; beyond the outer nodes the outer cells go on
    int step = 0;                    ///< pixels between nodes; node (0, 0) lies on the tile's pixel (0, 0)
    float height = 0;                ///< reference height
    std::int32_t col_origin_q8 = 0, row_origin_q8 = 0; ///< added to the positions, in 1/256 pixel
};

/// Positions in 1/256 pixel, rounded to nearest, for `count` pixels of one tile row from column `first` on, bilinear
/// between the nodes. heights: one a pixel, NaN where unknown. A pixel without height, with w <= 0 or more than 2^22
/// pixels away gets no_position (see resample.h) in both. Unfused float arithmetic: the same on every target.
void lattice_positions(const Lattice& lattice, int row, int first, std::size_t count, const float* heights,
                       std::int32_t* col_q8, std::int32_t* row_q8);

namespace reference {
void lattice_positions(const Lattice& lattice, int row, int first, std::size_t count, const float* heights,
                       std::int32_t* col_q8, std::int32_t* row_q8);
} // namespace reference

} // namespace overflight::kernels
