// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/sample.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace overflight {

/// One finished tile of a mosaic, in the shape of the product's chunks: planes of chunk_height rows of chunk_width,
/// edge tiles made up with nodata. Samples are those of the mission's frames; what is not seen is 0 in bytes and words,
/// NaN in floats, quality::no_frame in source_frame. Unspecified where valid_pixels is 0.
struct ComposedTile {
    int chunk_width = 0, chunk_height = 0;
    std::vector<std::vector<std::byte>> bands;
    /// With an analysis layer: every pixel of one frame alone, that of source_frame. Empty where it is what `bands`
    /// are.
    std::vector<std::vector<std::byte>> hard_bands;
    std::vector<std::uint32_t> source_frame;
    std::vector<std::uint8_t> quality;
    std::int64_t valid_pixels = 0;
};

/// For chunks of a size: no pixel is valid, and what the buffers hold is unspecified; without an analysis layer.
void begin_tile(SampleType type, int bands, int chunk_width, int chunk_height, ComposedTile& out);

/// Every sample as where no frame shows anything.
void empty_tile(SampleType type, ComposedTile& out);

} // namespace overflight
