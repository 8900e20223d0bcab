// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "core/sample.h"
#include "stages/composed_tile.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace overflight {

/// Tiles are worked on in parts whose source pixels stay in the second-level cache, of this many pixels a side. Windows
/// of parts are relative to their tile; pixels of a part are counted in it, row by row.
inline constexpr int part_side = 128;
static_assert(Tiling::size % part_side == 0);

struct PixelPlace {
    std::uint32_t row = 0, col = 0;
};

/// Where in a part a pixel lies. Most parts are of one size, and division is dear.
inline PixelPlace split(std::uint32_t pixel, const Window& part) {
    if (part.width == part_side) return {pixel / part_side, pixel % part_side};
    const auto width = static_cast<std::uint32_t>(part.width);
    return {pixel / width, pixel % width};
}

/// The smallest window (relative to the tile) around some pixels of a part, which ascend.
Window box_of(std::span<const std::uint32_t> pixels, const Window& part);

/// A pixel of a part, counted in the tile's chunk.
inline std::uint32_t place_of(std::uint32_t pixel, const Window& part, const ComposedTile& out) {
    const auto [row, col] = split(pixel, part);
    return static_cast<std::uint32_t>((part.row + row) * out.chunk_width + part.col + col);
}

/// What a pixel that no frame shows holds.
template <typename Sample>
constexpr Sample no_value = std::numeric_limits<Sample>::quiet_NaN(); // 0 for integers

/// Gives pixels of a band, in all layers, values.
template <typename Sample, typename Value>
void put(int band, std::span<const std::uint32_t> places, ComposedTile& out, const Value& value) {
    for (auto* bands : {&out.bands, &out.hard_bands}) {
        if (bands->empty()) continue;
        auto* plane = reinterpret_cast<Sample*>((*bands)[static_cast<std::size_t>(band)].data());
        for (std::size_t k = 0; k < places.size(); ++k) plane[places[k]] = value(k);
    }
}

/// Puts a part's lanes, as in SampledPart, into bands.
template <typename Sample>
void unpack_part(const std::vector<std::vector<std::byte>>& groups, const LaneLayout& layout, const Window& part,
                 int chunk_width, std::vector<std::vector<std::byte>>& bands);

/// Adds the pixels of a part that no frame shows yet.
void find_gaps(const Window& part, const ComposedTile& out, std::vector<std::uint32_t>& pixels);

/// Which frame shows the pixels of a part, and how many took part; one of several is at a seam.
void record_part(const Window& part, const std::vector<std::uint32_t>& source, const std::vector<std::uint8_t>& frames,
                 ComposedTile& out);

/// A part that one frame shows everywhere.
void record_sole(const Window& part, std::size_t frame, ComposedTile& out);

/// What such a part's frame does not see, and where it is not sure to see what lies there.
void record_occluded(const Window& part, std::span<const std::uint32_t> hidden,
                     std::span<const std::uint32_t> uncertain, ComposedTile& out);

/// `flags` are those of a part; empty: none. What is shown is not occluded.
void flag_part(const Window& part, const std::vector<std::uint8_t>& flags, ComposedTile& out);

} // namespace overflight
