// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace overflight::quality {

/// Bits of the `quality` layer of a mosaic.
inline constexpr std::uint8_t valid = 1; ///< the pixel holds data
inline constexpr std::uint8_t seam = 2;  ///< blended from more than one frame
inline constexpr std::uint8_t extrapolated_terrain =
    4; ///< projected with a height that the terrain model does not hold

/// `source_frame` where no frame sees the pixel.
inline constexpr std::uint16_t no_frame = 65535;

} // namespace overflight::quality
