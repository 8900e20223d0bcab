// SPDX-License-Identifier: Apache-2.0
#include "stages/composed_tile.h"

#include "core/quality.h"
#include "stages/tile_parts.h"

#include <algorithm>

namespace overflight {
namespace {

/// Whole bands as where no frame shows anything.
void empty_bands(SampleType type, std::vector<std::vector<std::byte>>& bands) {
    for (auto& band : bands) {
        if (type == SampleType::f32)
            std::fill_n(reinterpret_cast<float*>(band.data()), band.size() / sizeof(float), no_value<float>);
        else
            std::fill(band.begin(), band.end(), std::byte{0});
    }
}

} // namespace

void begin_tile(SampleType type, int bands, int chunk_width, int chunk_height, ComposedTile& out) {
    out.chunk_width = chunk_width;
    out.chunk_height = chunk_height;
    const auto samples = static_cast<std::size_t>(chunk_width) * static_cast<std::size_t>(chunk_height);
    out.bands.resize(static_cast<std::size_t>(bands));
    for (auto& band : out.bands) band.resize(samples * sample_size(type));
    out.source_frame.resize(samples);
    out.quality.resize(samples);
    out.valid_pixels = 0;
    out.hard_bands.clear();
}

void empty_tile(SampleType type, ComposedTile& out) {
    empty_bands(type, out.bands);
    empty_bands(type, out.hard_bands);
    std::fill(out.source_frame.begin(), out.source_frame.end(), quality::no_frame);
    std::fill(out.quality.begin(), out.quality.end(), std::uint8_t{0});
}

} // namespace overflight
