// SPDX-License-Identifier: Apache-2.0
#include "stages/wall_edge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

namespace overflight {
namespace {

constexpr int side = 40;

template <typename Height>
HeightField field_of(const Height& height) {
    HeightField field;
    field.window = {7, -90, side, side};
    field.cell = 0.5;
    for (int row = 0; row < side; ++row)
        for (int col = 0; col < side; ++col) field.height.push_back(static_cast<float>(height(col, row)));
    return field;
}

TEST(WallEdge, FindsStraightWallsToATenthOfACell) {
    std::mt19937 random(5);
    std::uniform_real_distribution<double> any(0, 1);
    double squares = 0;
    int found = 0;
    for (int round = 0; round < 300; ++round) {
        const double angle = 2 * std::numbers::pi * any(random), x = std::cos(angle), y = std::sin(angle),
                     away = x * side / 2 + y * side / 2 + 4 * any(random);
        const HeightField field =
            field_of([&](int col, int row) { return x * col + y * row < away ? 12 + 0.1 * col : 3 - 0.05 * row; });
        for (int row = 5; row < side - 5; ++row)
            for (int col = 5; col < side - 5; ++col) {
                WallEdge edge;
                const double truth = away - (x * col + y * row); // from the cell's middle to the wall
                if (!wall_edge(field, col, row, edge)) {
                    EXPECT_TRUE(truth <= 0 || truth >= 1 || truth < 1e-9) << truth;
                    continue;
                }
                ++found;
                EXPECT_GT(truth, 0);
                EXPECT_LT(truth, 1.5);
                const double length = std::hypot(edge.by_col, edge.by_row);
                EXPECT_GT((edge.by_col * x + edge.by_row * y) / length, 0.95); // 18 degrees
                squares += (1 / length - truth) * (1 / length - truth);
            }
    }
    EXPECT_GT(found, 9000);
    EXPECT_LT(std::sqrt(squares / found), 0.12); // 0.29 is what posts alone tell
}

TEST(WallEdge, IsHalfWayAlongRowsAndColumnsAndAtCorners) {
    const HeightField field =
        field_of([](int col, int row) { return col >= 10 && col < 20 && row >= 10 && row < 20 ? 9 : 0; });
    WallEdge edge;
    ASSERT_TRUE(wall_edge(field, 19, 15, edge));
    EXPECT_NEAR(edge.by_col, 2, 1e-6);
    EXPECT_NEAR(edge.by_row, 0, 1e-6);
    ASSERT_TRUE(wall_edge(field, 15, 10, edge));
    EXPECT_NEAR(edge.by_col, 0, 1e-6);
    EXPECT_NEAR(edge.by_row, -2, 1e-6);
    ASSERT_TRUE(wall_edge(field, 19, 19, edge));
    EXPECT_NEAR(edge.by_col, 2, 1e-6);
    EXPECT_NEAR(edge.by_row, 2, 1e-6);
    EXPECT_FALSE(wall_edge(field, 15, 15, edge)); // the middle of the roof
    EXPECT_FALSE(wall_edge(field, 20, 15, edge)); // the foot of the wall
}

TEST(WallEdge, IsNotAtRoofsNorWhereNothingIsKnown) {
    WallEdge edge;
    const HeightField roof = field_of([](int col, int row) { return -0.6 * std::abs(col - 20) - 0.6 * (row % 2); });
    for (int row = 0; row < side; ++row)
        for (int col = 0; col < side; ++col) EXPECT_FALSE(wall_edge(roof, col, row, edge));
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const HeightField island = field_of([](int col, int row) { return col > 9 && row > 9 ? 30.0 : nan; });
    for (int row = 0; row < side; ++row)
        for (int col = 0; col < side; ++col) EXPECT_FALSE(wall_edge(island, col, row, edge));
    const HeightField border = field_of([](int col, int) { return col < 1 ? 30 : 0; });
    EXPECT_FALSE(wall_edge(border, 0, 20, edge)); // what is beyond it is not known
}

} // namespace
} // namespace overflight
