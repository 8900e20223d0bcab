// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace overflight::kernels {

/// Rows of a band as floats, for filters that follow. Samples: uint8_t, uint16_t or float. Float operations are
/// elementwise and unfused: the same on every target. Rows of input and output do not overlap.

/// out[i] = in[i], or `fill` where valid[i] is 0.
void load_samples(const std::uint8_t* in, const std::uint8_t* valid, std::size_t count, float fill, float* out);
void load_samples(const std::uint16_t* in, const std::uint8_t* valid, std::size_t count, float fill, float* out);
void load_samples(const float* in, const std::uint8_t* valid, std::size_t count, float fill, float* out);

inline constexpr int shift_block_rows = 16; ///< at most

/// Separable four-tap filter over 8 columns and up to shift_block_rows rows: out(r, c) = sum over j of
/// down[j] * (sum over i of along[i] * in(r + j, c + i)), each sum from its first tap on. Reads (rows + 3) x 11 samples
/// from `in` on; strides in samples.
void shift_block(const std::uint8_t* in, std::ptrdiff_t stride, const float* along, const float* down, int rows,
                 float* out, std::ptrdiff_t out_stride);
void shift_block(const std::uint16_t* in, std::ptrdiff_t stride, const float* along, const float* down, int rows,
                 float* out, std::ptrdiff_t out_stride);
void shift_block(const float* in, std::ptrdiff_t stride, const float* along, const float* down, int rows, float* out,
                 std::ptrdiff_t out_stride);

/// out[i] = ((a[2i] + b[2i]) + (a[2i+1] + b[2i+1])) / 4. count: of out, a multiple of 8.
void halve_rows(const float* a, const float* b, std::size_t count, float* out);

/// Bilinear to twice the size along a row, and a quarter of the way from row `near` to row `far`:
/// h = 0.75 near + 0.25 far; out[2i] = 0.75 h[i] + 0.25 h[i-1], out[2i+1] = 0.75 h[i] + 0.25 h[i+1].
/// count: of the input, a multiple of 8; reads one sample more on either side.
void double_row(const float* near, const float* far, std::size_t count, float* out);

namespace reference {
/// Instantiated for the three sample types.
template <typename Sample>
void load_samples(const Sample* in, const std::uint8_t* valid, std::size_t count, float fill, float* out);
template <typename Sample>
void shift_block(const Sample* in, std::ptrdiff_t stride, const float* along, const float* down, int rows, float* out,
                 std::ptrdiff_t out_stride);
void halve_rows(const float* a, const float* b, std::size_t count, float* out);
void double_row(const float* near, const float* far, std::size_t count, float* out);
} // namespace reference

} // namespace overflight::kernels
