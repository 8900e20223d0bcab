// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "handover/report/sheets.h"

// Private to handover.
namespace overflight {

/// Fills `source` and `covered_area`.
void read_source_frames(MissionSheet& mission, const ForEach& for_each, const HeldChunks& held);

/// Fills `seams` and `gap_area` from `source`. A gap is ground without data that the mosaic encloses.
void draw_seams(MissionSheet& mission);

} // namespace overflight
