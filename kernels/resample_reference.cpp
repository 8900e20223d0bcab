// SPDX-License-Identifier: Apache-2.0
#include "kernels/resample.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace overflight::kernels::reference {
namespace {

constexpr int fraction_bits = 14; ///< of the interpolated value of 8-bit samples

template <typename Sample>
Sample finish(float interpolated, float scale, float offset) {
    const float value = scale * interpolated + (offset + 0.0f); // no negative zero, whatever the order of zeros
    if constexpr (std::is_same_v<Sample, float>) return value;
    const float top = std::is_same_v<Sample, std::uint8_t> ? 255.0f : 65535.0f;
    return static_cast<Sample>(std::nearbyint(std::min(std::max(value, 0.0f), top)));
}

/// The lowest bit is set so that no tie is left to the rounding: half a step goes up.
std::uint8_t finish_fixed(std::int32_t interpolated, float scale, float offset) {
    return finish<std::uint8_t>(std::ldexp(static_cast<float>(interpolated | 1), -fraction_bits), scale, offset);
}

template <typename Sample>
bool is_valid(const SourceWindow<Sample>& source, std::int64_t col, std::int64_t row) {
    if (col < 0 || row < 0 || col >= source.width || row >= source.height) return false;
    return source.valid == nullptr || source.valid[row * source.valid_stride + col] != 0;
}

template <typename Sample>
const Sample* sample_at(const SourceWindow<Sample>& source, std::int64_t col, std::int64_t row) {
    return source.samples + row * source.row_stride + col * source.lanes;
}

/// a * b / 2^15, rounded to nearest, ties up.
std::int32_t multiply_fixed_15(std::int32_t a, std::int32_t b) {
    return (a * b + (1 << 14)) >> 15;
}

/// Sum in 14 fractional bits. Columns keep 7: samples are centred on zero to fit 16 bits.
std::int32_t weighted_sum(const std::uint8_t* first, std::ptrdiff_t row_stride, int lanes, int taps,
                          const std::int16_t* col_weights, const std::int16_t* row_weights) {
    std::int32_t sum = 128 << 21;
    for (int k = 0; k < taps; ++k) {
        std::int32_t column = 0;
        for (int r = 0; r < taps; ++r)
            column += multiply_fixed_15((first[r * row_stride + k * lanes] - 128) * 256, row_weights[r]);
        sum += column * col_weights[k];
    }
    return sum >> 7;
}

template <typename Sample>
float weighted_sum(const Sample* first, std::ptrdiff_t row_stride, int lanes, int taps, const float* col_weights,
                   const float* row_weights) {
    float partial[4] = {};
    for (int k = 0; k < taps; ++k) {
        float column = 0;
        for (int r = 0; r < taps; ++r) column += row_weights[r] * static_cast<float>(first[r * row_stride + k * lanes]);
        partial[k % 4] += column * col_weights[k];
    }
    return (partial[0] + partial[2]) + (partial[1] + partial[3]);
}

/// The means of the valid samples under a widened kernel, weighed by it, of all lanes; 8 bit: in fixed point. `weights`
/// of a column and a row of taps, the first of which lies at (col, row), add up to `all`. False where they have too
/// little of its weight to stand for it.
template <typename Sum, typename Sample, typename Weight, typename Value>
bool means_of_valid(const SourceWindow<Sample>& source, int taps, std::int64_t col, std::int64_t row,
                    const Weight* col_weights, const Weight* row_weights, Sum all, Value* means) {
    Sum weight = 0, sums[4] = {};
    for (int r = 0; r < taps; ++r) {
        for (int k = 0; k < taps; ++k) {
            if (!is_valid(source, col + k, row + r)) continue;
            const Sum each = static_cast<Sum>(col_weights[k]) * static_cast<Sum>(row_weights[r]);
            const Sample* samples = sample_at(source, col + k, row + r);
            weight += each;
            for (int lane = 0; lane < source.lanes; ++lane) sums[lane] += each * static_cast<Sum>(samples[lane]);
        }
    }
    if (weight < all / 16) return false;
    constexpr Sum unit = std::is_integral_v<Value> ? 1 << fraction_bits : 1;
    for (int lane = 0; lane < source.lanes; ++lane) means[lane] = static_cast<Value>(sums[lane] * unit / weight);
    return true;
}

} // namespace

