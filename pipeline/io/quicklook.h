// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace overflight {

/// An 8-bit picture, pixel-interleaved, 1 (grey) to 4 (RGBA) channels.
struct Picture {
    int width = 0, height = 0, channels = 3;
    std::vector<std::uint8_t> samples;
};

/// Writes a PNG (through GDAL), atomically by rename. Same picture, same bytes.
void write_png(const std::filesystem::path& path, const Picture& picture);

} // namespace overflight
