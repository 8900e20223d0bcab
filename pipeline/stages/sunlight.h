// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/plan.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace overflight {

/// Finds where the sun stood when the mission's frames were taken: as the config says, else by its time, else by each
/// frame's own. Fills `suns` and the frames' `sun`; leaves them where there is no surface to cast shadows, where
/// nothing is known, and where the sun stood so low that shadows have no end. Warns of frames that are left out.
void find_suns(PlannedMission& mission, const std::string& map_crs, std::vector<std::string>& warnings);

/// When a frame was taken, in seconds since 1970 (UTC): mission.captured, else by its EXIF tags; nothing where neither
/// says so. Opens the file.
std::optional<std::int64_t> time_taken(const MissionConfig& config, const PlannedFrame& frame);

} // namespace overflight