template <typename Sample>
void resample(const SourceWindow<Sample>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, Sample* out,
              std::uint8_t* out_valid) {
    constexpr bool fixed = std::is_same_v<Sample, std::uint8_t>;
    using Value = std::conditional_t<fixed, std::int32_t, float>;
    const auto* all_weights = [&] {
        if constexpr (fixed)
            return table.integer.data();
        else
            return table.real.data();
    }();
    const int lanes = source.lanes;
    for (std::size_t i = 0; i < count; ++i, out += lanes) {
        const auto put = [&](int lane, Value value) {
            if constexpr (fixed)
                out[lane] = finish_fixed(value, radiometry.scale[lane], radiometry.offset[lane]);
            else
                out[lane] = finish<Sample>(value, radiometry.scale[lane], radiometry.offset[lane]);
        };
        const std::int64_t x = col[i], y = row[i];
        const std::int64_t near_col = (x + phases / 2) >> phase_bits, near_row = (y + phases / 2) >> phase_bits;
        const bool seen = is_valid(source, near_col, near_row);
        out_valid[i] = seen ? 255 : 0;
        if (!seen) {
            std::fill(out, out + lanes, Sample{0});
            continue;
        }
        if (table.taps == 1) {
            const Sample* samples = sample_at(source, near_col, near_row);
            for (int lane = 0; lane < lanes; ++lane)
                put(lane, static_cast<Value>(samples[lane]) * static_cast<Value>(fixed ? 1 << fraction_bits : 1));
            continue;
        }
        const std::int64_t base_col = x >> phase_bits, base_row = y >> phase_bits;
        const std::int64_t first_col = base_col + table.first, first_row = base_row + table.first;
        const int phase_col = static_cast<int>(x & (phases - 1)), phase_row = static_cast<int>(y & (phases - 1));
        const auto *col_weights = all_weights + phase_col * table.stride,
                   *row_weights = all_weights + table.down + phase_row * table.stride;
        bool whole = true;
        for (int r = 0; r < table.taps && whole; ++r)
            for (int k = 0; k < table.taps && whole; ++k) whole = is_valid(source, first_col + k, first_row + r);
        if (whole) {
            const Sample* first = sample_at(source, first_col, first_row);
            for (int lane = 0; lane < lanes; ++lane)
                put(lane, weighted_sum(first + lane, source.row_stride, lanes, table.taps, col_weights, row_weights));
            continue;
        }
        using Sum = std::conditional_t<fixed, std::int64_t, double>;
        if (Value means[4]; table.widened && means_of_valid(source, table.taps, first_col, first_row, col_weights,
                                                            row_weights, Sum{fixed ? 1 << 28 : 1}, means)) {
            for (int lane = 0; lane < lanes; ++lane) put(lane, means[lane]);
            continue;
        }
        for (int lane = 0; lane < lanes; ++lane) {
            std::int32_t weights = 0;
            std::int64_t fixed_sum = 0;
            float sum = 0;
            for (int corner = 0; corner < 4; ++corner) {
                const int right = corner % 2, below = corner / 2;
                const std::int32_t weight =
                    (right ? phase_col : phases - phase_col) * (below ? phase_row : phases - phase_row);
                if (weight == 0 || !is_valid(source, base_col + right, base_row + below)) continue;
                const Sample sample = sample_at(source, base_col + right, base_row + below)[lane];
                weights += weight;
                if constexpr (fixed)
                    fixed_sum += weight * sample;
                else
                    sum += static_cast<float>(weight) * static_cast<float>(sample);
            }
            if constexpr (fixed)
                put(lane, static_cast<Value>((fixed_sum << fraction_bits) / weights));
            else
                put(lane, sum / static_cast<float>(weights));
        }
    }
}

template void resample(const SourceWindow<std::uint8_t>&, const PhaseTable&, const LaneRadiometry&, const std::int32_t*,
                       const std::int32_t*, std::size_t, std::uint8_t*, std::uint8_t*);
template void resample(const SourceWindow<std::uint16_t>&, const PhaseTable&, const LaneRadiometry&,
                       const std::int32_t*, const std::int32_t*, std::size_t, std::uint16_t*, std::uint8_t*);
template void resample(const SourceWindow<float>&, const PhaseTable&, const LaneRadiometry&, const std::int32_t*,
                       const std::int32_t*, std::size_t, float*, std::uint8_t*);

} // namespace overflight::kernels::reference
