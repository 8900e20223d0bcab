// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/product.h"

#include <string>
#include <vector>

namespace overflight {

/// Where the content of two products differs, one finding a line, in the order grid, layers, bands, tables, provenance;
/// empty where they say the same, whatever their codecs. Of a layer: pixels and tiles that differ, the largest
/// difference in the layer's own values, the first place. Rasters are compared where grid and layer have the same
/// shape. Throws RunError where a chunk is broken.
std::vector<std::string> diff_products(const ProductReader& a, const ProductReader& b);

} // namespace overflight
