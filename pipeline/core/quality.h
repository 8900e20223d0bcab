// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace overflight::quality {

/// Bits of the `quality` layer of a mosaic.
inline constexpr std::uint8_t valid = 1; ///< the pixel holds data
inline constexpr std::uint8_t seam = 2;  ///< blended from more than one frame
inline constexpr std::uint8_t extrapolated_terrain =
    4; ///< projected with a height that the terrain model does not hold

/// The number of the frame that a pixel is from where no frame sees it. The layer `source_frame` has 16 bits where
/// they do for all frames of a mission; this is then 65535.
inline constexpr std::uint32_t no_frame = 0xFFFFFFFF;

} // namespace overflight::quality
