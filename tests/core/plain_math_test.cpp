// SPDX-License-Identifier: Apache-2.0
#include "core/plain_math.h"

#include <gtest/gtest.h>

namespace overflight {
namespace {

TEST(PlainMath, IsRightToTwelveDigits) {
    for (double x = 0; x < 60; x += 0.37) EXPECT_NEAR(exp_negative(x) / std::exp(-x), 1, 1e-12) << x;
    for (double t = 1; t < 30; t += 0.13)
        EXPECT_NEAR(normal_tail(t) / (0.5 * std::erfc(t / std::numbers::sqrt2)), 1, 1e-12) << t;
    EXPECT_EQ(exp_negative(1e6), 0);
    EXPECT_EQ(normal_tail(1e6), 0);
}

} // namespace
} // namespace overflight
