// SPDX-License-Identifier: Apache-2.0
#include "stages/change_decision.h"
#include "stages/change_second_look.h"

#include <gtest/gtest.h>

#include <limits>

namespace overflight {
namespace {

constexpr Window tile{512, 1024, 200, 160};
constexpr std::uint8_t strong = stored_change_score(6.0), quiet = stored_change_score(0.0);

class SecondLookAt : public testing::Test {
protected:
    SecondLookAt() : scores(static_cast<std::size_t>(tile.pixels()), quiet) {
        parallax.blocks = {tile.col - 16, tile.row - 16, 16, 15, 12};
        parallax.dx.assign(static_cast<std::size_t>(parallax.blocks.count()), 3);
        parallax.dy.assign(parallax.dx.size(), 0);
    }

    static std::size_t at(int col, int row) { return static_cast<std::size_t>(row * tile.width + col); }
    void put(int col, int row, int width, int height) {
        for (int r = row; r < row + height; ++r)
            for (int c = col; c < col + width; ++c) scores[at(c, r)] = strong;
    }

    std::vector<std::uint8_t> scores;
    ParallaxField parallax;
};

TEST_F(SecondLookAt, ScoresThatMayMakeAChange) {
    EXPECT_TRUE(areas_for_second_look(tile, scores, parallax).empty());
    put(40, 70, 3, 3);
    EXPECT_EQ(areas_for_second_look(tile, scores, parallax), (std::vector<Window>{{544, 1088, 32, 32}}));
    put(70, 90, 30, 8); // beside it, over three cells
    put(190, 150, 5, 5);
    EXPECT_EQ(areas_for_second_look(tile, scores, parallax),
              (std::vector<Window>{{544, 1088, 96, 64}, {672, 1152, 40, 32}}))
        << "the last is cut by the tile's border";
}

TEST_F(SecondLookAt, NothingThatIsAsLargeAsAllAround) {
    put(0, 0, 190, 150);
    EXPECT_TRUE(areas_for_second_look(tile, scores, parallax).empty());
}

TEST_F(SecondLookAt, PlacesThatTheMissionsShowFromOtherSides) {
    put(40, 70, 3, 3);
    put(100, 10, 3, 3);
    for (int block = 0; block < 6 * 15; ++block) parallax.dx[static_cast<std::size_t>(block)] = 1.5F; // the upper rows
    EXPECT_EQ(areas_for_second_look(tile, scores, parallax), (std::vector<Window>{{544, 1088, 32, 32}}));
    parallax.dx.assign(parallax.dx.size(), std::numeric_limits<float>::quiet_NaN());
    EXPECT_TRUE(areas_for_second_look(tile, scores, parallax).empty());
    EXPECT_TRUE(areas_for_second_look(tile, scores, {}).empty());
}

TEST_F(SecondLookAt, WhatIsNotThereLowersScoresAndWhatIsDoesNot) {
    put(40, 70, 3, 3);
    put(58, 70, 3, 3);
    const Window area{544, 1088, 32, 32}, seen{528, 1072, 64, 64};
    std::vector<std::uint8_t> second(static_cast<std::size_t>(seen.pixels()), quiet);
    const auto in_seen = [&](int col, int row) { // of the tile
        return static_cast<std::size_t>((tile.row + row - seen.row) * seen.width + tile.col + col - seen.col);
    };
    second[in_seen(60 + 7, 70)] = stored_change_score(3.0);
    const std::vector<std::uint8_t> first = scores;
    lower_to_second_look(tile, scores, area, seen, second);
    EXPECT_EQ(scores[at(41, 71)], quiet);
    EXPECT_EQ(scores[at(58, 71)], quiet) << "nine columns away";
    EXPECT_EQ(scores[at(60, 71)], stored_change_score(4.5)) << "one and a half times what is near";

    scores = first;
    second[in_seen(60 + 7, 70)] = 255;
    second[in_seen(41, 71)] = 0;
    lower_to_second_look(tile, scores, area, seen, second);
    EXPECT_EQ(scores[at(60, 71)], strong) << "the highest score stands for all beyond";
    EXPECT_EQ(scores[at(41, 71)], strong) << "not seen";
    EXPECT_EQ(scores[at(40, 71)], quiet);
    EXPECT_EQ(scores[at(43 + 32, 71)], first[at(43 + 32, 71)]) << "not in the area";
}

} // namespace
} // namespace overflight
