// SPDX-License-Identifier: Apache-2.0
// One lane of 16-bit or float samples whose pixels follow each other in whole steps, along a row or down a column:
// between grids that are parallel and equally fine. All pixels share their weights, and their taps lie in line.
// Compiled once a target: the guard toggles, as Highway's own headers do.
#if defined(OVERFLIGHT_KERNELS_RESAMPLE_STEPS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef OVERFLIGHT_KERNELS_RESAMPLE_STEPS_INL_H
#undef OVERFLIGHT_KERNELS_RESAMPLE_STEPS_INL_H
#else
#define OVERFLIGHT_KERNELS_RESAMPLE_STEPS_INL_H
#endif

#include "kernels/resample.h"
#include "kernels/resample_blocks-inl.h"
#include "kernels/resample_columns-inl.h"
#include "kernels/resample_real-inl.h"

#include <hwy/highway.h>

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET <= HWY_AVX2 // shifts by elements across a whole vector
namespace hn = hwy::HWY_NAMESPACE;

template <typename Sample, int taps>
class RealSteps {
public:
    RealSteps(const SourceWindow<Sample>& window, const PhaseTable& phase_table, const LaneRadiometry& radiometry)
        : source_(window), table_(phase_table), scale_(radiometry.scale[0]), offset_(radiometry.offset[0] + 0.0f) {}

    /// How many pixels were resampled: all but the last few that fill no vector; none where one of them lies otherwise
    /// or lacks a tap.
    HWY_INLINE std::size_t operator()(const std::int32_t* col, const std::int32_t* row, std::size_t count, Sample* out,
                                      std::uint8_t* out_valid) const {
        const std::size_t n = count / pixels * pixels;
        if (n == 0) return 0;
        const bool along = advances(col, n, phases) && advances(row, n, 0);
        if (!along && !(advances(row, n, phases) && advances(col, n, 0))) return 0;
        const int first_col = (col[0] >> phase_bits) + table_.first, first_row = (row[0] >> phase_bits) + table_.first;
        const int steps = static_cast<int>(n) - 1;
        const Extent cols{first_col, first_col + (along ? steps : 0)}, rows{first_row, first_row + (along ? 0 : steps)};
        const int end_col = cols.high + taps, end_row = rows.high + (along ? taps : 1 + static_cast<int>(rest));
        if (cols.low < 0 || rows.low < 0 || end_col > source_.width || end_row > source_.height) return 0;
        if (source_.valid != nullptr && !all_valid_within(source_, taps, cols, rows, 4 * n)) return 0;
        const Sample* first = source_.samples + first_row * source_.row_stride + first_col;
        const float* col_weights = table_.real.data() + (col[0] & (phases - 1)) * table_.stride;
        const float* row_weights = table_.real.data() + table_.down + (row[0] & (phases - 1)) * table_.stride;
        if (along)
            sum_along(first, col_weights, row_weights, n, out);
        else
            sum_down(first, col_weights, row_weights, n, out);
        std::memset(out_valid, 255, n);
        return n;
    }

private:
    static constexpr std::size_t pixels = HWY_MAX_BYTES / sizeof(float);
    static constexpr std::size_t rest = (taps + 3) / 4 * 4; ///< rows loaded beyond those that taps begin in
    using D = hn::FixedTag<float, pixels>;
    using DI = hn::RebindToSigned<D>;
    using V = hn::Vec<D>;

    /// n: a multiple of the pixels of a vector.
    HWY_INLINE static bool advances(const std::int32_t* values, std::size_t n, std::int32_t step) {
        if (std::int64_t{values[n - 1]} - values[0] != std::int64_t{step} * static_cast<std::int64_t>(n - 1))
            return false;
        const DI di;
        const auto width = hn::Set(di, step * std::int32_t{pixels});
        auto expected = hn::Add(hn::Set(di, values[0]), hn::Mul(hn::Iota(di, 0), hn::Set(di, step)));
        auto wrong = hn::Zero(di);
        for (std::size_t i = 0; i < n; i += pixels, expected = hn::Add(expected, width))
            wrong = hn::Or(wrong, hn::Xor(hn::LoadU(di, values + i), expected));
        return hn::AllTrue(di, hn::Eq(wrong, hn::Zero(di)));
    }

