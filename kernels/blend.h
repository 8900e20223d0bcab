// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace overflight::kernels {

/// Weighted mean of several frames, in two steps: accumulate each frame's row in the frames' order, then resolve.
/// The caller clears the sums. samples, sums: count * lanes (1, 2 or 4); valid, weights, weight_sums: one a pixel.
/// Weights are 0 to 256; an invalid pixel (valid 0) counts as weight 0. Integer sums are exact for up to 127 frames;
/// float sums are unfused, in call order: the same on every target.
void blend_accumulate(const std::uint8_t* samples, const std::uint8_t* valid, const std::uint16_t* weights,
                      std::size_t count, int lanes, std::int32_t* sums, std::int32_t* weight_sums);
void blend_accumulate(const std::uint16_t* samples, const std::uint8_t* valid, const std::uint16_t* weights,
                      std::size_t count, int lanes, std::int32_t* sums, std::int32_t* weight_sums);
void blend_accumulate(const float* samples, const std::uint8_t* valid, const std::uint16_t* weights, std::size_t count,
                      int lanes, float* sums, std::int32_t* weight_sums);

/// out = sum / weight sum, a float division, rounded to nearest even for integers; out_valid 255. Where the weight sum
/// is 0: out 0, out_valid 0.
void blend_resolve(const std::int32_t* sums, const std::int32_t* weight_sums, std::size_t count, int lanes,
                   std::uint8_t* out, std::uint8_t* out_valid);
void blend_resolve(const std::int32_t* sums, const std::int32_t* weight_sums, std::size_t count, int lanes,
                   std::uint16_t* out, std::uint8_t* out_valid);
void blend_resolve(const float* sums, const std::int32_t* weight_sums, std::size_t count, int lanes, float* out,
                   std::uint8_t* out_valid);

namespace reference {
/// Instantiated for uint8_t and uint16_t with int32_t sums, and for float with float sums.
template <typename Sample, typename Sum>
void blend_accumulate(const Sample* samples, const std::uint8_t* valid, const std::uint16_t* weights, std::size_t count,
                      int lanes, Sum* sums, std::int32_t* weight_sums);
template <typename Sample, typename Sum>
void blend_resolve(const Sum* sums, const std::int32_t* weight_sums, std::size_t count, int lanes, Sample* out,
                   std::uint8_t* out_valid);
} // namespace reference

} // namespace overflight::kernels
