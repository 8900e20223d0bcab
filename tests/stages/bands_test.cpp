// SPDX-License-Identifier: Apache-2.0
#include "stages/bands.h"

#include <gtest/gtest.h>

namespace overflight {
namespace {

using Names = std::vector<std::string>;
using Numbers = std::vector<int>;

TEST(PairBands, FindsTheSameBandsWhereverTheyLie) {
    const BandPairing pairs = pair_bands({"Red", "Green", "Blue"}, {"NIR", "blue", "green", "R"}, 8);
    EXPECT_EQ(pairs.common, 3);
    EXPECT_EQ(pairs.before, (Numbers{0, 1, 2}));
    EXPECT_EQ(pairs.after, (Numbers{3, 2, 1, 0}));
}

TEST(PairBands, BeginsWithTheColours) {
    const BandPairing pairs =
        pair_bands({"nir", "red edge", "red", "green", "blue"}, {"blue", "green", "red", "Near-Infrared"}, 8);
    EXPECT_EQ(pairs.common, 4);
    EXPECT_EQ(pairs.before, (Numbers{2, 3, 4, 0, 1}));
    EXPECT_EQ(pairs.after, (Numbers{2, 1, 0, 3}));
}

TEST(PairBands, GoesByNumbersWhereNoNameIsInBoth) {
    const BandPairing pairs = pair_bands({"red", "green", "blue"}, {"band 1", "band 2"}, 8);
    EXPECT_EQ(pairs.common, 2);
    EXPECT_EQ(pairs.before, (Numbers{0, 1, 2}));
    EXPECT_EQ(pairs.after, (Numbers{0, 1}));
    EXPECT_EQ(pair_bands({"", ""}, {"", ""}, 8).common, 2);
}

TEST(PairBands, GoesByNumbersForBandsWithoutAName) {
    const BandPairing near = pair_bands({"red", "green", "blue", "band 4"}, {"gray", "band 2", "band 3", "band 4"}, 8);
    EXPECT_EQ(near.common, 4);
    EXPECT_EQ(near.before, (Numbers{0, 1, 2, 3}));
    EXPECT_EQ(near.after, (Numbers{0, 1, 2, 3}));
    const BandPairing named = pair_bands({"red", "green", "blue", "band 4"}, {"red", "green", "blue", "nir"}, 8);
    EXPECT_EQ(named.common, 4);
    EXPECT_EQ(named.after, (Numbers{0, 1, 2, 3}));
    const BandPairing other = pair_bands({"red", "green", "blue"}, {"nir", "red", "green"}, 8);
    EXPECT_EQ(other.common, 2) << "blue is not near infrared";
    EXPECT_EQ(other.after, (Numbers{1, 2, 0}));
}

TEST(BandsNotCompared, AreThoseBeyondTheMost) {
    const Names before = {"nir", "red", "green", "", "blue", "swir"}, after = {"red", "green", "blue", "x", "nir"};
    EXPECT_EQ(bands_not_compared(before, after, 8), Names());
    EXPECT_EQ(bands_not_compared(before, after, 3), (Names{"nir", "band 4"})); // swir is in one alone
    EXPECT_EQ(bands_not_compared({"", "", ""}, {"", "", "", ""}, 2), Names{"band 3"});
}

TEST(OrderOfBands, FollowsNamesThatTellThemApart) {
    EXPECT_EQ(order_of_bands({"red", "green", "blue"}, {"Blue", "G", "red"}), (Numbers{2, 1, 0}));
    EXPECT_EQ(order_of_bands({"red", "green", "blue", "nir"}, {"nir", "red", "green", "blue"}), (Numbers{1, 2, 3, 0}));
    EXPECT_EQ(order_of_bands({"red", "green", "blue"}, {"red", "green", "blue"}), Numbers()); // as they lie
    EXPECT_EQ(order_of_bands({"red", "green", "blue"}, {"red", "blue", "blue"}), Numbers());
    EXPECT_EQ(order_of_bands({"red", "green", "blue"}, {"blue", "green", "band 3"}), Numbers());
    EXPECT_EQ(order_of_bands({"band 1", "band 2"}, {"band 2", "band 1"}), Numbers()); // numbers are no names
}

TEST(BandRoles, FollowTheBandsIntoAnotherOrder) {
    const BandRoles roles = reordered(band_roles({"nir", "red", "green", "blue"}), {3, 0, 1});
    EXPECT_EQ(roles.blue, 0);
    EXPECT_EQ(roles.nir, 1);
    EXPECT_EQ(roles.red, 2);
    EXPECT_EQ(roles.green, -1);
    EXPECT_TRUE(reordered(band_roles({"band 1", "band 2", "band 3", "band 4"}), {3, 0, 1, 2}).has_colours());
}

TEST(PairBands, TakesABandOnceThoughItsNameComesTwice) {
    const BandPairing pairs = pair_bands({"red", "red", "green"}, {"green", "red", "red"}, 8);
    EXPECT_EQ(pairs.common, 2);
    EXPECT_EQ(pairs.before, (Numbers{0, 2, 1}));
    EXPECT_EQ(pairs.after, (Numbers{1, 0, 2}));
}

TEST(PairBands, TakesNoMoreThanAreCompared) {
    const Names many{"one", "two", "three", "four", "five", "red"};
    const BandPairing pairs = pair_bands(many, many, 4);
    EXPECT_EQ(pairs.common, 4);
    EXPECT_EQ(pairs.before, (Numbers{5, 0, 1, 2}));
    EXPECT_EQ(pairs.after, pairs.before);
}

} // namespace
} // namespace overflight
