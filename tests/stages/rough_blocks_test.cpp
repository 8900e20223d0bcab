// SPDX-License-Identifier: Apache-2.0
#include "stages/rough_blocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

namespace overflight {
namespace {

constexpr int side = 300, margin = 60;

HeightField hills() {
    HeightField field;
    field.window = {-40, 25, side, side};
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c)
            field.height.push_back(static_cast<float>(12 * std::sin(0.011 * c + 0.5) + 9 * std::cos(0.013 * r)));
    field.highest = *std::max_element(field.height.begin(), field.height.end());
    return field;
}

void put_box(HeightField& field, int col, int row, int width, int height, float rise) {
    for (int r = row; r < row + height; ++r)
        for (int c = col; c < col + width; ++c) field.height[static_cast<std::size_t>(r * side + c)] += rise;
    field.highest = *std::max_element(field.height.begin(), field.height.end());
}

TEST(RoughBlocks, LeaveOutHillsThatHideNothing) {
    const HeightField field = hills();
    const Window target{field.window.col + margin, field.window.row + margin, side - 2 * margin, side - 2 * margin};
    EXPECT_TRUE(RoughBlocks(field).narrowed(SightField::parallel(0.8, -0.5, 0), target, 2).empty());
    // so low a sun that slopes lie in shadow
    EXPECT_FALSE(RoughBlocks(field).narrowed(SightField::parallel(9, -5, 0), target, 2).empty());
}

TEST(RoughBlocks, KnowAFloorOfEveryWindow) {
    HeightField field = hills();
    put_box(field, 100, 100, 3, 3, -50);
    const RoughBlocks blocks(field);
    for (const Window& window : {field.window, Window{10, 70, 40, 30}, Window{60, 125, 1, 1}, Window{-80, 0, 60, 40}}) {
        float lowest = std::numeric_limits<float>::infinity();
        for (int r = 0; r < side; ++r)
            for (int c = 0; c < side; ++c) {
                const std::int64_t col = field.window.col + c, row = field.window.row + r;
                if (col >= window.col && col < window.col + window.width && row >= window.row &&
                    row < window.row + window.height)
                    lowest = std::min(lowest, field.height[static_cast<std::size_t>(r * side + c)]);
            }
        EXPECT_LE(blocks.lowest(window), lowest);
    }
    EXPECT_LT(blocks.lowest({60, 125, 1, 1}), -20) << "in the pit";
    EXPECT_GT(blocks.lowest({-40, 25, 30, 30}), -30) << "far from it";
    EXPECT_EQ(RoughBlocks().lowest({0, 0, 5, 5}), std::numeric_limits<float>::infinity());
    for (float& height : field.height) height = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(RoughBlocks(field).lowest(field.window), std::numeric_limits<float>::infinity());
}

TEST(RoughBlocks, LeaveOutNothingThatASweepMarks) {
    std::mt19937 random(3);
    const auto below = [&](int end) { return static_cast<int>(random() % static_cast<std::uint32_t>(end)); };
    int narrower = 0, marked = 0;
    for (int round = 0; round < 200; ++round) {
        HeightField field = hills();
        const int width = 1 + below(12), height = 1 + below(12);
        put_box(field, below(side - width), below(side - height), width, height, static_cast<float>(1 + below(15)));
        const double angle = 0.01 * below(628), slant = 0.2 + 0.01 * below(180);
        const SightField sight = SightField::parallel(slant * std::cos(angle), slant * std::sin(angle), 0);
        const Window target{field.window.col + margin, field.window.row + margin, side - 2 * margin, side - 2 * margin};
        const int error = below(4) - 1;
        const Window found = RoughBlocks(field).narrowed(sight, target, SightSweep::surroundings(error));
        narrower += found.pixels() < target.pixels() ? 1 : 0;
        SightSweep sweep;
        std::vector<std::uint8_t> classes;
        if (!sweep.classify(field, sight, target, error, RoughBlocks(field).lowest(field.window), classes)) continue;
        ++marked;
        for (int r = 0; r < target.height; ++r)
            for (int c = 0; c < target.width; ++c) {
                const std::int64_t col = target.col + c, row = target.row + r;
                const bool kept = col >= found.col && row >= found.row && col < found.col + found.width &&
                                  row < found.row + found.height;
                ASSERT_TRUE(kept || classes[static_cast<std::size_t>(r * target.width + c)] == sight::clear)
                    << round << ": " << c << ' ' << r;
            }
    }
    EXPECT_GT(narrower, 100);
    EXPECT_GT(marked, 50);
}

} // namespace
} // namespace overflight
