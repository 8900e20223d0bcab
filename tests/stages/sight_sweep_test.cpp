// SPDX-License-Identifier: Apache-2.0
#include "stages/rough_blocks.h"
#include "stages/sight_sweep.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <utility>

namespace overflight {
namespace {

constexpr int side = 300;

HeightField flat(float level = 0) {
    HeightField field;
    field.window = {-40, 25, side, side}; // counted from anywhere
    field.height.assign(static_cast<std::size_t>(side) * side, level);
    field.highest = level;
    return field;
}

float& at(HeightField& field, int col, int row) {
    return field.height[static_cast<std::size_t>(row * side + col)];
}

/// Columns and rows from the field's corner.
void put_box(HeightField& field, int col, int row, int width, int height, float top) {
    for (int r = row; r < row + height; ++r)
        for (int c = col; c < col + width; ++c) at(field, c, r) = std::max(at(field, c, r), top);
    field.highest = std::max(field.highest, top);
}

Window within(const HeightField& field, int margin) {
    return {field.window.col + margin, field.window.row + margin, side - 2 * margin, side - 2 * margin};
}

/// Lines of sight to an eye at (col, row) from the field's corner, `above` metres up, cells of a metre.
SightField central(const HeightField& field, double col, double row, double above, double plane, int step = 50) {
    const double eye_col = static_cast<double>(field.window.col) + col,
                 eye_row = static_cast<double>(field.window.row) + row;
    SightField sight(plane, step, static_cast<double>(field.window.col), static_cast<double>(field.window.row),
                     side / step + 1, side / step + 1);
    for (int r = 0; r < sight.rows(); ++r)
        for (int c = 0; c < sight.cols(); ++c) {
            const double x = sight.first_col() + c * step - eye_col, y = sight.first_row() + r * step - eye_row;
            const double down = above - plane; // displaced by x e / (1 - e) with e = rise / down
            auto& node = sight.node(c, r);
            node.linear_col = static_cast<float>(x / down), node.linear_row = static_cast<float>(y / down);
            node.square_col = static_cast<float>(x / (down * down)),
            node.square_row = static_cast<float>(y / (down * down));
        }
    return sight;
}

std::vector<std::uint8_t> classes(const HeightField& field, const SightField& sight, const Window& target,
                                  int error = -1) {
    SightSweep sweep;
    std::vector<std::uint8_t> out;
    if (!sweep.classify(field, sight, target, error, RoughBlocks(field).lowest(field.window), out))
        out.assign(static_cast<std::size_t>(target.pixels()), sight::clear);
    SightClasses told{target, std::move(out), std::vector<std::uint8_t>(static_cast<std::size_t>(target.pixels()))};
    tell_sights(field, sight, told);
    return told.seen;
}

/// Buildings over a gentle slope.
HeightField town(std::uint32_t seed) {
    HeightField field = flat();
    std::mt19937 random(seed);
    const auto below = [&](int end) { return static_cast<int>(random() % static_cast<std::uint32_t>(end)); };
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c) at(field, c, r) = 0.05F * static_cast<float>(c) + 0.03F * static_cast<float>(r);
    for (int k = 0; k < 40; ++k)
        put_box(field, below(side - 40), below(side - 40), 8 + below(24), 8 + below(24),
                static_cast<float>(25 + below(30)));
    return field;
}

/// By walking along the line of sight in small steps through cells with level tops and upright sides.
bool blocked(HeightField& field, int col, int row, double eye_col, double eye_row, double above) {
    const double h = static_cast<double>(at(field, col, row)), dx = eye_col - col, dy = eye_row - row,
                 distance = std::hypot(dx, dy);
    for (double s = 0.1; s < distance; s += 0.1) {
        const double z = h + (above - h) * s / distance;
        if (z > static_cast<double>(field.highest)) return false;
        const auto c = static_cast<int>(std::lround(col + dx * s / distance)),
                   r = static_cast<int>(std::lround(row + dy * s / distance));
        if (c == col && r == row) continue;
        if (c < 0 || r < 0 || c >= side || r >= side) return false;
        if (static_cast<double>(at(field, c, r)) > z + 0.3) return true; // cells of a slope are steps of less
    }
    return false;
}

TEST(SightSweep, CastsAShadowAsLongAsTheBoxIsHigh) {
    for (int direction = 0; direction < 16; ++direction) {
        HeightField field = flat(10);
        put_box(field, 140, 140, 20, 20, 30);
        const double angle = direction * 0.3926990817, east = std::cos(angle), south = std::sin(angle);
        const SightField light = SightField::parallel(-1.5 * east, -1.5 * south, 10); // from the other side
        const std::vector<std::uint8_t> seen = classes(field, light, within(field, 0));
        int wrong = 0, hidden = 0;
        for (int r = 0; r < side; ++r)
            for (int c = 0; c < side; ++c) {
                bool expected = false; // some step back towards the light lies within the box, lower than its top
                for (double s = 0; s <= 30 && !expected; s += 0.05) {
                    const double x = c - s * east, y = r - s * south;
                    expected = x >= 139.5 && x < 159.5 && y >= 139.5 && y < 159.5;
                }
                expected &= at(field, c, r) < 30;
                const bool found = seen[static_cast<std::size_t>(r * side + c)] == sight::hidden;
                hidden += expected;
                wrong += found != expected;
            }
        EXPECT_GT(hidden, 500);
        EXPECT_LE(wrong, 70) << direction; // the outline is about 100 cells long
    }
}

TEST(SightSweep, AgreesWithWalkingAlongLinesOfSight) {
    HeightField field = town(7);
    struct Eye {
        double col, row, above;
    };
    for (const Eye& eye : {Eye{150, 150, 500}, Eye{20.3, 260, 300}, Eye{-200, 150, 400}, Eye{150, 700, 500},
                           Eye{-250, -260, 450}, Eye{600, 40, 250}}) {
        const SightField sight = central(field, eye.col, eye.row, eye.above, 20);
        const std::vector<std::uint8_t> seen = classes(field, sight, within(field, 0));
        int both = 0, either = 0;
        for (int r = 0; r < side; ++r)
            for (int c = 0; c < side; ++c) {
                const bool expected = blocked(field, c, r, eye.col, eye.row, eye.above),
                           found = seen[static_cast<std::size_t>(r * side + c)] == sight::hidden;
                both += expected && found;
                either += expected || found;
            }
        EXPECT_GT(either, 400);
        EXPECT_GE(both, 0.93 * either) << eye.col << ' ' << eye.row;
    }
}

TEST(SightSweep, SaysTheSameWhateverThePartLookedAt) {
    HeightField field = town(8);
    for (const auto& [col, row] : {std::pair(150.0, 140.0), std::pair(-200.0, 90.0)}) {
        const SightField sight = central(field, col, row, 400, 20);
        const Window all = within(field, 60);
        const std::vector<std::uint8_t> whole = classes(field, sight, all, 2);
        int hidden = 0, differ = 0;
        for (int r = 0; r < all.height; r += 60)
            for (int c = 0; c < all.width; c += 60) {
                const std::vector<std::uint8_t> part = classes(field, sight, {all.col + c, all.row + r, 60, 60}, 2);
                for (int y = 0; y < 60; ++y)
                    for (int x = 0; x < 60; ++x) {
                        const std::uint8_t a = whole[static_cast<std::size_t>((r + y) * all.width + c + x)],
                                           b = part[static_cast<std::size_t>(y * 60 + x)];
                        hidden += a == sight::hidden;
                        differ += (a == sight::hidden) != (b == sight::hidden);
                    }
            }
        EXPECT_GT(hidden, 300);
        EXPECT_LE(differ, hidden / 20); // tracks begin elsewhere: by a cell at the outlines
    }
}

TEST(SightSweep, HidesNothingOnGentleGroundAndWhereThereIsNone) {
    HeightField field = flat();
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c) at(field, c, r) = 20 * std::sin(0.02F * static_cast<float>(c + r));
    field.highest = 20;
    SightSweep sweep;
    std::vector<std::uint8_t> out;
    EXPECT_FALSE(sweep.classify(field, central(field, -300, 80, 500, 0), within(field, 0), 1,
                                RoughBlocks(field).lowest(field.window), out));

