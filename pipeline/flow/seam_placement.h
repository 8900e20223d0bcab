// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/progress.h"
#include "graph.h"
#include "io/frame_cache.h"
#include "stages/balance.h"
#include "stages/plan.h"
#include "stages/seam_map.h"

namespace overflight {

/// The seams of a mission, as the config wants them. matched_seams: of the mission in match_view_of; null where there
/// is none. Takes up to a quarter of `memory_bytes` beside the cache.
SeamMap place_seams(const PlannedMission& mission, const MosaicConfig& config, const FrameBalance& balance,
                    const SeamMap* matched_seams, std::int64_t memory_bytes, FrameCache& cache,
                    const Execution& execution, Progress& progress);

} // namespace overflight
