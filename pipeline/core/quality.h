// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace overflight::quality {

/// Bits of the `quality` layer of a mosaic.
inline constexpr std::uint8_t valid = 1; ///< the pixel holds data
inline constexpr std::uint8_t seam = 2;  ///< blended from more than one frame
inline constexpr std::uint8_t extrapolated_terrain =
    4;                                        ///< projected with a height that the terrain model does not hold
inline constexpr std::uint8_t occluded = 8;   ///< not valid: every frame that looks there sees something in front of it
inline constexpr std::uint8_t uncertain = 16; ///< so near an edge of the surface that its error decides what is seen
inline constexpr std::uint8_t shadow = 32;    ///< the surface keeps the sun away

/// The number of the frame that a pixel is from where no frame sees it. The layer `source_frame` has 16 bits where
/// they do for all frames of a mission; this is then 65535.
inline constexpr std::uint32_t no_frame = 0xFFFFFFFF;

} // namespace overflight::quality
