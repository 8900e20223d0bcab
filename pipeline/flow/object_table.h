// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "handover/export.h"
#include "io/product.h"
#include "stages/change_objects.h"

#include <filesystem>
#include <vector>

namespace overflight {

/// The table `objects` of a change product, a row an object, outlines as WKT in the grid's CRS. `bands_before`
/// and `bands_after`: numbers of the missions' bands, from 0, in the order of the objects' values.
/// `evidence`: with means of evidence_layers.
std::vector<TableColumn> object_table(const std::vector<ChangeObject>& objects, const Grid& grid, double metres_a_pixel,
                                      const std::vector<int>& bands_before, const std::vector<int>& bands_after,
                                      bool evidence);

/// What is made of the table beside the product: a GeoPackage and a GeoJSON file.
std::vector<ExportRequest> object_exports(const std::filesystem::path& product);

} // namespace overflight
