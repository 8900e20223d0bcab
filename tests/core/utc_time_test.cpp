// SPDX-License-Identifier: Apache-2.0
#include "core/utc_time.h"

#include <gtest/gtest.h>

namespace overflight {
namespace {

TEST(UtcTime, IsReadWithItsOffset) {
    EXPECT_EQ(utc_seconds("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(utc_seconds("2015-06-30T10:15:00Z"), 1435659300);
    EXPECT_EQ(utc_seconds("2015-06-30T12:15:00+02:00"), 1435659300);
    EXPECT_EQ(utc_seconds("2015-06-30 06:45:00.250-03:30"), 1435659300);
    EXPECT_EQ(utc_seconds("2016-02-29T23:59:59Z"), 1456790399);
}

TEST(UtcTime, IsNothingElse) {
    for (const char* text : {"", "2015-06-30", "2015-06-30T10:15Z", "2015-06-30T10:15:00", "2015-02-29T10:15:00Z",
                             "2015-06-30T25:15:00Z", "2015-06-30T10:15:00+2", "30.06.2015 10:15:00Z",
                             "2015-06-30T10:15:00Zx", "2015-06-30T10:61:00Z", "201a-06-30T10:15:00Z"})
        EXPECT_FALSE(utc_seconds(text)) << text;
    EXPECT_EQ(utc_offset_seconds("-08:00"), -28800);
    for (const char* text : {"", "8", "+8:00", "08:00", "+15:00", "+02:60"}) EXPECT_FALSE(utc_offset_seconds(text));
}

TEST(UtcTime, GoesThereAndBack) {
    for (const char* text : {"1970-01-01T00:00:00Z", "2015-06-30T10:15:09Z", "2028-02-29T23:59:59Z"})
        EXPECT_EQ(utc_text(utc_seconds(text).value()), text);
}

} // namespace
} // namespace overflight
