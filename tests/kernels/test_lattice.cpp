// SPDX-License-Identifier: Apache-2.0
#include "for_each_target.h"
#include "kernels/lattice.h"
#include "kernels/resample.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace overflight::kernels {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

struct Nodes {
    std::vector<float> values;
    Lattice lattice;

    Nodes(int cols, int rows, int step) {
        std::mt19937 random(4);
        std::uniform_real_distribution<float> jitter(-2, 2);
        for (int r = 0; r < rows; ++r)
            for (int c = 0; c < cols; ++c) {
                const float x = static_cast<float>(c * step), y = static_cast<float>(r * step);
                for (const float value :
                     {500 + x + 0.05f * y + jitter(random), 700 - 0.05f * x + y + jitter(random), 1 + 1e-4f * x,
                      0.4f + jitter(random), -0.3f, 1e-4f, 1e-4f * jitter(random), 2e-4f, -1e-8f})
                    values.push_back(value);
            }
        lattice = {values.data(), cols, rows, step, 250, 3000 * phases, -400 * phases};
    }
};

std::vector<float> random_heights(std::size_t count) {
    std::mt19937 random(5);
    std::vector<float> heights;
    for (std::size_t i = 0; i < count; ++i)
        heights.push_back(random() % 20 == 0 ? nan : 200 + static_cast<float>(random() % 10000) / 100);
    return heights;
}

TEST(Lattice, EqualsReferenceOnEveryTarget) {
    for (const int step : {1, 7, 16, 32}) {
        const Nodes nodes(9, 5, step);
        const int width = 8 * step + 1;
        for (const int first : {0, 1, 5})
            for (const int row : {0, step, 2 * step - 1, 4 * step})
                for (int count = 0; first + count <= width; count += count < 20 ? 1 : 13) {
                    const auto heights = random_heights(count);
                    std::vector<std::int32_t> col(count + 1, 7), rows(count + 1, 7), expected_col = col,
                                                                                     expected_row = rows;
                    reference::lattice_positions(nodes.lattice, row, first, count, heights.data(), expected_col.data(),
                                                 expected_row.data());
                    for_each_target([&] {
                        lattice_positions(nodes.lattice, row, first, count, heights.data(), col.data(), rows.data());
                        EXPECT_EQ(col, expected_col);
                        EXPECT_EQ(rows, expected_row);
                    });
                }
    }
}

TEST(Lattice, ExactForAProjectiveMap) {
    // u, v, w linear over the tile and quadratic in height: the lattice must follow the map to the rounding of the
    // positions.
    const int step = 32;
    std::vector<float> values;
    const auto project = [](double x, double y, double h) {
        const double w = 1 + 2e-4 * x - 1e-4 * y - 3e-4 * h;
        const double above = h - 100, bend = above * above;
        return std::pair((300 + 0.9 * x + 0.1 * y + 0.2 * h + 1e-3 * bend) / w,
                         (400 - 0.1 * x + 0.9 * y - 0.1 * h - 2e-3 * bend) / w);
    };
    for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 5; ++c) {
            const double x = c * step, y = r * step;
            for (const double value : {300 + 0.9 * x + 0.1 * y + 20, 400 - 0.1 * x + 0.9 * y - 10,
                                       1 + 2e-4 * x - 1e-4 * y - 0.03, 0.2, -0.1, -3e-4, 1e-3, -2e-3, 0.0})
                values.push_back(static_cast<float>(value));
        }
    const Lattice lattice{values.data(), 5, 3, step, 100};
    for (const int row : {0, 13, 64}) {
        std::vector<float> heights;
        for (int x = 0; x <= 128; ++x) heights.push_back(static_cast<float>(50 + x));
        std::vector<std::int32_t> col(heights.size()), rows(heights.size());
        lattice_positions(lattice, row, 0, heights.size(), heights.data(), col.data(), rows.data());
        for (int x = 0; x <= 128; ++x) {
            const auto [u, v] = project(x, row, heights[x]);
            EXPECT_NEAR(col[x] / 256.0, u, 1.0 / 512 + 1e-3);
            EXPECT_NEAR(rows[x] / 256.0, v, 1.0 / 512 + 1e-3);
        }
    }
}

TEST(Lattice, NoPositionWithoutHeightBehindTheCameraOrFarAway) {
    const auto position = [](float u, float w, float height) {
        std::vector<float> values;
        for (int i = 0; i < 4; ++i)
            for (const float value : {u, 1.0f, w, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f}) values.push_back(value);
        const Lattice lattice{values.data(), 2, 2, 16, 0};
        std::int32_t col = 1, row = 1;
        lattice_positions(lattice, 3, 2, 1, &height, &col, &row);
        EXPECT_EQ(col == no_position, row == no_position);
        return col;
    };
    for_each_target([&] {
        EXPECT_EQ(position(5, 1, 0), 5 * 256);
        EXPECT_EQ(position(5, 1, nan), no_position);
        EXPECT_EQ(position(5, 0, 0), no_position);
        EXPECT_EQ(position(5, -1, 0), no_position);
        EXPECT_EQ(position(-4194304, 1, 0), -4194304 * 256);
        EXPECT_EQ(position(4194305, 1, 0), no_position);
        EXPECT_EQ(position(1e30f, 1e-10f, 0), no_position);
    });
}

} // namespace
} // namespace overflight::kernels
