// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/frame_cache.h"
#include "stages/balance.h"
#include "stages/balance_reference.h"
#include "stages/plan.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace overflight {

/// Small windows of the mosaic, spread over the ground that at least so many frames may show: where they are compared.
std::vector<std::pair<std::int64_t, Window>> survey_windows(const PlannedMission& mission, std::size_t frames = 2);

/// Compares the frames that show a window of the tile. Pixels that are clipped, in deep shadow or do not show the same
/// in both frames (what moved, what hides) are left out. A reference is one frame more, numbered after the mission's.
Overlaps survey_window(const PlannedMission& mission, FrameCache& cache, std::int64_t tile, const Window& window,
                       const BalanceReference* reference = nullptr, FrameCache* reference_cache = nullptr);

/// The frames of a mission as the solver sees them, with the terms that the config asks for and the camera allows:
/// vignetting and slope belong to frame cameras. With a reference mosaic, which settles the ramp of the gains over the
/// mission, there is one frame more and no slope.
BalanceTask balance_task(const PlannedMission& mission, const MosaicConfig& config);

} // namespace overflight
