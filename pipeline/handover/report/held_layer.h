// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "handover/report.h"
#include "io/product.h"

// Private to handover.
namespace overflight {

/// A layer of a mosaic by the chunks that the caller of the report holds, else decoded into `cache`, in which `number`
/// tells it from others. The mosaic must outlive it.
ChunkedLayer held_layer(const ProductReader& mosaic, const LayerSpec& layer, int number, ChunkedLayer::Cache& cache,
                        const HeldChunks& held);

} // namespace overflight