    /// Elements from the given one on of a line of two vectors.
    template <int from>
    HWY_INLINE static V shifted(V low, V high) {
#if HWY_TARGET <= HWY_AVX3
        const auto a = _mm512_castps_si512(low.raw), b = _mm512_castps_si512(high.raw);
        return V{_mm512_castsi512_ps(_mm512_alignr_epi32(b, a, from))};
#else
        const D d;
        const V middle = hn::ConcatLowerUpper(d, high, low);
        if constexpr (from < 4)
            return hn::CombineShiftRightLanes<from>(d, middle, low);
        else
            return hn::CombineShiftRightLanes<from - 4>(d, high, middle);
#endif
    }

    HWY_INLINE static V shifted(V low, V high, int from) {
        switch (from) { // the instruction has its number inside
        case 0:
            return low;
        case 1:
            return shifted<1>(low, high);
        case 2:
            return shifted<2>(low, high);
        case 3:
            return shifted<3>(low, high);
        case 4:
            return shifted<4>(low, high);
        default:
            return shifted<5>(low, high);
        }
    }

    /// tap(k, r): column k, row r of all pixels.
    template <typename Tap>
    HWY_INLINE void store_sum(const Tap& tap, const float* col_weights, const float* row_weights, Sample* out) const {
        const D d;
        V sums[4];
        for (int k = 0; k < taps; ++k) {
            V column = hn::Mul(tap(k, 0), hn::Set(d, row_weights[0]));
            for (int r = 1; r < taps; ++r) column = hn::Add(column, hn::Mul(tap(k, r), hn::Set(d, row_weights[r])));
            const V product = hn::Mul(column, hn::Set(d, col_weights[k]));
            sums[k % 4] = k < 4 ? product : hn::Add(sums[k % 4], product);
        }
        const V sum = hn::Add(hn::Add(sums[0], sums[2]), hn::Add(sums[1], sums[3]));
        store_real(d, hn::Add(hn::Mul(sum, hn::Set(d, scale_)), hn::Set(d, offset_)), out);
    }

    HWY_NOINLINE void sum_along(const Sample* first, const float* HWY_RESTRICT col_weights,
                                const float* HWY_RESTRICT row_weights, std::size_t n, Sample* HWY_RESTRICT out) const {
        const std::ptrdiff_t stride = source_.row_stride;
        for (std::size_t i = 0; i < n; i += pixels)
            store_sum([&](int k, int r) HWY_ATTR { return load_real(D(), first + i + k + r * stride); }, col_weights,
                      row_weights, out + i);
    }

#if HWY_TARGET <= HWY_AVX3
    HWY_INLINE static V lengthen(hn::Vec<hn::FixedTag<float, 4>> v) {
        return V{_mm512_castps128_ps512(v.raw)};
    }
    HWY_INLINE static V lengthen(hn::Vec<hn::FixedTag<float, 8>> v) {
        return V{_mm512_castps256_ps512(v.raw)};
    }
#else
    HWY_INLINE static V lengthen(hn::Vec<hn::FixedTag<float, 4>> v) {
        return V{_mm256_castps128_ps256(v.raw)};
    }
#endif

    /// The columns of the taps, rounded up to fours, of as many rows as the vector has lanes.
    template <class DC>
    HWY_INLINE void load_lines(DC d, const Sample* first, V* lines) const {
        for (std::size_t k = 0; k < rest; k += 4) {
            hn::Vec<DC> columns[4];
            rows_to_columns<4>(d, first + k, source_.row_stride, columns);
            for (std::size_t j = 0; j < 4; ++j)
                if constexpr (hn::MaxLanes(DC()) == pixels)
                    lines[k + j] = columns[j];
                else
                    lines[k + j] = lengthen(columns[j]);
        }
    }

    HWY_NOINLINE void sum_down(const Sample* first, const float* HWY_RESTRICT col_weights,
                               const float* HWY_RESTRICT row_weights, std::size_t n, Sample* HWY_RESTRICT out) const {
        V lines[rest], next[rest];
        load_lines(D(), first, lines);
        for (std::size_t i = 0; i < n; i += pixels) {
            first += std::ptrdiff_t{pixels} * source_.row_stride;
            if (i + pixels < n)
                load_lines(D(), first, next);
            else
                load_lines(hn::FixedTag<float, rest>(), first, next);
            store_sum([&](int k, int r) HWY_ATTR { return shifted(lines[k], next[k], r); }, col_weights, row_weights,
                      out + i);
            for (std::size_t k = 0; k < rest; ++k) lines[k] = next[k];
        }
    }

    const SourceWindow<Sample>& source_;
    const PhaseTable& table_;
    const float scale_, offset_;
};

#endif
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#endif // per-target include guard
