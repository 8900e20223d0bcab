// SPDX-License-Identifier: Apache-2.0
// 16-bit and float samples: unfused float.
// Compiled once a target: the guard toggles, as Highway's own headers do.
#if defined(OVERFLIGHT_KERNELS_RESAMPLE_REAL_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef OVERFLIGHT_KERNELS_RESAMPLE_REAL_INL_H
#undef OVERFLIGHT_KERNELS_RESAMPLE_REAL_INL_H
#else
#define OVERFLIGHT_KERNELS_RESAMPLE_REAL_INL_H
#endif

#include "kernels/resample.h"
#include "kernels/resample_blocks-inl.h"
#include "kernels/resample_fixed-inl.h"

#include <hwy/highway.h>

#include <algorithm>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET != HWY_SCALAR
namespace hn = hwy::HWY_NAMESPACE;

/// Tap weights spread over the lanes of four taps.
alignas(32) constexpr std::uint8_t spread_over_2[32] = {0, 1, 2,  3,  0, 1, 2,  3,  4,  5,  6,  7,  4,  5,  6,  7,
                                                        8, 9, 10, 11, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15};
alignas(32) constexpr std::uint8_t spread_over_4[64] = {0,  1,  2,  3,  0,  1,  2,  3,  0,  1,  2,  3,  0,  1,  2,  3,
                                                        4,  5,  6,  7,  4,  5,  6,  7,  4,  5,  6,  7,  4,  5,  6,  7,
                                                        8,  9,  10, 11, 8,  9,  10, 11, 8,  9,  10, 11, 8,  9,  10, 11,
                                                        12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15};

template <class D>
HWY_INLINE hn::Vec<D> load_real(D d, const std::uint16_t* samples) {
    const hn::RebindToSigned<D> di;
    return hn::ConvertTo(d, hn::PromoteTo(di, hn::LoadU(hn::Rebind<std::uint16_t, D>(), samples)));
}
template <class D>
HWY_INLINE hn::Vec<D> load_real(D d, const float* samples) {
    return hn::LoadU(d, samples);
}

/// Samples at two places, one in each half.
template <class D>
HWY_INLINE hn::Vec<D> load_two(D d, const std::uint16_t* low, const std::uint16_t* high) {
    const hn::Rebind<std::uint16_t, D> d16;
    const hn::Half<decltype(d16)> half;
    const auto both = hn::Combine(d16, hn::LoadU(half, high), hn::LoadU(half, low));
    return hn::ConvertTo(d, hn::PromoteTo(hn::RebindToSigned<D>(), both));
}
template <class D>
HWY_INLINE hn::Vec<D> load_two(D d, const float* low, const float* high) {
    const hn::Half<D> half;
    return hn::Combine(d, hn::LoadU(half, high), hn::LoadU(half, low));
}

template <class D>
HWY_INLINE void store_real(D d, hn::Vec<D> value, std::uint16_t* out) {
    const hn::RebindToSigned<D> di;
    const auto clamped = hn::Min(hn::Max(value, hn::Zero(d)), hn::Set(d, 65535.0f));
    // Adding 2^23 rounds to nearest even and leaves the integer in the low bits.
    const auto bits = hn::BitCast(di, hn::Add(clamped, hn::Set(d, 8388608.0f)));
    const hn::Rebind<std::uint16_t, D> d16;
    hn::StoreU(hn::DemoteTo(d16, hn::Sub(bits, hn::Set(di, 0x4B000000))), d16, out);
}
template <class D>
HWY_INLINE void store_real(D d, hn::Vec<D> value, float* out) {
    hn::StoreU(value, d, out);
}

