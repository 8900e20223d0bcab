// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/product.h"

#include <string>

namespace overflight {

/// What a person wants to know of a product: grid, CRS, layers with type, codec, storage and statistics of every band
/// (chunk by chunk, so in the memory of one), heads of the tables. Throws RunError where a chunk is broken.
std::string describe_product(const ProductReader& product);

} // namespace overflight
