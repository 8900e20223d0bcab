// SPDX-License-Identifier: Apache-2.0
// Cubic, one lane of 16-bit or float samples, where neighbouring pixels share taps: near whole quarter turns.
// Compiled once a target: the guard toggles, as Highway's own headers do.
#if defined(OVERFLIGHT_KERNELS_RESAMPLE_LINES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef OVERFLIGHT_KERNELS_RESAMPLE_LINES_INL_H
#undef OVERFLIGHT_KERNELS_RESAMPLE_LINES_INL_H
#else
#define OVERFLIGHT_KERNELS_RESAMPLE_LINES_INL_H
#endif

#include "kernels/resample.h"
#include "kernels/resample_blocks-inl.h"
#include "kernels/resample_columns-inl.h"
#include "kernels/resample_real-inl.h"

#include <hwy/highway.h>

#include <algorithm>
#include <cstdlib>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET <= HWY_AVX3 // has a permutation of two tables
namespace hn = hwy::HWY_NAMESPACE;

/// Whether it pays to look for shared lines: not where 16 pixels mostly cross more than two rows and columns.
inline bool follows_lines(const std::int32_t* col, const std::int32_t* row, std::size_t count) {
    const auto span = [&](const std::int32_t* v) { return std::abs(std::int64_t{v[count - 1]} - v[0]); };
    return 12 * std::min(span(col), span(row)) <= static_cast<std::int64_t>(phases * count);
}

/// A vector holds one tap of 16 pixels, which lie along a row (or column) and step over to the next one at most: their
/// four or five lines are loaded once, and permuted for each tap.
template <typename Sample>
struct RealLinesGroup {
    static constexpr int lanes = 1;
    static constexpr std::size_t pixels = 2 * group;
    static constexpr bool uses_table = false;
    using D = hn::FixedTag<float, pixels>;
    using DI = hn::RebindToSigned<D>;
    using V = hn::Vec<D>;
    using VI = hn::Vec<DI>;
    const SourceWindow<Sample>& source;
    const RealGroup<Sample, 4, 1> one_by_one;
    const float scale, offset;
    const VI one = hn::Set(DI(), 1), two = hn::Set(DI(), 2), three = hn::Set(DI(), 3);

    RealLinesGroup(const SourceWindow<Sample>& window, const PhaseTable& table, const LaneRadiometry& radiometry)
        : source(window), one_by_one(window, table, radiometry), scale(radiometry.scale[0]),
          offset(radiometry.offset[0] + 0.0f) {}

    struct Line {
        V low, high;
        HWY_INLINE V operator[](VI index) const { return V{_mm512_permutex2var_ps(low.raw, index.raw, high.raw)}; }
    };

    HWY_INLINE static void weigh(const std::int32_t* phase, V* HWY_RESTRICT w) {
        const D d;
        keys_weights(d, hn::ConvertTo(d, hn::Load(DI(), phase)), 1.0f / phases, w);
    }

    /// Of 20 rows.
    template <std::size_t n>
    HWY_INLINE void load_columns(const Sample* first, Line* lines) const {
        const hn::FixedTag<float, 4> quarter;
        V low[n];
        hn::Vec<decltype(quarter)> high[n];
        rows_to_columns<n>(D(), first, source.row_stride, low);
        rows_to_columns<n>(quarter, first + pixels * source.row_stride, source.row_stride, high);
        for (std::size_t k = 0; k < n; ++k) lines[k] = {low[k], V{_mm512_castps128_ps512(high[k].raw)}};
    }

    /// Along rows. step: the pixels that are a row further down.
    HWY_INLINE void sum_rows(const Sample* first, VI col, hn::Mask<D> step, const V* weights, V* columns) const {
        const D d;
        const VI index[4] = {col, hn::Add(col, one), hn::Add(col, two), hn::Add(col, three)};
        for (int r = 0; r < 5; ++r, first += source.row_stride) {
            const Line line{load_real(d, first), load_real(d, first + pixels)};
            const V weight = r == 0   ? weights[0]
                             : r == 4 ? weights[3]
                                      : hn::IfThenElse(step, weights[r - 1], weights[r]);
            for (int k = 0; k < 4; ++k) { // what lies beyond a pixel's taps may be NaN
                const V product = hn::Mul(line[index[k]], weight);
                columns[k] = r == 0   ? hn::IfThenElseZero(hn::Not(step), product)
                             : r == 4 ? hn::IfThenElse(step, hn::Add(columns[k], product), columns[k])
                                      : hn::Add(columns[k], product);
            }
        }
    }

