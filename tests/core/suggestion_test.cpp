// SPDX-License-Identifier: Apache-2.0
#include "core/suggestion.h"

#include <gtest/gtest.h>

namespace overflight {
namespace {

TEST(EditDistance, CountsEdits) {
    EXPECT_EQ(edit_distance("", ""), 0);
    EXPECT_EQ(edit_distance("", "abc"), 3);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
    EXPECT_EQ(edit_distance("saturday", "sunday"), 3);
    EXPECT_EQ(edit_distance("2016", "2061"), 1); // two neighbours swapped
    EXPECT_EQ(edit_distance("ca", "abc"), 3);    // no place is edited twice
}

TEST(EditDistance, IsAMetricOnShortWords) {
    const std::string words[] = {"", "a", "ab", "ba", "abc", "crs", "src", "cubic", "bicubic"};
    for (const std::string& a : words) {
        for (const std::string& b : words) {
            EXPECT_EQ(edit_distance(a, b), edit_distance(b, a)) << a << " " << b;
            EXPECT_EQ(edit_distance(a, b) == 0, a == b) << a << " " << b;
        }
    }
}

TEST(NearestWord, FindsTyposAndLeavesStrangersAlone) {
    const std::vector<std::string> known = {"folder", "crs", "resolution_m", "bounds"};
    EXPECT_EQ(nearest_word("resolutoin_m", known), "resolution_m");
    EXPECT_EQ(nearest_word("resolution", known), "resolution_m");
    EXPECT_EQ(nearest_word("bound", known), "bounds");
    EXPECT_EQ(nearest_word("csr", known), "crs");
    EXPECT_EQ(nearest_word("threads", known), "");
    EXPECT_EQ(nearest_word("xyz", known), "");
}

} // namespace
} // namespace overflight
