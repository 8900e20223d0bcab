// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/product.h"
#include "stages/plan.h"
#include "stages/seam_map.h"

#include <vector>

namespace overflight {

/// The table `seams` of a mosaic: a row for each connected area of one frame, its outline as WKT in the grid's CRS.
/// Outlines run along the borders of the map's cells, corners cut by half a cell (see trace_outline).
std::vector<TableColumn> seams_table(const PlannedMission& mission, const SeamMap& map, double metres_a_pixel);

} // namespace overflight
