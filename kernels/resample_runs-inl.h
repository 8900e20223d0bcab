// SPDX-License-Identifier: Apache-2.0
// Cubic, one lane of 16-bit or float samples whose pixels follow each other by a sample along a row: at small rotations
// and half turns, about as fine as the source.
// Compiled once a target: the guard toggles, as Highway's own headers do.
#if defined(OVERFLIGHT_KERNELS_RESAMPLE_RUNS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef OVERFLIGHT_KERNELS_RESAMPLE_RUNS_INL_H
#undef OVERFLIGHT_KERNELS_RESAMPLE_RUNS_INL_H
#else
#define OVERFLIGHT_KERNELS_RESAMPLE_RUNS_INL_H
#endif

#include "kernels/resample.h"
#include "kernels/resample_blocks-inl.h"
#include "kernels/resample_real-inl.h"

#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET == HWY_AVX2 // wider vectors have RealLinesGroup, whose permutations of two tables are dear here
namespace hn = hwy::HWY_NAMESPACE;

/// A vector holds one tap of eight pixels, which lie side by side in the source: taps are loaded where they lie, and
/// weights worked out from the positions.
template <typename Sample>
class RealRuns {
public:
    RealRuns(const SourceWindow<Sample>& window, const LaneRadiometry& radiometry)
        : source_(window), finish_(radiometry, 1) {}

    /// How many pixels, from the first on, were resampled: up to the first eight that lie otherwise or lack a tap, or
    /// the first block with an invalid one near.
    HWY_NOINLINE std::size_t operator()(const std::int32_t* col, const std::int32_t* row, std::size_t count,
                                        Sample* out, std::uint8_t* out_valid) const {
        std::size_t done = 0;
        while (done + pixels <= count) {
            const std::size_t most = std::min(count - done, block) / pixels * pixels;
            Extent cols{INT32_MAX, INT32_MIN}, rows = cols;
            std::size_t n = 0;
            while (n < most && resample_eight(col + done + n, row + done + n, out + done + n, cols, rows)) n += pixels;
            if (n == 0 || (source_.valid != nullptr && !all_valid_within(source_, 4, cols, rows, 4 * n))) break;
            done += n;
            if (n < most) break;
        }
        std::memset(out_valid, 255, done);
        return done;
    }

private:
    static constexpr std::size_t pixels = 8;
    static_assert(hn::MaxLanes(DF()) == pixels);

    /// False where these lie otherwise. `cols`, `rows`: of the first taps, which are added.
    HWY_INLINE bool resample_eight(const std::int32_t* col, const std::int32_t* row, Sample* out, Extent& cols,
                                   Extent& rows) const {
        const D32 d;
        const DF df;
        constexpr std::int32_t last = pixels - 1;
        const std::int32_t begin = col[0] >> phase_bits, end = col[last] >> phase_bits;
        const bool backwards = end < begin; // then from the last on
        const std::int32_t left = std::min(begin, end), width = std::max(begin, end) - left;
        const std::int32_t first_col = left - (width < last ? 2 : 1),
                           first_row = (std::min(row[0], row[last]) >> phase_bits) - 1;
        if (first_col < 0 || first_row < 0 || first_col + last + 5 > source_.width || first_row + 5 > source_.height)
            return false;
        V32 x = hn::LoadU(d, col), y = hn::LoadU(d, row);
        if (backwards) {
            x = hn::Reverse(d, x);
            y = hn::Reverse(d, y);
        }
        const V32 one = hn::Set(d, 1);
        const V32 right = hn::Sub(hn::Sub(hn::ShiftRight<phase_bits>(x), hn::Set(d, first_col + 1)), hn::Iota(d, 0));
        const V32 below = hn::Sub(hn::ShiftRight<phase_bits>(y), hn::Set(d, first_row + 1));
        if (!hn::AllTrue(d, hn::Eq(hn::Or(hn::Or(right, below), one), one))) return false;
        cols = {std::min(cols.low, first_col), std::max(cols.high, first_col + last + 1)};
        rows = {std::min(rows.low, first_row), std::max(rows.high, first_row + 1)};

        VF weights[4], sums[4];
        const auto weigh = [&](V32 position) HWY_ATTR {
            const V32 phase = hn::And(position, hn::Set(d, phases - 1));
            keys_weights(df, hn::ConvertTo(df, phase), 1.0f / phases, weights);
        };
        weigh(y);
        const Sample* first = source_.samples + first_row * source_.row_stride + first_col;
        const auto moved = hn::RebindMask(df, hn::Eq(right, one)), stepped = hn::RebindMask(df, hn::Eq(below, one));
        const bool moves = !hn::AllFalse(df, moved), steps = !hn::AllFalse(df, stepped);
        if (moves)
            steps ? sum<true, true>(first, weights, moved, stepped, sums)
                  : sum<true, false>(first, weights, moved, stepped, sums);
        else
            steps ? sum<false, true>(first, weights, moved, stepped, sums)
                  : sum<false, false>(first, weights, moved, stepped, sums);
        weigh(x);
        const VF even = hn::Add(hn::Mul(sums[0], weights[0]), hn::Mul(sums[2], weights[2]));
        const VF odd = hn::Add(hn::Mul(sums[1], weights[1]), hn::Mul(sums[3], weights[3]));
        const VF sum_of_all = hn::Add(even, odd);
        finish_.store(backwards ? hn::Reverse(df, sum_of_all) : sum_of_all, out);
        return true;
    }

    /// Of each column tap over the rows. `moved`: pixels a sample further right; `stepped`: a row further down.
    template <bool moves, bool steps>
    HWY_INLINE void sum(const Sample* first, const VF* HWY_RESTRICT weights, hn::Mask<DF> moved, hn::Mask<DF> stepped,
                        VF* HWY_RESTRICT sums) const {
        const DF d;
        for (int r = 0; r < (steps ? 5 : 4); ++r, first += source_.row_stride) {
            VF weight = weights[std::min(r, 3)];
            if (steps && r > 0 && r < 4) weight = hn::IfThenElse(stepped, weights[r - 1], weights[r]);
            for (int k = 0; k < 4; ++k) { // what lies beyond a pixel's taps may be NaN
                VF tap = load_real(d, first + k);
                if constexpr (moves) tap = hn::IfThenElse(moved, load_real(d, first + k + 1), tap);
                const VF product = hn::Mul(tap, weight);
                if (r == 0)
                    sums[k] = steps ? hn::IfThenZeroElse(stepped, product) : product;
                else if (r == 4)
                    sums[k] = hn::IfThenElse(stepped, hn::Add(sums[k], product), sums[k]);
                else
                    sums[k] = hn::Add(sums[k], product);
            }
        }
    }

    const SourceWindow<Sample>& source_;
    const FinishReal finish_;
};

#endif
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#endif // per-target include guard
