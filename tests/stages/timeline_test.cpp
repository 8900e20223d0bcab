// SPDX-License-Identifier: Apache-2.0
#include "stages/timeline.h"

#include <gtest/gtest.h>

namespace overflight {
namespace {

using Mask = std::vector<std::uint8_t>;

TEST(Timeline, KeepsTheLastIntervalAndCounts) {
    Timeline timeline(6);
    timeline.add(Mask{0, 1, 1, 255, 255, 1}, 1);
    timeline.add(Mask{0, 0, 1, 255, 1, 255}, 2);
    timeline.add(Mask{0, 0, 1, 255, 0, 0}, 3);
    EXPECT_EQ(timeline.last, (Mask{0, 1, 3, 255, 2, 1}));
    EXPECT_EQ(timeline.changes, (Mask{0, 1, 3, 255, 1, 1}));
}

TEST(Timeline, TellsWhatBecameOfAnObject) {
    // ten pixels that touch by side or corner
    const Mask mask = {1, 1, 1, 1, //
                       1, 0, 0, 1, //
                       1, 0, 1, 0, //
                       1, 1, 0, 0};
    Timeline timeline(mask.size());
    timeline.add(mask, 1);
    Mask later(mask.size(), 0);
    later[0] = 1;
    timeline.add(later, 2);
    const auto history = object_history(mask, timeline, 4, 10);
    ASSERT_TRUE(history);
    EXPECT_EQ(history->last, 2);
    EXPECT_EQ(history->changes, 2);
    EXPECT_FALSE(object_history(mask, timeline, 4, 9)) << "of another size";
    const Mask apart = {1, 1, 0, 0, //
                        1, 0, 0, 1};
    EXPECT_FALSE(object_history(apart, Timeline(apart.size()), 4, 3)) << "does not fill its box";
}

} // namespace
} // namespace overflight
