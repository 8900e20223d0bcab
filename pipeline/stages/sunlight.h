// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/plan.h"

#include <string>
#include <vector>

namespace overflight {

/// Finds where the sun stood when the mission's frames were taken: as the config says, else by its time, else by each
/// frame's own. Fills `suns` and the frames' `sun`; leaves them where there is no surface to cast shadows, where
/// nothing is known, and where the sun stood so low that shadows have no end. Warns where a part of the frames is left
/// out.
void find_suns(PlannedMission& mission, const std::string& map_crs, std::vector<std::string>& warnings);

} // namespace overflight
