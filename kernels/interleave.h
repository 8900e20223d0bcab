// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace overflight::kernels {

/// Takes `bands` neighbouring samples (1 to `lanes`) of every pixel into groups of `lanes` (1, 2 or 4) samples; the
/// lanes left over become zero. source points to the first sample wanted; its pixels are `stride` samples apart.
/// No sample beyond the last one wanted is read. out: count * lanes samples; must not overlap the source.
void pack_lanes(const std::uint8_t* source, std::size_t stride, int bands, int lanes, std::size_t count,
                std::uint8_t* out);
void pack_lanes(const std::uint16_t* source, std::size_t stride, int bands, int lanes, std::size_t count,
                std::uint16_t* out);
void pack_lanes(const float* source, std::size_t stride, int bands, int lanes, std::size_t count, float* out);

/// The way back: lane i of every pixel to the row bands[i] of `count` samples; a null row is left out.
void unpack_lanes(const std::uint8_t* source, int lanes, std::size_t count, std::uint8_t* const* bands);
void unpack_lanes(const std::uint16_t* source, int lanes, std::size_t count, std::uint16_t* const* bands);
void unpack_lanes(const float* source, int lanes, std::size_t count, float* const* bands);

namespace reference {
/// Instantiated for uint8_t, uint16_t and float.
template <typename Sample>
void pack_lanes(const Sample* source, std::size_t stride, int bands, int lanes, std::size_t count, Sample* out);
template <typename Sample>
void unpack_lanes(const Sample* source, int lanes, std::size_t count, Sample* const* bands);
} // namespace reference

} // namespace overflight::kernels