    HWY_INLINE void operator()(const BlockTaps& taps, std::size_t at, Sample* out) const {
        const D d;
        const DI di;
        const std::int32_t *tap_col = taps.col + at, *tap_row = taps.row + at;
        const std::int32_t first_col = std::min(tap_col[0], tap_col[pixels - 1]);
        const std::int32_t first_row = std::min(tap_row[0], tap_row[pixels - 1]);
        const VI col = hn::Sub(hn::Load(di, tap_col), hn::Set(di, first_col));
        const VI row = hn::Sub(hn::Load(di, tap_row), hn::Set(di, first_row));
        const auto below = [&](VI v, VI limit) HWY_ATTR { // negative: far above
            const hn::RebindToUnsigned<DI> du;
            return hn::RebindMask(di, hn::Lt(hn::BitCast(du, v), hn::BitCast(du, limit)));
        };
        const auto both = [&](auto a, auto b) HWY_ATTR { return hn::AllTrue(di, hn::And(a, b)); };
        const Sample* first = source.samples + first_row * source.row_stride + first_col;
        const bool along_row = std::abs(tap_row[pixels - 1] - tap_row[0]) <= 1;
        V row_weights[4], col_weights[4], columns[5];
        if (along_row && first_row + 5 <= source.height && first_col + 16 <= source.width &&
            both(below(row, two), below(col, hn::Set(di, 32 - 3)))) {
            weigh(taps.row_weights + at, row_weights);
            weigh(taps.col_weights + at, col_weights);
            sum_rows(first, col, hn::RebindMask(d, hn::Eq(row, one)), row_weights, columns);
        } else if (!along_row && first_row + 20 <= source.height &&
                   both(below(col, two), below(row, hn::Set(di, 20 - 3)))) {
            Line lines[4];
            load_columns<4>(first, lines);
            weigh(taps.row_weights + at, row_weights);
            weigh(taps.col_weights + at, col_weights);
            const VI index[4] = {row, hn::Add(row, one), hn::Add(row, two), hn::Add(row, three)};
            const auto sum = [&](const Line& line) HWY_ATTR {
                V column = hn::Mul(line[index[0]], row_weights[0]);
                for (int r = 1; r < 4; ++r) column = hn::Add(column, hn::Mul(line[index[r]], row_weights[r]));
                return column;
            };
            for (int k = 0; k < 4; ++k) columns[k] = sum(lines[k]);
            const auto step = hn::RebindMask(d, hn::Eq(col, one));
            if (!hn::AllFalse(d, step)) {
                load_columns<1>(first + 4, lines);
                columns[4] = sum(lines[0]);
                for (int k = 0; k < 4; ++k) columns[k] = hn::IfThenElse(step, columns[k + 1], columns[k]);
            }
        } else {
            BlockTaps apart;
            hn::Store(hn::ShiftLeft<2>(hn::Load(di, taps.col_weights + at)), di, apart.col_weights);
            hn::Store(hn::ShiftLeft<2>(hn::Load(di, taps.row_weights + at)), di, apart.row_weights);
            const VI stride = hn::Set(di, static_cast<std::int32_t>(source.row_stride));
            hn::Store(hn::Add(hn::Mul(hn::Load(di, tap_row), stride), hn::Load(di, tap_col)), di, apart.offset);
            for (std::size_t i = 0; i < pixels; i += group) one_by_one(apart, i, out + i);
            return;
        }
        const V even = hn::Add(hn::Mul(columns[0], col_weights[0]), hn::Mul(columns[2], col_weights[2]));
        const V odd = hn::Add(hn::Mul(columns[1], col_weights[1]), hn::Mul(columns[3], col_weights[3]));
        store_real(d, hn::Add(hn::Mul(hn::Add(even, odd), hn::Set(d, scale)), hn::Set(d, offset)), out);
    }
};

#endif
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#endif // per-target include guard