    put_box(field, 100, 100, 30, 30, 40);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c)
            if (c < 99 || c > 131) at(field, c, r) = nan;
    ASSERT_TRUE(sweep.classify(field, central(field, -300, 80, 500, 0), within(field, 0), 1,
                               RoughBlocks(field).lowest(field.window), out));
    for (int r = 0; r < side; ++r) {
        EXPECT_EQ(out[static_cast<std::size_t>(r * side + 250)], sight::clear);
        EXPECT_EQ(out[static_cast<std::size_t>(r * side + 90)], sight::clear);
    }
}

TEST(SightSweep, IsUncertainWithinTheErrorOfEdges) {
    HeightField field = flat();
    put_box(field, 140, 100, 20, 90, 40);
    const SightField sight = SightField::parallel(-0.5, 0, 0); // the eye in the west: 20 cells hidden in the east
    const std::vector<std::uint8_t> seen = classes(field, sight, within(field, 0), 3);
    const auto row = [&](int col) { return seen[static_cast<std::size_t>(150 * side + col)]; };
    EXPECT_EQ(row(130), sight::clear);
    EXPECT_EQ(row(138), sight::uncertain); // the near edge of the roof may lie here
    EXPECT_EQ(row(142), sight::uncertain);
    EXPECT_EQ(row(150), sight::clear);
    EXPECT_EQ(row(158), sight::uncertain);
    EXPECT_EQ(row(161), sight::hidden);
    EXPECT_EQ(row(177), sight::hidden);
    EXPECT_EQ(row(181), sight::uncertain);
    EXPECT_EQ(row(186), sight::clear);
}

TEST(SightSweep, LooksAsFarAsTheHighestCanHide) {
    const SightField sight = SightField::parallel(-0.5, 0.25, 0);
    const Window window = SightSweep::reach(sight, {100, 200, 50, 60}, 10, 50);
    EXPECT_LE(window.col, 100 - 20);
    EXPECT_GE(window.col, 100 - 30);
    EXPECT_LE(window.row, 200);
    EXPECT_GE(window.row + window.height, 260 + 10);
    EXPECT_LE(window.col + window.width, 152);
}

} // namespace
} // namespace overflight
