// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "flow/step_kind.h"
#include "stages/plan.h"

namespace overflight {

/// What a run in parts writes from a step on. Tiles lie in shards first, which stay until the product is there: twice
/// the product is needed, less what finished and unfinished shards hold already. Nothing where a step leaves a product
/// as it is.
DiskUse disk_use(const Config& config, StepKind from);

} // namespace overflight