/// The weights of the cubic kernel (Keys, a = -0.5), factored so that only the last product of each rounds: the phase
/// table's to the bit. `unit`: of the phase, a power of two.
template <class D>
HWY_INLINE void keys_weights(D d, hn::Vec<D> phase, float unit, hn::Vec<D>* HWY_RESTRICT w) {
    const auto one = hn::Set(d, 1);
    const auto x = hn::Mul(phase, hn::Set(d, unit)), less = hn::Mul(phase, hn::Set(d, -0.5f * unit));
    const auto y = hn::Sub(one, x);
    const auto outer = hn::Mul(less, y);
    const auto inner = hn::Sub(one, hn::Mul(outer, hn::Set(d, 3)));
    w[0] = hn::Mul(outer, y);
    w[1] = hn::Mul(hn::Add(inner, less), y);
    w[2] = hn::Mul(hn::Sub(inner, hn::Add(hn::Set(d, 0.5f), less)), x);
    w[3] = hn::Mul(outer, x);
}

/// Where fewer than four taps are left, what lies beyond may be NaN and must not count, whatever its weight.
template <typename Sample, class D>
HWY_INLINE hn::Vec<D> first_lanes(D d, hn::Vec<D> v, std::size_t count) {
    if constexpr (std::is_same_v<Sample, float>) return hn::IfThenElseZero(hn::FirstN(d, count), v);
    return v;
}

/// Radiometry, rounding and the way to memory.
struct FinishReal {
    VF scale, offset;

    FinishReal(const LaneRadiometry& radiometry, int lanes) {
        float scales[4], offsets[4];
        for (int i = 0; i < 4; ++i) {
            scales[i] = radiometry.scale[i % lanes];
            offsets[i] = radiometry.offset[i % lanes] + 0.0f;
        }
        scale = hn::LoadDup128(DF(), scales);
        offset = hn::LoadDup128(DF(), offsets);
    }

    template <typename Sample>
    HWY_INLINE void store(VF value, Sample* out) const {
        store_real(DF(), hn::Add(hn::Mul(value, scale), offset), out);
    }
};

/// Adds the 64-bit halves of each 128 bits, for two pixels: tap 0 to 2 and 1 to 3, or the sums of these.
HWY_INLINE VF add_pairs(VF a, VF b) {
    const hn::Repartition<double, DF> d64;
    const auto a64 = hn::BitCast(d64, a), b64 = hn::BitCast(d64, b);
    return hn::Add(hn::BitCast(DF(), hn::InterleaveLower(d64, a64, b64)),
                   hn::BitCast(DF(), hn::InterleaveUpper(d64, a64, b64)));
}

template <typename Sample, int fixed_taps, int fixed_lanes>
struct RealGroup {
    static constexpr int lanes = fixed_lanes;
    static constexpr std::size_t pixels = group;
    static constexpr bool uses_table = true;
    const SourceWindow<Sample>& source;
    const PhaseTable& table;
    const FinishReal finish;

    RealGroup(const SourceWindow<Sample>& window, const PhaseTable& phase_table, const LaneRadiometry& radiometry)
        : source(window), table(phase_table), finish(radiometry, lanes) {}

    /// Four column taps modulo 4, each of `lanes` samples, in `parts` vectors of at most 8 floats.
    using D = hn::CappedTag < float, 4 * lanes<8 ? 4 * lanes : 8>;
    static constexpr std::size_t width = hn::MaxLanes(D());
    static constexpr std::size_t parts = 4 * lanes / width;
    using V = hn::Vec<D>;

    HWY_INLINE V col_weights(const float* weights, std::size_t part) const {
        const D d;
        if constexpr (lanes == 1) {
            return hn::LoadU(d, weights);
        } else {
            const hn::Repartition<std::uint8_t, D> d8;
            const std::uint8_t* spread = lanes == 2 ? spread_over_2 : spread_over_4;
            const auto bytes = hn::BitCast(d8, hn::LoadDup128(d, weights));
            return hn::BitCast(d, hn::TableLookupBytes(bytes, hn::Load(d8, spread + part * width * sizeof(float))));
        }
    }

