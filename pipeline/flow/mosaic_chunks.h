// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/image_layers.h"
#include "io/product.h"
#include "io/product_cache.h"
#include "stages/plan.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace overflight {

/// Decoded chunks of a run's mosaics and scores, for the changes: where the plan has memory for all of them they are
/// kept as they are composed, else decoded from the products when first needed. Safe to use from several threads.
class MosaicChunks {
public:
    explicit MosaicChunks(const Plan& plan);

    /// Whether keep() is of use for a mission.
    bool wants(std::size_t mission) const;
    /// A chunk as it was written; `layer` is "image", hard_seams_layer, "quality" or "source_frame".
    void keep(std::size_t mission, const LayerSpec& layer, int band, std::int64_t row, std::int64_t col,
              std::span<const std::byte> samples);
    /// Chunks of a mosaic, from here or by `decode`.
    ChunkedLayer mosaic(std::size_t mission, const LayerSpec& layer, const Grid& grid, ChunkedLayer::Decode decode);
    /// Chunks of the score of a change.
    ChunkedLayer score(std::size_t change, const LayerSpec& layer, const Grid& grid, ChunkedLayer::Decode decode);

private:
    ChunkedLayer chunks_of(std::size_t number, const LayerSpec& layer, const Grid& grid, ChunkedLayer::Decode decode);

    const Plan& plan_;
    ChunkedLayer::Cache cache_;
};

} // namespace overflight
