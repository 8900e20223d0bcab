// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace overflight::kernels {

/// How the light falls off in the frames of a camera, per lane: V = 1 + a2 r^2 + a4 r^4 + a6 r^6, with r = 1 in the
/// frame's corners; taken as at least 0.1.
struct LightFalloff {
    float col = 0, row = 0;  ///< where r is 0, in 1/256 pixel
    float per_distance2 = 0; ///< r^2 of a squared distance in 1/256 pixel
    std::array<float, 4> a2{}, a4{}, a6{};
};

/// A slope of brightness over the ground along a row of output pixels, per lane: the logarithm of the factor that takes
/// it away is start + i * step at pixel i. Small: exp is taken to second order.
struct LightSlope {
    std::array<float, 4> start{}, step{};
};

/// Multiplies a row of samples (count * lanes, interleaved; 1, 2 or 4 lanes) by slope / V, rounded to nearest even and
/// clamped to the sample's range (float: neither). col, row: the pixels' frame positions in 1/256 pixel; where a
/// position is not known the samples are 0, or NaN, and stay so. Unfused: the same on every target.
void correct_light(const LightFalloff& falloff, const LightSlope& slope, const std::int32_t* col,
                   const std::int32_t* row, std::size_t count, int lanes, std::uint8_t* samples);
void correct_light(const LightFalloff& falloff, const LightSlope& slope, const std::int32_t* col,
                   const std::int32_t* row, std::size_t count, int lanes, std::uint16_t* samples);
void correct_light(const LightFalloff& falloff, const LightSlope& slope, const std::int32_t* col,
                   const std::int32_t* row, std::size_t count, int lanes, float* samples);

namespace reference {
/// Instantiated for the three sample types above. `first`: number of the first pixel along the slope.
template <typename Sample>
void correct_light(const LightFalloff& falloff, const LightSlope& slope, const std::int32_t* col,
                   const std::int32_t* row, std::size_t first, std::size_t count, int lanes, Sample* samples);
} // namespace reference

} // namespace overflight::kernels
