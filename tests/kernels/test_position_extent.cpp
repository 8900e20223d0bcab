// SPDX-License-Identifier: Apache-2.0
#include "for_each_target.h"
#include "kernels/position_extent.h"
#include "kernels/resample.h"

#include <random>
#include <vector>

namespace overflight::kernels {
namespace {

TEST(PositionExtent, IsThatOfThePositionsWithin) {
    std::mt19937 random(4);
    for (std::size_t count = 0; count < 70; ++count) {
        std::vector<std::int32_t> col(count + 1), row(count + 1); // off alignment by one
        for (std::size_t i = 1; i <= count; ++i) {
            col[i] = random() % 7 == 0 ? no_position : static_cast<std::int32_t>(random() % 400000) - 1000;
            row[i] = col[i] == no_position ? no_position : static_cast<std::int32_t>(random() % 300000) - 1000;
        }
        PositionExtent expected;
        expected.row0 = count % 2 == 0 ? 5 : INT32_MAX; // what was there before stays
        const PositionExtent before = expected;
        reference::extend_extent(col.data() + 1, row.data() + 1, count, -128, 390000, 280000, expected);
        for_each_target([&] {
            PositionExtent found = before;
            extend_extent(col.data() + 1, row.data() + 1, count, -128, 390000, 280000, found);
            EXPECT_EQ(found, expected) << count;
        });
    }
}

TEST(PositionExtent, LeavesOutWhatLiesBeyondInEitherDirection) {
    const std::vector<std::int32_t> col = {-129, -128, 999, 1000, 10, 20}, row = {5, 7, 6, 5, 500, 499};
    PositionExtent extent;
    extend_extent(col.data(), row.data(), col.size(), -128, 1000, 500, extent);
    EXPECT_EQ(extent, (PositionExtent{-128, 6, 999, 499}));
    EXPECT_TRUE(PositionExtent().empty());
    EXPECT_FALSE(extent.empty());
}

} // namespace
} // namespace overflight::kernels
