// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace overflight {

/// An 8-bit picture, pixel-interleaved, 1 (grey) to 4 (RGBA) channels.
struct Picture {
    int width = 0, height = 0, channels = 3;
    std::vector<std::uint8_t> samples;
};

/// A raster at every n-th pixel.
struct ReducedSize {
    int every = 1, width = 0, height = 0;
};

/// Reduced by the least whole factor that leaves at most `longest_side` pixels to a side.
ReducedSize reduced_size(std::int64_t width, std::int64_t height, int longest_side);

/// Of the quick-look of a product.
ReducedSize quicklook_size(const Grid& grid);

/// As a PNG (through GDAL). Same picture, same bytes. Throws RunError.
std::vector<std::byte> encode_png(const Picture& picture);

/// Writes it, atomically by rename.
void write_png(const std::filesystem::path& path, const Picture& picture);

} // namespace overflight
