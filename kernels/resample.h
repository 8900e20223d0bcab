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

/// Coordinates of positions with something added, but for those that there are none of. `moved` may be the same.
inline void move_positions(const std::int32_t* coordinates, std::size_t count, std::int32_t by, std::int32_t* moved) {
    for (std::size_t i = 0; i < count; ++i) moved[i] = coordinates[i] + (coordinates[i] == no_position ? 0 : by);
}

/// A separable interpolation kernel, tabulated by sub-pixel phase.
/// Row p, at p * stride, holds the weights of the taps at floor(position) + first .. + first + taps - 1 for phase
/// p / 256, then zeros up to the stride. Rows are packed: a kernel that is not widened stays within a corner of L1.
/// `integer` weights sum to exactly 2^14 in every row; `real` weights to 1 within rounding.
struct PhaseTable {
    int taps = 0; ///< even; 1 for nearest, whose tap lies at floor(position + 1/2)
    int first = 0;
    int stride = 0;       ///< taps rounded up to a multiple of 4
    int down = 0;         ///< where the rows begin of which the weights down a source column are; 0: as along a line
    bool keys = false;    ///< the cubic kernel, not widened
    bool widened = false; ///< to more source samples than the kernel has by itself
    alignas(64) std::array<std::int16_t, 2 * phases * max_taps> integer;
    alignas(64) std::array<float, 2 * phases * max_taps> real;
};

/// How far a kernel can be widened before it exceeds max_taps; 1 for nearest.
double widest(Interpolation interpolation);

/// Fills a table as far as it is used. Widenings >= 1 stretch the kernel for outputs coarser than the source
/// (antialias), `along` the source's lines and `down` its columns; they are capped at widest(). Nearest ignores them.
/// Cubic is Keys with a = -0.5.
void make_phase_table(Interpolation interpolation, double along, double down, PhaseTable& table);
inline void make_phase_table(Interpolation interpolation, double widening, PhaseTable& table) {
    make_phase_table(interpolation, widening, widening, table);
}

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

/// value = scale * interpolated + offset per lane, then rounded to nearest and clamped to the sample's range
/// (float: neither). All finite.
struct LaneRadiometry {
    std::array<float, 4> scale = {1, 1, 1, 1};
    std::array<float, 4> offset = {0, 0, 0, 0};
};

/// Resamples `count` output pixels. Positions are of pixel centres (first centre = 0) in 1/256 pixel relative to the
/// window; no_position makes a pixel invalid. A pixel is valid (255) if the sample nearest to it is in the window and
/// valid, else 0 with samples 0. Where not every tap of the kernel is there and valid, a widened kernel goes over
/// those that are, renormalised, if they have a sixteenth of its weight; else the pixel is the bilinear mean of the
/// valid ones among the four nearest, renormalised (both as GDAL's warper does at borders and holes).
/// out: count * lanes samples, interleaved; must not overlap the source. Same bytes on every target: 8-bit in integers
/// (within 0.02 of a step of the exact sum, 0.3 for 64 taps; ties of the interpolated value go up), the rest in unfused
/// float. Rows go first: each column tap is summed over the rows in their order, then the column taps by index modulo 4
/// in their order, and these four as (0 + 2) + (1 + 3).
void resample(const SourceWindow<std::uint8_t>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, std::uint8_t* out,
              std::uint8_t* out_valid);
void resample(const SourceWindow<std::uint16_t>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, std::uint16_t* out,
              std::uint8_t* out_valid);
void resample(const SourceWindow<float>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, float* out, std::uint8_t* out_valid);

namespace reference {
/// Plain scalar code, instantiated for uint8_t, uint16_t and float; the truth for every target.
template <typename Sample>
void resample(const SourceWindow<Sample>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, Sample* out,
              std::uint8_t* out_valid);
} // namespace reference

} // namespace overflight::kernels
