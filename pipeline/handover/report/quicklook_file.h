// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "handover/report/sheets.h"

// Private to handover.
namespace overflight {

/// RGBA of that size: the PNG beside the product where the sidecar says that it is of this product, else made from the
/// product.
Picture quicklook_of(const ProductReader& product, const ReducedSize& size);

} // namespace overflight
