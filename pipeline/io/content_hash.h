// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "io/hash.h"
#include "io/product.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace overflight {

/// SHA-256 of what a product says, whatever its codec, its level and the order in which it was written.
struct ContentHashes {
    std::string whole; ///< of the parts, in their order
    /// "grid", "layer NAME", "bands", "table NAME", "provenance", and the hash of each.
    std::vector<std::pair<std::string, std::string>> parts;

    friend bool operator==(const ContentHashes&, const ContentHashes&) = default;
};

/// Gathers the hashes while a product is written or read. A layer's is that of its description (all that a reader
/// needs to understand the samples) and of the digests of its decoded chunks by band, row and column; a chunk that is
/// never set counts as one of fill values.
class ContentHasher {
public:
    ContentHasher(const Grid& grid, const std::vector<LayerSpec>& layers);

    void set_chunk(const std::string& layer, int band, std::int64_t chunk_row, std::int64_t chunk_col,
                   const Digest& digest);
    void set_band_names(const std::vector<std::string>& names);
    void add_table(const std::string& name, const std::vector<TableColumn>& columns);
    void set_provenance(const std::string& json);

    ContentHashes finish() const;

private:
    struct Layer {
        LayerSpec spec;
        RasterShape chunk;
        std::int64_t rows = 0, cols = 0;
        std::vector<Digest> chunks;
    };

    std::string grid_;
    std::vector<Layer> layers_;
    std::vector<std::pair<std::string, std::string>> tables_;
    std::string bands_, provenance_;
};

/// Decodes a product whole, chunk by chunk. Throws RunError where a chunk is broken.
ContentHashes content_hashes(const ProductReader& product);

} // namespace overflight
