// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace overflight::kernels {

/// How far cells of a row are displaced along a sweep by their height over a level plane: cell i by
/// ((a + i da) + (b + i db) rise) rise.
struct SightDisplacement {
    float a = 0, da = 0, b = 0, db = 0;
};

/// Where cells lie on the plane, counted in rows of the sweep: `row` and what they are displaced by. NaN without
/// height.
void displace_cells(const float* heights, std::size_t count, float plane, const SightDisplacement& by, float row,
                    float* lies);

/// `mark` for cells that lie more than a row further or nearer than the one before in the row, or than the one in the
/// row `before` and `apart` rows on; else 0, as for the first cell.
void mark_steps(const float* lies, const float* before, float apart, std::size_t count, std::uint8_t mark,
                std::uint8_t* marks);

/// Tracks of lines of sight over a row, a column apart or less: the columns of the first and from one to the next,
/// with 32 binary places.
struct SightTracks {
    static constexpr std::int64_t one = std::int64_t{1} << 32;
    std::int64_t first = 0, step = one;
    std::size_t count = 0;
};

/// Cells that one vector of the widest instruction set holds: what `lies` and `hidden` of follow_tracks() have to hold
/// beyond the last track's column.
inline constexpr std::size_t sight_row_padding = 64;

/// What follow_tracks() says of a cell: hidden, or nearly so (it lies less than half a row further than what it would
/// be hidden behind).
inline constexpr std::uint8_t sight_hidden = 1, sight_nearly_hidden = 4;

/// Goes on along tracks to the next row. What lies nearer than the track's `furthest` so far is hidden; behind an edge
/// (a cell that was hidden) also what lies half a row further, as the edge lies anywhere before it: `bias`. `hidden`
/// (null: not wanted) says for the columns what is so for the last track that runs through them, else 0; what it holds
/// for columns without tracks is undefined.
void follow_tracks(const float* lies, const SightTracks& tracks, float* furthest, float* bias, std::uint8_t* hidden);

/// Which cells of a square of `wall_square_side` are higher than a level: bit `wall_square_side` * row + column. Stride
/// in cells.
inline constexpr int wall_square_side = 5;
std::uint32_t cells_above(const float* first, std::ptrdiff_t stride, float level);

/// Columns as rows: to[col][row] = from[row][col]. Strides in cells.
void turn_cells(const float* from, std::ptrdiff_t from_stride, std::size_t rows, std::size_t cols, float* to,
                std::ptrdiff_t to_stride);

namespace reference {
std::uint32_t cells_above(const float* first, std::ptrdiff_t stride, float level);
void displace_cells(const float* heights, std::size_t count, float plane, const SightDisplacement& by, float row,
                    float* lies);
void mark_steps(const float* lies, const float* before, float apart, std::size_t count, std::uint8_t mark,
                std::uint8_t* marks);
void follow_tracks(const float* lies, const SightTracks& tracks, float* furthest, float* bias, std::uint8_t* hidden);
void turn_cells(const float* from, std::ptrdiff_t from_stride, std::size_t rows, std::size_t cols, float* to,
                std::ptrdiff_t to_stride);
} // namespace reference

} // namespace overflight::kernels