    HWY_INLINE void sums(const BlockTaps& block_taps, std::size_t i, V* HWY_RESTRICT result) const {
        const D d;
        const int taps = fixed_taps ? fixed_taps : table.taps;
        const Sample* HWY_RESTRICT first = source.samples + block_taps.offset[i];
        const float* HWY_RESTRICT col = table.real.data() + block_taps.col_weights[i];
        const float* HWY_RESTRICT row = table.real.data() + block_taps.row_weights[i];
        for (std::size_t j = 0; j < parts; ++j) result[j] = hn::Zero(d);
        for (int k = 0; k < taps; k += 4) {
            const std::size_t left = static_cast<std::size_t>(std::min(taps - k, 4) * lanes); // samples of taps
            for (std::size_t j = 0; j < parts; ++j) {
                if (j * width >= left) break;
                const Sample* HWY_RESTRICT samples = first + k * lanes + j * width;
                V column = hn::Zero(d);
                for (int r = 0; r < taps; ++r, samples += source.row_stride) {
                    V sample = load_real(d, samples);
                    if (left - j * width < width) sample = first_lanes<Sample>(d, sample, left - j * width);
                    const V product = hn::Mul(sample, hn::Set(d, row[r]));
                    column = r == 0 ? product : hn::Add(column, product);
                }
                const V product = hn::Mul(column, col_weights(col + k, j));
                result[j] = k == 0 ? product : hn::Add(result[j], product);
            }
        }
    }

#if HWY_MAX_BYTES >= 32
    /// The sums of two pixels of one lane, one in each half.
    HWY_INLINE VF sums_of_two(const BlockTaps& block_taps, std::size_t i, std::size_t k) const {
        const DF df;
        if constexpr (fixed_taps == 4) {
            const float *weights_i = table.real.data() + block_taps.row_weights[i],
                        *weights_k = table.real.data() + block_taps.row_weights[k];
            const VF weights = load_two(df, weights_i, weights_k);
            const Sample* HWY_RESTRICT row = source.samples;
            const std::ptrdiff_t offset_i = block_taps.offset[i], offset_k = block_taps.offset[k];
            const auto next = [&] HWY_ATTR {
                const VF samples = load_two(df, row + offset_i, row + offset_k);
                row += source.row_stride;
                return samples;
            };
            VF column = hn::Mul(next(), hn::Broadcast<0>(weights));
            column = hn::Add(column, hn::Mul(next(), hn::Broadcast<1>(weights)));
            column = hn::Add(column, hn::Mul(next(), hn::Broadcast<2>(weights)));
            column = hn::Add(column, hn::Mul(next(), hn::Broadcast<3>(weights)));
            return hn::Mul(column, load_two(df, table.real.data() + block_taps.col_weights[i],
                                            table.real.data() + block_taps.col_weights[k]));
        } else {
            V a, b;
            sums(block_taps, i, &a);
            sums(block_taps, k, &b);
            return hn::Combine(df, b, a);
        }
    }
#endif

