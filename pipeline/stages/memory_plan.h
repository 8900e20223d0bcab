// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/plan.h"

#include <vector>

namespace overflight {

/// At most one part in so many of the memory holds decoded posts of the terrain.
inline constexpr int posts_share = 8;

/// Divides the memory of a run among tiles in flight, GDAL's cache, decoded posts and frame blocks. Reports a problem
/// that says what is needed at least where it does not suffice.
MemoryPlan plan_memory(const Plan& plan, std::vector<Problem>& problems);

} // namespace overflight
