// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/progress.h"
#include "graph.h"
#include "io/frame_cache.h"
#include "stages/balance.h"
#include "stages/plan.h"

namespace overflight {

/// Compares overlapping frames on small windows and solves for their balance.
FrameBalance balance_frames(const PlannedMission& mission, const MosaicConfig& config, FrameCache& cache,
                            const Execution& execution, Progress& progress);

} // namespace overflight