    HWY_INLINE void operator()(const BlockTaps& taps, std::size_t at, Sample* out) const {
        const DF df;
        if constexpr (lanes == 4) {
#if HWY_MAX_BYTES >= 32
            for (std::size_t i = at; i < at + group; i += 2, out += 8) {
                V a[2], b[2];
                sums(taps, i, a);
                sums(taps, i + 1, b);
                const VF sum_a = hn::Add(a[0], a[1]), sum_b = hn::Add(b[0], b[1]);
                finish.store(hn::Add(hn::ConcatLowerLower(df, sum_b, sum_a), hn::ConcatUpperUpper(df, sum_b, sum_a)),
                             out);
            }
#else
            for (std::size_t i = at; i < at + group; ++i, out += 4) {
                V a[4];
                sums(taps, i, a);
                finish.store(hn::Add(hn::Add(a[0], a[2]), hn::Add(a[1], a[3])), out);
            }
#endif
        } else if constexpr (lanes == 2) {
#if HWY_MAX_BYTES >= 32
            for (std::size_t i = at; i < at + group; i += 4, out += 8) {
                V p[4];
                for (std::size_t j = 0; j < 4; ++j) sums(taps, i + j, p + j);
                const VF a = hn::Add(hn::ConcatLowerLower(df, p[2], p[0]), hn::ConcatUpperUpper(df, p[2], p[0]));
                const VF b = hn::Add(hn::ConcatLowerLower(df, p[3], p[1]), hn::ConcatUpperUpper(df, p[3], p[1]));
                finish.store(add_pairs(a, b), out);
            }
#else
            for (std::size_t i = at; i < at + group; i += 2, out += 4) {
                V a[2], b[2];
                sums(taps, i, a);
                sums(taps, i + 1, b);
                finish.store(add_pairs(hn::Add(a[0], a[1]), hn::Add(b[0], b[1])), out);
            }
#endif
        } else {
#if HWY_MAX_BYTES >= 32
            const auto both = [&](std::size_t j) HWY_ATTR { return sums_of_two(taps, at + j, at + j + 2); };
            const VF a = add_pairs(both(0), both(1)), b = add_pairs(both(4), both(5));
            finish.store(hn::Add(hn::ConcatEven(df, b, a), hn::ConcatOdd(df, b, a)), out);
#else
            V p[group];
            for (std::size_t j = 0; j < group; ++j) sums(taps, at + j, p + j);
            for (std::size_t j = 0; j < group; j += 4) {
                const VF a = add_pairs(p[j], p[j + 1]), b = add_pairs(p[j + 2], p[j + 3]);
                finish.store(hn::Add(hn::ConcatEven(df, b, a), hn::ConcatOdd(df, b, a)), out + j);
            }
#endif
        }
    }
};

#if HWY_MAX_BYTES >= 32
/// Six taps of one lane: a vector holds eight taps of a pixel. In two steps of four taps, the second would be half
/// empty.
template <typename Sample>
struct RealSixGroup {
    static constexpr int lanes = 1;
    static constexpr std::size_t pixels = group;
    static constexpr bool uses_table = true;
    static constexpr int taps = 6;
    const SourceWindow<Sample>& source;
    const PhaseTable& table;
    const FinishReal finish;

    RealSixGroup(const SourceWindow<Sample>& window, const PhaseTable& phase_table, const LaneRadiometry& radiometry)
        : source(window), table(phase_table), finish(radiometry, lanes) {}

    /// What holds floats up is loads: fewer of them and a shuffle. Shuffles widen 16-bit samples already.
    template <int r>
    HWY_INLINE static VF spread(const float* HWY_RESTRICT weights) {
        const DF df;
        if constexpr (std::is_same_v<Sample, float>)
            return hn::Broadcast<r % 4>(hn::LoadDup128(df, weights + r / 4 * 4));
        else
            return hn::Set(df, weights[r]);
    }

    HWY_INLINE VF weighted_columns(const BlockTaps& block_taps, std::size_t i) const {
        const DF df;
        const float *row_weights = table.real.data() + block_taps.row_weights[i],
                    *col_weights = table.real.data() + block_taps.col_weights[i];
        const Sample* HWY_RESTRICT row = source.samples;
        const std::ptrdiff_t offset = block_taps.offset[i];
        const auto next = [&] HWY_ATTR {
            const VF samples = load_real(df, row + offset);
            row += source.row_stride;
            return samples;
        };
        VF columns = hn::Mul(next(), spread<0>(row_weights));
        columns = hn::Add(columns, hn::Mul(next(), spread<1>(row_weights)));
        columns = hn::Add(columns, hn::Mul(next(), spread<2>(row_weights)));
        columns = hn::Add(columns, hn::Mul(next(), spread<3>(row_weights)));
        columns = hn::Add(columns, hn::Mul(next(), spread<4>(row_weights)));
        columns = hn::Add(columns, hn::Mul(next(), spread<5>(row_weights)));
        return hn::Mul(first_lanes<Sample>(df, columns, taps), hn::LoadU(df, col_weights));
    }

