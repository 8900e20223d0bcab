// SPDX-License-Identifier: Apache-2.0
#include "for_each_target.h"
#include "kernels/sight_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace overflight::kernels {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> heights(std::size_t count, std::mt19937& random) {
    std::vector<float> out(count);
    for (float& height : out) height = random() % 13 == 0 ? nan : static_cast<float>(random() % 4000) * 0.01F;
    return out;
}

bool same(const std::vector<float>& a, const std::vector<float>& b) {
    if (a.empty() || b.empty()) return a.empty() == b.empty(); // memcmp takes no null
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

bool same_values(const std::vector<float>& a, const std::vector<float>& b) { // any NaN is like any other
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](float x, float y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

TEST(SightRows, CellsAreDisplacedAsByTheReference) {
    std::mt19937 random(1);
    const SightDisplacement by{0.3F, -0.002F, 0.001F, 0.00003F};
    for (std::size_t count = 0; count < 70; ++count) {
        const std::vector<float> height = heights(count + 1, random); // off alignment by one
        std::vector<float> expected(count + 1, 7), found = expected;
        reference::displace_cells(height.data() + 1, count, 12, by, 5, expected.data() + 1);
        for_each_target([&] {
            std::fill(found.begin(), found.end(), 7.0F);
            displace_cells(height.data() + 1, count, 12, by, 5, found.data() + 1);
            EXPECT_TRUE(same_values(found, expected)) << count;
        });
    }
}

TEST(SightRows, StepsAreThoseOfTheReference) {
    std::mt19937 random(2);
    for (std::size_t count = 0; count < 70; ++count) {
        std::vector<float> line(count), before(count);
        for (std::size_t i = 0; i < count; ++i) {
            line[i] = random() % 9 == 0 ? nan : 10 + static_cast<float>(random() % 130) * 0.01F;
            before[i] = 9 + static_cast<float>(random() % 130) * 0.01F;
        }
        std::vector<std::uint8_t> expected(count), found(count);
        reference::mark_steps(line.data(), before.data(), 1, count, 2, expected.data());
        for_each_target([&] {
            std::fill(found.begin(), found.end(), std::uint8_t{9});
            mark_steps(line.data(), before.data(), 1, count, 2, found.data());
            EXPECT_EQ(found, expected) << count;
        });
    }
}

TEST(SightRows, TracksGoOnAsThoseOfTheReference) {
    std::mt19937 random(3);
    for (std::size_t count = 0; count < 90; ++count) {
        for (const double step : {1.0, 0.9997, 0.83, 0.5, 0.13}) {
            SightTracks tracks;
            tracks.first = static_cast<std::int64_t>(3.7 * static_cast<double>(SightTracks::one));
            tracks.step = static_cast<std::int64_t>(step * static_cast<double>(SightTracks::one));
            tracks.count = count;
            const std::vector<float> lies = heights(count + 8 + sight_row_padding, random);
            std::vector<float> furthest = heights(count, random), bias(count);
            for (std::size_t k = 0; k < count; ++k) {
                if (std::isnan(furthest[k])) furthest[k] = -std::numeric_limits<float>::infinity();
                bias[k] = random() % 2 == 0 ? 0.0F : 0.5F;
            }
            std::vector<float> expected_furthest = furthest, expected_bias = bias;
            std::vector<std::uint8_t> expected(lies.size(), 9);
            reference::follow_tracks(lies.data(), tracks, expected_furthest.data(), expected_bias.data(),
                                     expected.data());
            for_each_target([&] {
                for (const bool wanted : {true, false}) {
                    std::vector<float> found_furthest = furthest, found_bias = bias;
                    std::vector<std::uint8_t> found(lies.size(), 9);
                    follow_tracks(lies.data(), tracks, found_furthest.data(), found_bias.data(),
                                  wanted ? found.data() : nullptr);
                    EXPECT_TRUE(same(found_furthest, expected_furthest)) << count << " " << step;
                    EXPECT_TRUE(same(found_bias, expected_bias)) << count << " " << step;
                    for (std::size_t col = 0; wanted && col < expected.size(); ++col) {
                        if (expected[col] == 9) continue; // no track runs through it
                        EXPECT_EQ(found[col], expected[col]) << count << " " << step << " " << col;
                    }
                }
            });
        }
    }
}

TEST(SightRows, LastTrackThroughAColumnSaysWhetherItIsHidden) {
    const std::vector<float> lies(8 + sight_row_padding, 5);
    std::vector<float> furthest = {9, 0, 0, 9}, bias(4);
    std::vector<std::uint8_t> hidden(lies.size());
    SightTracks tracks{.first = 0, .step = SightTracks::one / 2, .count = 4}; // columns 0, 0, 1, 1
    follow_tracks(lies.data(), tracks, furthest.data(), bias.data(), hidden.data());
    EXPECT_EQ(hidden[0], 0);
    EXPECT_EQ(hidden[1], sight_hidden);
    EXPECT_EQ(furthest, (std::vector<float>{9, 5, 5, 9}));
    EXPECT_EQ(bias, (std::vector<float>{0.5F, 0, 0, 0.5F}));
}

TEST(SightRows, NearlyHiddenIsWhatLiesLessThanHalfARowFurther) {
    std::vector<float> lies = {4.9F, 5, 5.4F, 5.6F};
    lies.resize(lies.size() + sight_row_padding);
    std::vector<float> furthest(4, 5), bias = {0, 0, 0, 0.5F};
    std::vector<std::uint8_t> hidden(lies.size());
    const SightTracks tracks{.first = 0, .step = SightTracks::one, .count = 4};
    follow_tracks(lies.data(), tracks, furthest.data(), bias.data(), hidden.data());
    hidden.resize(4);
    EXPECT_EQ(hidden, (std::vector<std::uint8_t>{sight_hidden, sight_nearly_hidden, sight_nearly_hidden, 0}));
}

TEST(SightRows, TellWhichCellsOfASquareAreHigher) {
    std::mt19937 random(5);
    for (int k = 0; k < 50; ++k) {
        const std::vector<float> cells = heights(9 * wall_square_side, random);
        for_each_target(
            [&] { EXPECT_EQ(cells_above(cells.data(), 9, 20), reference::cells_above(cells.data(), 9, 20)); });
    }
    std::vector<float> cells(wall_square_side * wall_square_side, nan);
    cells[wall_square_side + 2] = 5;
    for_each_target([&] {
        EXPECT_EQ(cells_above(cells.data(), wall_square_side, 4.5F), 1U << (wall_square_side + 2));
        EXPECT_EQ(cells_above(cells.data(), wall_square_side, 5), 0U);
    });
}

TEST(SightRows, ColumnsBecomeRows) {
    std::mt19937 random(4);
    for (std::size_t rows = 0; rows < 14; ++rows) {
        for (std::size_t cols = 0; cols < 14; ++cols) {
            std::vector<float> from(rows * (cols + 3) + 1);
            for (float& value : from) value = static_cast<float>(random() % 1000);
            for_each_target([&] {
                std::vector<float> to((rows + 1) * cols, -1);
                turn_cells(from.data() + 1, static_cast<std::ptrdiff_t>(cols) + 3, rows, cols, to.data(),
                           static_cast<std::ptrdiff_t>(rows) + 1);
                for (std::size_t col = 0; col < cols; ++col) {
                    for (std::size_t row = 0; row < rows; ++row)
                        EXPECT_EQ(to[col * (rows + 1) + row], from[1 + row * (cols + 3) + col]);
                    EXPECT_EQ(to[col * (rows + 1) + rows], -1);
                }
            });
        }
    }
}

} // namespace
} // namespace overflight::kernels
