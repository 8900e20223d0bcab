// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace overflight::kernels {

enum class Interpolation : std::uint8_t { nearest, bilinear, cubic, lanczos3 };

inline constexpr int phase_bits = 8; ///< positions are in 1/256 pixel
inline constexpr int phases = 1 << phase_bits;
inline constexpr int max_taps = 64;
inline constexpr std::int32_t no_position = INT32_MIN;

/// One dimension of a separable interpolation kernel, tabulated by sub-pixel phase.
/// Row p holds the weights of the taps at floor(position) + first .. + first + taps - 1 for phase p / 256.
/// `integer` weights sum to exactly 2^14 in every row; `real` weights to 1 within rounding.
struct PhaseTable {
    int taps = 0;
    int first = 0;
    std::array<std::array<std::int16_t, max_taps>, phases> integer;
    std::array<std::array<float, max_taps>, phases> real;
};

/// Fills a table. `widening` >= 1 stretches the kernel for outputs coarser than the source (antialias);
/// it is capped where the kernel would exceed max_taps. Nearest ignores it. Cubic is Keys with a = -0.5.
void make_phase_table(Interpolation interpolation, double widening, PhaseTable& table);

/// A cut-out of a frame: `lanes` (1, 2 or 4) interleaved samples a pixel. Its borders are taken for the frame's:
/// the caller cuts with a margin of taps wherever the frame goes on.
/// 64 readable bytes beyond the last sample are required (vector loads run over).
template <typename Sample> // uint8_t, uint16_t, float
struct SourceWindow {
    const Sample* samples = nullptr;
    std::ptrdiff_t row_stride = 0; ///< in samples
    int width = 0, height = 0, lanes = 1;
    const std::uint8_t* valid = nullptr; ///< one byte a pixel, 0 where nodata; null: all valid
    std::ptrdiff_t valid_stride = 0;
};

/// value = scale * interpolated + offset per lane, then rounded and clamped to the sample's range.
struct LaneRadiometry {
    std::array<float, 4> scale = {1, 1, 1, 1};
    std::array<float, 4> offset = {0, 0, 0, 0};
};

/// Resamples `count` output pixels. Positions are of pixel centres (first centre = 0) in 1/256 pixel relative to the
/// window; no_position makes a pixel invalid. A pixel is valid (255) if the sample nearest to it is in the window and
/// valid, else 0 with samples 0. Where not every tap of the kernel is there and valid, the pixel is the bilinear mean
/// of the valid ones among the four nearest, renormalised (as GDAL's warper does at borders).
/// out: count * lanes samples, interleaved. Same bytes on every target: 8-bit in integers, the rest in unfused float.
void resample(const SourceWindow<std::uint8_t>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, std::uint8_t* out,
              std::uint8_t* out_valid);
void resample(const SourceWindow<std::uint16_t>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, std::uint16_t* out,
              std::uint8_t* out_valid);
void resample(const SourceWindow<float>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, float* out, std::uint8_t* out_valid);

} // namespace overflight::kernels
