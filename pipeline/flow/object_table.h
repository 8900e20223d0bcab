// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/product.h"
#include "stages/change_objects.h"

#include <vector>

namespace overflight {

/// The table `objects` of a change product, a row an object, outlines as WKT in the grid's CRS.
std::vector<TableColumn> object_table(const std::vector<ChangeObject>& objects, const Grid& grid, double metres_a_pixel,
                                      int bands_before, int bands_after);

} // namespace overflight
