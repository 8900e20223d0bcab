// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/plan.h"

#include <vector>

namespace overflight {

/// Divides the memory of a run among tiles in flight, GDAL's cache and decoded frame blocks. Reports a problem that
/// says what is needed at least where it does not suffice.
MemoryPlan plan_memory(const Plan& plan, std::vector<Problem>& problems);

} // namespace overflight
