// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/balance.h"
#include "stages/plan.h"

#include <filesystem>

namespace overflight {

/// The balance of a mission as a file for people and for later runs with mosaic.adjustment: gains, offsets and
/// vignetting by frame, the slope of all. Values are exact. Throws RunError.
void write_adjustment(const std::filesystem::path& path, const PlannedMission& mission, const FrameBalance& balance);

/// Throws InputError where the file is none, is of other bands, or lacks frames of the mission; it names them.
FrameBalance read_adjustment(const std::filesystem::path& path, const PlannedMission& mission);

} // namespace overflight
