// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/product.h"
#include "stages/change_objects.h"

#include <vector>

namespace overflight {

/// The table `objects` of a change product, a row an object, outlines as WKT in the grid's CRS. `bands_before`
/// and `bands_after`: numbers of the missions' bands, from 0, in the order of the objects' values.
/// `evidence`: with means of evidence_layers.
std::vector<TableColumn> object_table(const std::vector<ChangeObject>& objects, const Grid& grid, double metres_a_pixel,
                                      const std::vector<int>& bands_before, const std::vector<int>& bands_after,
                                      bool evidence);

} // namespace overflight
