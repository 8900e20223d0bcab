// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/input_hashes.h"
#include "io/product.h"
#include "stages/balance.h"
#include "stages/plan.h"

#include <string>
#include <vector>

namespace overflight {

/// What a mosaic says of its frames, one row each: file, pose, resolution, balance, footprint. `hashes` begin with
/// those of the frames.
std::vector<TableColumn> frames_table(const Plan& plan, const PlannedMission& mission,
                                      const std::vector<FileHash>& hashes, const FrameBalance& balance);

/// JSON: the settings that matter, every input with its hash (frames, then mission.inputs), what was left out and why.
std::string provenance(const Plan& plan, const PlannedMission& mission, const std::vector<FileHash>& hashes);

} // namespace overflight
