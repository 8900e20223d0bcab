// SPDX-License-Identifier: Apache-2.0
#include "stages/seam_map.h"

#include <gtest/gtest.h>

#include <random>

namespace overflight {
namespace {

Grid grid_of(std::int64_t width, std::int64_t height) {
    Grid grid;
    grid.width = width, grid.height = height;
    return grid;
}

/// Labels in runs of a few cells, some of them of nobody.
SeamMap random_map(const Grid& grid, int cell, std::vector<std::uint32_t>& all) {
    std::mt19937 random(7);
    SeamMap map(grid, cell);
    const auto cols = static_cast<std::size_t>((grid.width + cell - 1) / cell);
    for (std::int64_t row = 0; row < (grid.height + cell - 1) / cell; ++row) {
        std::vector<std::uint32_t> labels;
        while (labels.size() < cols) {
            const std::uint32_t label = random() % 5 == 0 ? SeamMap::nobody : random() % 4;
            labels.insert(labels.end(), std::min<std::size_t>(cols - labels.size(), 1 + random() % 6), label);
        }
        if (row % 3 == 2) labels.assign(all.end() - static_cast<std::ptrdiff_t>(cols), all.end()); // as above
        map.append_row(labels);
        all.insert(all.end(), labels.begin(), labels.end());
    }
    return map;
}

TEST(SeamMap, GivesBackWhatWasPutInWhateverTheWindow) {
    std::vector<std::uint32_t> all;
    const Grid grid = grid_of(805, 497);
    const SeamMap map = random_map(grid, 8, all);
    ASSERT_EQ(map.cols(), 101);
    ASSERT_EQ(map.rows(), 63);
    std::vector<std::uint32_t> labels;
    for (const Window& window : {Window{0, 0, 101, 63}, Window{-3, -2, 20, 9}, Window{95, 60, 20, 9},
                                 Window{40, 30, 1, 1}, Window{300, 0, 4, 4}}) {
        map.read(window, labels);
        ASSERT_EQ(labels.size(), static_cast<std::size_t>(window.pixels()));
        for (int r = 0; r < window.height; ++r) {
            for (int c = 0; c < window.width; ++c) {
                const std::int64_t row = window.row + r, col = window.col + c;
                const bool inside = row >= 0 && col >= 0 && row < 63 && col < 101;
                ASSERT_EQ(labels[static_cast<std::size_t>(r * window.width + c)],
                          inside ? all[static_cast<std::size_t>(row * 101 + col)] : SeamMap::nobody);
            }
        }
    }
}

TEST(SeamMap, ComesBackFromItsText) {
    std::vector<std::uint32_t> all;
    const Grid grid = grid_of(805, 497);
    const SeamMap map = random_map(grid, 16, all);
    EXPECT_EQ(SeamMap::from_text(grid, map.to_text()), map);
    EXPECT_LT(map.to_text().size(), all.size() * 4);
}

TEST(SeamMap, RefusesDamagedText) {
    std::vector<std::uint32_t> all;
    const Grid grid = grid_of(805, 497);
    const std::string text = random_map(grid, 8, all).to_text();
    EXPECT_THROW(SeamMap::from_text(grid_of(900, 497), text), std::runtime_error);
    EXPECT_THROW(SeamMap::from_text(grid, ""), std::runtime_error);
    EXPECT_THROW(SeamMap::from_text(grid, text.substr(0, text.size() - 9)), std::runtime_error);
    for (std::size_t at = 0; at < text.size(); at += 13) {
        std::string damaged = text;
        damaged[at] = '-';
        EXPECT_THROW(SeamMap::from_text(grid, damaged), std::runtime_error) << at;
    }
}

} // namespace
} // namespace overflight
