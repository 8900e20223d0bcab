// SPDX-License-Identifier: Apache-2.0
#include "for_each_target.h"
#include "kernels/heights.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <vector>

namespace overflight::kernels {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/// Posts end where their memory does: what reads beyond is found by the sanitizer.
struct Terrain {
    std::unique_ptr<float[]> posts;
    TerrainWindow window;

    Terrain(int width, int height, int stride, unsigned nan_percent)
        : posts(std::make_unique<float[]>(static_cast<std::size_t>((height - 1) * stride + width))) {
        std::mt19937 random(3);
        for (int i = 0; i < (height - 1) * stride + width; ++i)
            posts[static_cast<std::size_t>(i)] =
                random() % 100 < nan_percent ? nan : static_cast<float>(random() % 100000) / 37;
        window = {posts.get(), stride, width, height};
    }
};

std::vector<float> without_nan(std::vector<float> values) {
    for (float& value : values)
        if (std::isnan(value)) value = -1e30f;
    return values;
}

TEST(Heights, EqualsReferenceOnEveryTarget) {
    std::mt19937 random(6);
    std::uniform_real_distribution<float> position(-3, 30), step(-0.6f, 0.6f);
    for (const unsigned nan_percent : {0, 3})
        for (int i = 0; i < 400; ++i) {
            const Terrain terrain(2 + i % 23, 2 + i % 17, 26, nan_percent);
            const float col = position(random), row = position(random), col_step = step(random),
                        row_step = step(random);
            const std::size_t count = i % 45;
            std::vector<float> expected(count + 1, 5), found(count + 1, 5);
            reference::sample_heights(terrain.window, col, row, col_step, row_step, count, expected.data());
            for_each_target([&] {
                sample_heights(terrain.window, col, row, col_step, row_step, count, found.data());
                EXPECT_EQ(without_nan(found), without_nan(expected));
            });
        }
}

TEST(Heights, EqualsReferenceWithinTheWindowAndAlongItsRows) {
    std::mt19937 random(8);
    for (int i = 0; i < 400; ++i) {
        const int width = 2 + i % 60, height = 2 + i % 5;
        const Terrain terrain(width, height, width + i % 3, i % 2 == 0 ? 0 : 3);
        const std::size_t count = 1 + i % 83;
        std::uniform_real_distribution<float> across(0, static_cast<float>(width - 1)),
            along(0, static_cast<float>(height - 1));
        // from one place to another, both ways, dense and sparse; every other time along a row, at times the last
        // post's
        const float col = across(random), end = i % 7 == 0 ? static_cast<float>(width - 1) : across(random);
        const float row = i % 5 == 0 ? static_cast<float>(height - 1) : along(random);
        const auto steps = static_cast<float>(count);
        const float col_step = (end - col) / steps, row_step = i % 2 == 0 ? 0 : (along(random) - row) / steps;
        std::vector<float> expected(count + 1, 5), found(count + 1, 5);
        reference::sample_heights(terrain.window, col, row, col_step, row_step, count, expected.data());
        for_each_target([&] {
            sample_heights(terrain.window, col, row, col_step, row_step, count, found.data());
            EXPECT_EQ(without_nan(found), without_nan(expected));
        });
    }
}

TEST(Heights, FollowsAPlaneUpToTheOuterPosts) {
    std::vector<float> posts;
    for (int r = 0; r < 5; ++r)
        for (int c = 0; c < 9; ++c) posts.push_back(static_cast<float>(100 + 3 * c - 2 * r));
    const TerrainWindow window{posts.data(), 9, 9, 5};
    for_each_target([&] {
        std::vector<float> heights(18);
        sample_heights(window, 0, 4, 0.5f, -0.25f, heights.size(), heights.data());
        for (int i = 0; i < 17; ++i)
            EXPECT_FLOAT_EQ(heights[i], static_cast<float>(100 + 1.5 * i - 2 * (4 - 0.25 * i)));
        EXPECT_TRUE(std::isnan(heights[17]));
    });
}

TEST(Heights, UnknownOutsideAndNextToUnknownPosts) {
    std::vector<float> posts(16, 10);
    posts[5] = nan; // column 1, row 1
    const TerrainWindow window{posts.data(), 4, 4, 4};
    const auto at = [](const TerrainWindow& terrain, float col, float row) {
        float height;
        sample_heights(terrain, col, row, 0, 0, 1, &height);
        return height;
    };
    for_each_target([&] {
        EXPECT_EQ(at(window, 2, 2), 10);
        EXPECT_EQ(at(window, 3, 3), 10);
        EXPECT_TRUE(std::isnan(at(window, 1.9f, 0.5f)));
        EXPECT_TRUE(std::isnan(at(window, 0, 0)));
        EXPECT_TRUE(std::isnan(at(window, -0.001f, 2)));
        EXPECT_TRUE(std::isnan(at(window, 2, 3.001f)));
        EXPECT_TRUE(std::isnan(at(window, nan, 2)));
        EXPECT_TRUE(std::isnan(at({posts.data(), 4, 1, 4}, 0, 2)));
    });
}

} // namespace
} // namespace overflight::kernels