    /// Of pixels i and i + 2, one in each half: four sums of columns.
    HWY_INLINE VF sums_of_two(const BlockTaps& block_taps, std::size_t i) const {
        const DF df;
        const VF a = weighted_columns(block_taps, i), b = weighted_columns(block_taps, i + 2);
        return hn::Add(hn::ConcatLowerLower(df, b, a), hn::ConcatUpperUpper(df, b, a));
    }

    /// A function of its own: where all is in one, the compiler keeps addresses in vectors.
    HWY_NOINLINE void operator()(const BlockTaps& block_taps, std::size_t at, Sample* out) const {
        const DF df;
        const VF a = add_pairs(sums_of_two(block_taps, at), sums_of_two(block_taps, at + 1));
        const VF b = add_pairs(sums_of_two(block_taps, at + 4), sums_of_two(block_taps, at + 5));
        finish.store(hn::Add(hn::ConcatEven(df, b, a), hn::ConcatOdd(df, b, a)), out);
    }
};
#else
template <typename Sample>
using RealSixGroup = RealGroup<Sample, 6, 1>;
#endif

/// Two taps of one lane: a vector holds one tap of several pixels. Two taps are bilinear without widening, whose
/// weights are the phase itself.
template <typename Sample>
struct RealBilinearGroup {
    static constexpr int lanes = 1;
    static constexpr std::size_t pixels = group;
    static constexpr bool uses_table = false;
    const SourceWindow<Sample>& source;
    const FinishReal finish;

    RealBilinearGroup(const SourceWindow<Sample>& window, const PhaseTable&, const LaneRadiometry& radiometry)
        : source(window), finish(radiometry, lanes) {}

    HWY_INLINE static void load_taps(const std::uint16_t* samples, const std::int32_t* offsets, VF& left, VF& right) {
        const DF df;
        const D32 d;
        const hn::FixedTag<std::uint16_t, 2 * hn::MaxLanes(DF())> d16;
        const auto pairs = hn::BitCast(d, load_units<2>(d16, samples, offsets, 1));
        left = hn::ConvertTo(df, hn::And(pairs, hn::Set(d, 0xFFFF)));
        right = hn::ConvertTo(df, hn::BitCast(d, hn::ShiftRight<16>(hn::BitCast(hn::RebindToUnsigned<D32>(), pairs))));
    }
    HWY_INLINE static void load_taps(const float* samples, const std::int32_t* offsets, VF& left, VF& right) {
        const DF df;
        const VF low = load_units<2>(df, samples, offsets, 1);
        const VF high = load_units<2>(df, samples, offsets + hn::MaxLanes(DF()) / 2, 1);
        left = hn::ConcatEven(df, high, low);
        right = hn::ConcatOdd(df, high, low);
    }

    HWY_INLINE void operator()(const BlockTaps& taps, std::size_t at, Sample* out) const {
        const DF df;
        const D32 d;
        const VF unit = hn::Set(df, 1.0f / phases), one = hn::Set(df, 1.0f);
        for (std::size_t i = 0; i < group; i += hn::Lanes(df)) {
            VF upper_left, upper_right, lower_left, lower_right;
            load_taps(source.samples, taps.offset + at + i, upper_left, upper_right);
            load_taps(source.samples + source.row_stride, taps.offset + at + i, lower_left, lower_right);
            const VF right = hn::Mul(hn::ConvertTo(df, hn::Load(d, taps.col_weights + at + i)), unit);
            const VF lower = hn::Mul(hn::ConvertTo(df, hn::Load(d, taps.row_weights + at + i)), unit);
            const VF left = hn::Sub(one, right), upper = hn::Sub(one, lower);
            const VF left_column = hn::Add(hn::Mul(upper_left, upper), hn::Mul(lower_left, lower));
            const VF right_column = hn::Add(hn::Mul(upper_right, upper), hn::Mul(lower_right, lower));
            finish.store(hn::Add(hn::Mul(left_column, left), hn::Mul(right_column, right)), out + i);
        }
    }
};

#endif
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#endif // per-target include guard
