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

/// Weights of a kernel around a position, and their scale: what all of them add up to.
template <typename Sample>
struct Weights {
    using Weight = std::conditional_t<std::is_same_v<Sample, std::uint8_t>, std::int16_t, float>;
    using Sum = std::conditional_t<std::is_same_v<Sample, std::uint8_t>, std::int64_t, double>;
    static constexpr Sum all = std::is_same_v<Sample, std::uint8_t> ? 1 << 28 : 1;
    const Weight *col, *row;

    Weights(const PhaseTable& table, int phase_col, int phase_row) {
        if constexpr (std::is_same_v<Sample, std::uint8_t>)
            col = &table.integer[phase_col * table.stride], row = &table.integer[phase_row * table.stride];
        else
            col = &table.real[phase_col * table.stride], row = &table.real[phase_row * table.stride];
    }
};

/// The mean of the valid samples under the kernel whose first tap lies at (col, row), of one lane; 8 bit: in fixed
/// point. False where they have too little of its weight to stand for it.
template <typename Sample, typename Value>
bool mean_of_valid(const SourceWindow<Sample>& source, int taps, std::int64_t col, std::int64_t row, int lane,
                   const Weights<Sample>& weights, Value& value) {
    using Sum = typename Weights<Sample>::Sum;
    Sum weight = 0, sum = 0;
    for (int r = 0; r < taps; ++r) {
        for (int k = 0; k < taps; ++k) {
            if (!is_valid(source, col + k, row + r)) continue;
            const Sum each = static_cast<Sum>(weights.col[k]) * static_cast<Sum>(weights.row[r]);
            weight += each;
            sum += each * static_cast<Sum>(sample_at(source, col + k, row + r)[lane]);
        }
    }
    if (weight < Weights<Sample>::all / 16) return false;
    if constexpr (std::is_same_v<Sample, std::uint8_t>)
        value = static_cast<Value>(sum * (1 << fraction_bits) / weight);
    else
        value = static_cast<Value>(sum / weight);
    return true;
}

} // namespace

template <typename Sample>
void resample(const SourceWindow<Sample>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, Sample* out,
              std::uint8_t* out_valid) {
    constexpr bool fixed = std::is_same_v<Sample, std::uint8_t>;
    const int lanes = source.lanes;
    for (std::size_t i = 0; i < count; ++i, out += lanes) {
        const std::int64_t x = col[i], y = row[i];
        const std::int64_t near_col = (x + phases / 2) >> phase_bits, near_row = (y + phases / 2) >> phase_bits;
        const bool seen = is_valid(source, near_col, near_row);
        out_valid[i] = seen ? 255 : 0;
        if (!seen) {
            std::fill(out, out + lanes, Sample{0});
            continue;
        }
        if (table.taps == 1) {
            for (int lane = 0; lane < lanes; ++lane)
                if constexpr (fixed)
                    out[lane] = finish_fixed(sample_at(source, near_col, near_row)[lane] << fraction_bits,
                                             radiometry.scale[lane], radiometry.offset[lane]);
                else
                    out[lane] = finish<Sample>(static_cast<float>(sample_at(source, near_col, near_row)[lane]),
                                               radiometry.scale[lane], radiometry.offset[lane]);
            continue;
        }
        const std::int64_t base_col = x >> phase_bits, base_row = y >> phase_bits;
        const int phase_col = static_cast<int>(x & (phases - 1)), phase_row = static_cast<int>(y & (phases - 1));
        bool whole = true;
        for (int r = 0; r < table.taps && whole; ++r)
            for (int k = 0; k < table.taps && whole; ++k)
                whole = is_valid(source, base_col + table.first + k, base_row + table.first + r);
        if (whole) {
            const Sample* first = sample_at(source, base_col + table.first, base_row + table.first);
            for (int lane = 0; lane < lanes; ++lane) {
                if constexpr (fixed)
                    out[lane] = finish_fixed(weighted_sum(first + lane, source.row_stride, lanes, table.taps,
                                                          &table.integer[phase_col * table.stride],
                                                          &table.integer[phase_row * table.stride]),
                                             radiometry.scale[lane], radiometry.offset[lane]);
                else
                    out[lane] = finish<Sample>(weighted_sum(first + lane, source.row_stride, lanes, table.taps,
                                                            &table.real[phase_col * table.stride],
                                                            &table.real[phase_row * table.stride]),
                                               radiometry.scale[lane], radiometry.offset[lane]);
            }
            continue;
        }
        for (int lane = 0; lane < lanes; ++lane) {
            std::conditional_t<fixed, std::int32_t, float> mean{};
            if (table.widened && mean_of_valid(source, table.taps, base_col + table.first, base_row + table.first, lane,
                                               Weights<Sample>(table, phase_col, phase_row), mean)) {
                if constexpr (fixed)
                    out[lane] = finish_fixed(mean, radiometry.scale[lane], radiometry.offset[lane]);
                else
                    out[lane] = finish<Sample>(mean, radiometry.scale[lane], radiometry.offset[lane]);
                continue;
            }
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
                out[lane] = finish_fixed(static_cast<std::int32_t>((fixed_sum << fraction_bits) / weights),
                                         radiometry.scale[lane], radiometry.offset[lane]);
            else
                out[lane] =
                    finish<Sample>(sum / static_cast<float>(weights), radiometry.scale[lane], radiometry.offset[lane]);
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
