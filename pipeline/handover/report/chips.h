// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "handover/report/sheets.h"
#include "io/product_cache.h"

// Private to handover.
namespace overflight {

/// Chips cost reading the product at full resolution.
inline constexpr std::size_t most_chips = 48;

/// Cuts chips from a mosaic. Chunks that several share are decoded once. Safe to use from several threads at once.
class ChipCutter {
public:
    ChipCutter(const ProductReader& mosaic, const HeldChunks& held); ///< mosaic must outlive this

    /// The object and its surroundings, as a data URI of at most 160 pixels a side; empty outside the mosaic.
    std::string cut(const ChangedObject& object) const;

private:
    const ProductReader& mosaic_;
    const LayerSpec &image_, &quality_;
    ChunkedLayer::Cache cache_;
    ChunkedLayer image_chunks_, quality_chunks_;
};

} // namespace overflight
