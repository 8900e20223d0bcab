// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/plan.h"

#include <string>
#include <vector>

namespace overflight {

/// Names of a mission's frames, in their order, by which tables and files for people tell them apart: that of the file,
/// and where several files have the same, as many of their folders before it as make a difference
/// ("101MEDIA/DJI_0001.JPG").
std::vector<std::string> frame_names(const PlannedMission& mission);

} // namespace overflight
