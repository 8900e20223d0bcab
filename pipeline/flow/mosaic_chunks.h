// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/image_layers.h"
#include "io/product.h"
#include "io/product_cache.h"
#include "stages/plan.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace overflight {

/// Decoded chunks of a run's mosaics and scores, for the changes and the report: where the plan has memory for all of
/// them they are kept as they are composed, else decoded from the products when first needed. Outlives the plan. Safe
/// to use from several threads.
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
    /// Likewise, by the mosaic's file; nothing for one that is not of this run.
    std::optional<ChunkedLayer> mosaic(const std::filesystem::path& product, const LayerSpec& layer, const Grid& grid,
                                       ChunkedLayer::Decode decode);
    /// Chunks of the score of a change.
    ChunkedLayer score(std::size_t change, const LayerSpec& layer, const Grid& grid, ChunkedLayer::Decode decode);

private:
    ChunkedLayer chunks_of(std::size_t number, const LayerSpec& layer, const Grid& grid, ChunkedLayer::Decode decode);

    struct Mission {
        std::filesystem::path product;
        Grid grid;
        bool kept = false;
    };
    std::vector<Mission> missions_;
    ChunkedLayer::Cache cache_;
};

} // namespace overflight
