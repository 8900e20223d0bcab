// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/dispatch.h"

#include <gtest/gtest.h>

namespace overflight::kernels {

/// Runs a check once on every instruction set that the CPU has, then goes back to the best.
template <typename Check>
void for_each_target(const Check& check) {
    const TargetNames targets = supported_targets();
    ASSERT_GT(targets.count, 0u);
    for (std::size_t i = 0; i < targets.count; ++i) {
        ASSERT_EQ(force_target(targets.names[i]), "");
        ASSERT_EQ(active_target(), targets.names[i]);
        SCOPED_TRACE(targets.names[i]);
        check();
    }
    ASSERT_EQ(force_target(""), "");
}

} // namespace overflight::kernels
