// SPDX-License-Identifier: Apache-2.0
#include "stages/change_second_look.h"

#include "stages/change_decision.h"
#include "stages/united.h"

#include <algorithm>
#include <cmath>

namespace overflight {
namespace {

constexpr int cell = 2 * ParallaxField::block; ///< pixels a side of what areas are made of
constexpr float least_parallax = 2;            ///< pixels
constexpr double large_share = 1.0 / 3;        ///< of an area and what is read around it
constexpr int reach = 8;                       ///< pixels
constexpr double leniency = 1.5;

/// Pixels of a cell of a tile that may make a change.
int strong_pixels(const Window& tile, std::span<const std::uint8_t> scores, const Window& area) {
    constexpr std::uint8_t least = stored_change_score(least_change_score);
    int strong = 0;
    for (std::int64_t row = area.row; row < area.row + area.height; ++row) {
        const auto* line = scores.data() + (row - tile.row) * tile.width + area.col - tile.col;
        strong += static_cast<int>(std::count_if(line, line + area.width, [](std::uint8_t s) { return s >= least; }));
    }
    return strong;
}

/// An area and what is read around it, as far as the tile reaches.
Window around(const Window& area, const Window& tile) {
    const std::int64_t col = std::max(tile.col, area.col - change_halo),
                       row = std::max(tile.row, area.row - change_halo),
                       end_col = std::min(tile.col + tile.width, area.col + area.width + change_halo),
                       end_row = std::min(tile.row + tile.height, area.row + area.height + change_halo);
    return {col, row, static_cast<int>(end_col - col), static_cast<int>(end_row - row)};
}

/// Side by side or over each other, corners included.
bool touch(const Window& a, const Window& b) {
    return a.col <= b.col + b.width && b.col <= a.col + a.width && a.row <= b.row + b.height &&
           b.row <= a.row + a.height;
}

/// The largest within `reach` both ways.
std::vector<std::uint8_t> strongest_around(std::span<const std::uint8_t> scores, int width, int height) {
    std::vector<std::uint8_t> along(scores.size()), around(scores.size());
    for (int r = 0; r < height; ++r) {
        const auto line = scores.begin() + static_cast<std::ptrdiff_t>(r) * width;
        for (int c = 0; c < width; ++c)
            along[static_cast<std::size_t>(r * width + c)] =
                *std::max_element(line + std::max(c - reach, 0), line + std::min(c + reach + 1, width));
    }
    for (int r = 0; r < height; ++r)
        for (int k = std::max(r - reach, 0); k <= std::min(r + reach, height - 1); ++k)
            for (int c = 0; c < width; ++c) {
                std::uint8_t& most = around[static_cast<std::size_t>(r * width + c)];
                most = std::max(most, along[static_cast<std::size_t>(k * width + c)]);
            }
    return around;
}

} // namespace

float largest_parallax(const ParallaxField& parallax, const Window& area) {
    const PixelBlocks& blocks = parallax.blocks;
    float largest = 0;
    for (int row = 0; row < blocks.rows; ++row) {
        for (int col = 0; col < blocks.cols; ++col) {
            const std::int64_t x = blocks.col + std::int64_t{col} * blocks.side,
                               y = blocks.row + std::int64_t{row} * blocks.side;
            if (x + blocks.side <= area.col || x >= area.col + area.width || y + blocks.side <= area.row ||
                y >= area.row + area.height)
                continue;
            const auto block = static_cast<std::size_t>(row * blocks.cols + col);
            const float length = std::hypot(parallax.dx[block], parallax.dy[block]);
            if (length > largest) largest = length; // never where it is not known
        }
    }
    return largest;
}

std::vector<Window> areas_for_second_look(const Window& tile, std::span<const std::uint8_t> scores,
                                          const ParallaxField& parallax) {
    std::vector<Window> areas;
    for (int y = 0; y < tile.height; y += cell) {
        for (int x = 0; x < tile.width; x += cell) {
            Window area{tile.col + x, tile.row + y, std::min(cell, tile.width - x), std::min(cell, tile.height - y)};
            if (strong_pixels(tile, scores, area) == 0 || largest_parallax(parallax, area) < least_parallax) continue;
            for (auto near = areas.begin(); near != areas.end();) { // what it touches becomes one with it
                const Window both = united(area, *near);
                if (!touch(*near, area) || both.width > largest_second_look || both.height > largest_second_look) {
                    ++near;
                    continue;
                }
                area = both;
                areas.erase(near);
                near = areas.begin();
            }
            areas.push_back(area);
        }
    }
    std::erase_if(areas, [&](const Window& area) {
        const Window near = around(area, tile);
        return strong_pixels(tile, scores, near) > large_share * static_cast<double>(near.pixels());
    });
    return areas;
}

void lower_to_second_look(const Window& tile, std::span<std::uint8_t> scores, const Window& area, const Window& seen,
                          std::span<const std::uint8_t> second) {
    const std::vector<std::uint8_t> around = strongest_around(second, seen.width, seen.height);
    for (std::int64_t row = area.row; row < area.row + area.height; ++row) {
        for (std::int64_t col = area.col; col < area.col + area.width; ++col) {
            const auto at = static_cast<std::size_t>((row - seen.row) * seen.width + col - seen.col);
            if (second[at] == 0 || around[at] == change_score_values - 1) continue;
            const double shown = change_score_value(around[at]);
            std::uint8_t& score = scores[static_cast<std::size_t>((row - tile.row) * tile.width + col - tile.col)];
            score = std::min(score, stored_change_score(std::max(shown, leniency * shown)));
        }
    }
}

} // namespace overflight
