// SPDX-License-Identifier: Apache-2.0
#include "stages/rough_blocks.h"

#include "stages/united.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace overflight {
namespace {

/// Cells that lie between one row of a track and the next at most, both ways counted: a row and, aside, three columns.
constexpr float track_cells = 4;

/// How fast places on the plane change with height, and from a cell to the next at the same height, at most.
struct Steepness {
    float by_metre = 0, by_cell = 0;
};

Steepness steepness(const SightField& field, float rise) {
    Steepness most;
    for (int row = 0; row < field.rows(); ++row) {
        for (int col = 0; col < field.cols(); ++col) {
            const SightField::Displacement& d = field.node(col, row);
            most.by_metre = std::max({most.by_metre, std::abs(d.linear_col) + 2 * rise * std::abs(d.square_col),
                                      std::abs(d.linear_row) + 2 * rise * std::abs(d.square_row)});
            for (const auto& [c, r] : {std::pair(col + 1, row), std::pair(col, row + 1)}) {
                if (c >= field.cols() || r >= field.rows()) continue;
                const SightField::Displacement& next = field.node(c, r);
                const float linear = std::max(std::abs(next.linear_col - d.linear_col),
                                              std::abs(next.linear_row - d.linear_row)),
                            square = std::max(std::abs(next.square_col - d.square_col),
                                              std::abs(next.square_row - d.square_row));
                most.by_cell =
                    std::max(most.by_cell, (linear + rise * square) * rise / static_cast<float>(field.step()));
            }
        }
    }
    return most;
}

} // namespace

RoughBlocks::RoughBlocks(const HeightField& heights)
    : window_(heights.window), cols_((window_.width + side - 1) / side), rows_((window_.height + side - 1) / side),
      highest_(heights.highest), blocks_(static_cast<std::size_t>(cols_) * static_cast<std::size_t>(rows_)) {
    const auto width = static_cast<std::size_t>(window_.width);
    constexpr float infinity = std::numeric_limits<float>::infinity();
    std::vector<float> low(width), rough(width);
    for (int row = 0; row < window_.height; ++row) {
        if (row % side == 0) {
            std::fill(low.begin(), low.end(), infinity);
            std::fill(rough.begin(), rough.end(), 0.0F);
        }
        // comparisons with cells that have no height are false; down the columns, so that none waits for the one before
        const float* line = heights.height.data() + static_cast<std::size_t>(row) * width;
        const float* below = row + 1 < window_.height ? line + width : line;
        for (std::size_t col = 0; col < width; ++col) {
            const float down = std::abs(below[col] - line[col]);
            low[col] = line[col] < low[col] ? line[col] : low[col];
            rough[col] = down > rough[col] ? down : rough[col];
        }
        for (std::size_t col = 0; col + 1 < width; ++col) {
            const float right = std::abs(line[col + 1] - line[col]);
            rough[col] = right > rough[col] ? right : rough[col];
        }
        if ((row + 1) % side != 0 && row + 1 != window_.height) continue;
        for (int block = 0; block < cols_; ++block) {
            Block& b = blocks_[static_cast<std::size_t>(row / side * cols_ + block)];
            b = {infinity, 0};
            for (std::size_t col = static_cast<std::size_t>(block) * side;
                 col < std::min(width, static_cast<std::size_t>(block + 1) * side); ++col) {
                b.low = std::min(b.low, low[col]);
                b.roughness = std::max(b.roughness, rough[col]);
            }
        }
    }
}

template <typename Use>
bool RoughBlocks::any_within(const Window& cells, const Use& use) const {
    const auto block = [](std::int64_t cell, int count) {
        return static_cast<int>(std::clamp<std::int64_t>(cell < 0 ? 0 : cell / side, 0, count - 1));
    };
    const int col0 = block(cells.col - window_.col, cols_), row0 = block(cells.row - window_.row, rows_);
    const int col1 = block(cells.col + cells.width - 1 - window_.col, cols_),
              row1 = block(cells.row + cells.height - 1 - window_.row, rows_);
    for (int row = row0; row <= row1; ++row)
        for (int col = col0; col <= col1; ++col)
            if (use(blocks_[static_cast<std::size_t>(row * cols_ + col)])) return true;
    return false;
}

float RoughBlocks::lowest(const Window& cells) const {
    float low = std::numeric_limits<float>::infinity();
    if (empty()) return low;
    any_within(cells, [&](const Block& block) { return low = std::min(low, block.low), false; });
    return low;
}

Window RoughBlocks::narrowed(const SightField& field, const Window& target, int margin) const {
    const float all = lowest(window_);
    if (!(all <= highest_)) return {};
    const Steepness steep =
        steepness(field, std::max(std::abs(highest_ - field.plane()), std::abs(all - field.plane())));
    const float roughness = (1 / track_cells - steep.by_cell) / std::max(steep.by_metre, 1e-6F);
    std::int64_t left = target.col + target.width, top = target.row + target.height, right = target.col,
                 bottom = target.row;
    const std::int64_t end_col = right + target.width, end_row = bottom + target.height;
    for (std::int64_t row = target.row; row < end_row; row += side) {
        for (std::int64_t col = target.col; col < end_col; col += side) {
            const Window piece{col, row, static_cast<int>(std::min<std::int64_t>(side, end_col - col)),
                               static_cast<int>(std::min<std::int64_t>(side, end_row - row))};
            const Window around = grown(piece, margin);
            if (!any_within(SightSweep::reach(field, around, lowest(around), highest_),
                            [&](const Block& block) { return block.roughness >= roughness; }))
                continue;
            left = std::min(left, piece.col), right = std::max(right, piece.col + piece.width);
            top = std::min(top, piece.row), bottom = std::max(bottom, piece.row + piece.height);
        }
    }
    return right > left ? Window{left, top, static_cast<int>(right - left), static_cast<int>(bottom - top)} : Window{};
}

} // namespace overflight
