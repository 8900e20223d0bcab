// SPDX-License-Identifier: Apache-2.0
#include "stages/sight_classes.h"

#include "stages/sight_line.h"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace overflight {
namespace {

/// How many cells further than from the places beside it what hides a place may be.
constexpr int further = 3;

constexpr int anywhere = std::numeric_limits<std::uint8_t>::max(); ///< as far away, or further

std::size_t index(const SightClasses& classes, int col, int row) {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(classes.window.width) +
           static_cast<std::size_t>(col);
}

int follow(const HeightField& heights, const SightField& field, SightClasses& classes, int col, int row, int most) {
    const int after = blocked_after(heights, field, static_cast<int>(classes.window.col - heights.window.col) + col,
                                    static_cast<int>(classes.window.row - heights.window.row) + row, most);
    classes.seen[index(classes, col, row)] = after > 0 ? sight::hidden : sight::uncertain;
    return after;
}

void tell_hidden(const HeightField& heights, const SightField& field, SightClasses& classes, int col, int row) {
    const int after = follow(heights, field, classes, col, row, std::numeric_limits<int>::max());
    classes.blocked_after[index(classes, col, row)] = static_cast<std::uint8_t>(std::min(after, anywhere));
}

} // namespace

std::uint8_t tell_sight(const HeightField& heights, const SightField& field, SightClasses& classes, int col, int row) {
    const std::size_t here = index(classes, col, row);
    const int width = classes.window.width, height = classes.window.height;
    if (classes.seen[here] == sight::maybe_hidden) {
        tell_hidden(heights, field, classes, col, row);
    } else if (classes.seen[here] == sight::maybe_seen) {
        const bool within = col > 0 && row > 0 && col + 1 < width && row + 1 < height;
        int far = within ? 0 : anywhere; // who knows what hides the places beyond
        for (int r = row - 1; within && r <= row + 1; ++r) {
            const std::size_t first = index(classes, col - 1, r);
            for (int k = 0; k < 3; ++k) {
                const std::size_t beside = first + static_cast<std::size_t>(k);
                if (classes.seen[beside] == sight::maybe_hidden) tell_hidden(heights, field, classes, col - 1 + k, r);
                far = std::max<int>(far, classes.blocked_after[beside]);
            }
        }
        follow(heights, field, classes, col, row, far == anywhere ? std::numeric_limits<int>::max() : far + further);
    }
    return classes.seen[here];
}

void tell_sights(const HeightField& heights, const SightField& field, SightClasses& classes) {
    for (int row = 0; row < classes.window.height; ++row)
        for (int col = 0; col < classes.window.width; ++col) tell_sight(heights, field, classes, col, row);
}

} // namespace overflight
