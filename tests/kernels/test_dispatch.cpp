// SPDX-License-Identifier: Apache-2.0
#include "for_each_target.h"

#include <gmock/gmock.h>

namespace overflight::kernels {
namespace {

TEST(Dispatch, BestTargetIsActiveUnlessForced) {
    EXPECT_EQ(active_target(), supported_targets().names[0]);
}

TEST(Dispatch, EveryTargetCanBeForced) {
    for_each_target([] {});
    EXPECT_EQ(active_target(), supported_targets().names[0]);
}

TEST(Dispatch, NamesAreCaseInsensitive) {
    EXPECT_EQ(force_target("scalar"), "");
    EXPECT_EQ(active_target(), "SCALAR");
    EXPECT_EQ(force_target(""), "");
}

TEST(Dispatch, UnknownNameIsReportedAndChangesNothing) {
    const auto before = active_target();
    EXPECT_THAT(force_target("MMX"), testing::AllOf(testing::HasSubstr("\"MMX\""), testing::HasSubstr("SCALAR")));
    EXPECT_EQ(active_target(), before);
}

} // namespace
} // namespace overflight::kernels
