// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/plan.h"

#include <string>
#include <vector>

namespace overflight {

/// Why a frame's lines of sight do not meet the terrain, as far as can be told.
std::string why_no_ground(const FrameCamera& camera, const GroundSpace& space, const Terrain& terrain);

/// Warns of holes of the model that a mission's frames see (they are filled), and of a surface model that lies as a
/// whole above or below the terrain, as one does whose heights are above something else. Looks at a hundred places at
/// most. The mission's frames have their footprints. Throws InputError where the terrain cannot be opened.
void warn_of_heights(const PlannedMission& mission, const Config& config, const std::string& map_crs,
                     const std::string& pose_heights, std::vector<std::string>& warnings);

} // namespace overflight
