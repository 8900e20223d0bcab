// SPDX-License-Identifier: Apache-2.0
// 8-bit samples: 16-bit products of rows, 32-bit sums of columns.
// Compiled once a target: the guard toggles, as Highway's own headers do.
#if defined(OVERFLIGHT_KERNELS_RESAMPLE_FIXED_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef OVERFLIGHT_KERNELS_RESAMPLE_FIXED_INL_H
#undef OVERFLIGHT_KERNELS_RESAMPLE_FIXED_INL_H
#else
#define OVERFLIGHT_KERNELS_RESAMPLE_FIXED_INL_H
#endif

#include "kernels/resample.h"
#include "kernels/resample_blocks-inl.h"

#include <hwy/highway.h>

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET != HWY_SCALAR
namespace hn = hwy::HWY_NAMESPACE;

using D16 = hn::CappedTag<std::int16_t, 16>;
using D32 = hn::RepartitionToWide<D16>;
using D8 = hn::Repartition<std::uint8_t, D16>;
using V16 = hn::Vec<D16>;
using V32 = hn::Vec<D32>;
using DF = hn::RebindToFloat<D32>;
using VF = hn::Vec<DF>;
constexpr bool wide = hn::MaxLanes(D16()) == 16; ///< a vector holds four pixels' taps, else two
constexpr std::size_t vectors = wide ? 1 : 2;    ///< for the four taps of a row

/// Bytes of four pixels of four lanes into the high bytes of 16-bit words, neighbouring taps of a lane side by side.
alignas(32) constexpr std::uint8_t tap_pairs[32] = {
    128, 0, 128, 4,  128, 1, 128, 5,  128, 2,  128, 6,  128, 3,  128, 7, //
    128, 8, 128, 12, 128, 9, 128, 13, 128, 10, 128, 14, 128, 11, 128, 15};
/// The weights of taps 0 and 1, then of 2 and 3, for every lane.
alignas(32) constexpr std::uint8_t weight_pairs[32] = {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
                                                       4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7};

HWY_INLINE V32 add_pair_products(V16 a, V16 b, V32 sum) {
    V32 rest = hn::Zero(D32());
    sum = hn::ReorderWidenMulAccumulate(D32(), a, b, sum, rest);
    return hn::Add(sum, rest);
}

/// Sum over the taps of one pixel; the wide vector's halves hold different column taps.
template <int fixed_taps>
HWY_INLINE V32 weighted_sum(const std::uint8_t* HWY_RESTRICT first, std::ptrdiff_t row_stride, int table_taps,
                            const std::int16_t* HWY_RESTRICT col_weights,
                            const std::int16_t* HWY_RESTRICT row_weights) {
    const D8 d8;
    const D16 d16;
    const int taps = fixed_taps ? fixed_taps : table_taps;
    const auto centre = hn::Set(d8, 128);
    V32 sum = hn::Zero(D32());
    for (int k = 0; k < taps; k += 4) {
        V16 columns[vectors];
        const std::uint8_t* HWY_RESTRICT samples = first + 4 * k;
        for (int r = 0; r < taps; ++r, samples += row_stride) {
            const auto centred = hn::Xor(hn::LoadDup128(d8, samples), centre);
            const V16 weight = hn::Set(d16, row_weights[r]);
            for (std::size_t j = 0; j < vectors; ++j) {
                const auto pairs = hn::TableLookupBytesOr0(centred, hn::Load(d8, tap_pairs + 16 * j));
                const V16 product = hn::MulFixedPoint15(hn::BitCast(d16, pairs), weight);
                columns[j] = r == 0 ? product : hn::Add(columns[j], product);
            }
        }
        std::int64_t four;
        std::memcpy(&four, col_weights + k, sizeof four);
        const auto weights = hn::BitCast(d8, hn::Set(hn::Repartition<std::int64_t, D16>(), four));
        for (std::size_t j = 0; j < vectors; ++j) {
            const auto pairs = hn::TableLookupBytes(weights, hn::Load(d8, weight_pairs + 16 * j));
            sum = add_pair_products(columns[j], hn::BitCast(d16, pairs), sum);
        }
    }
    return sum;
}

/// From sums with 21 fractional bits, centred on 128, to samples.
struct FinishFixed {
    bool identity = true;
    VF scale, offset;

    FinishFixed(const LaneRadiometry& radiometry, int lanes) {
        float scales[4], offsets[4];
        for (int i = 0; i < 4; ++i) {
            scales[i] = radiometry.scale[i % lanes] / 16384.0f;
            offsets[i] = radiometry.offset[i % lanes] + 0.0f;
            identity = identity && radiometry.scale[i % lanes] == 1 && radiometry.offset[i % lanes] == 0;
        }
        scale = hn::LoadDup128(DF(), scales);
        offset = hn::LoadDup128(DF(), offsets);
    }

    /// With 14 fractional bits, not centred, the lowest bit set: no ties.
    HWY_INLINE V32 balance(V32 fixed) const {
        const DF df;
        const VF value = hn::Add(hn::Mul(hn::ConvertTo(df, fixed), scale), offset);
        const VF clamped = hn::Min(hn::Max(value, hn::Zero(df)), hn::Set(df, 255.0f));
        // Adding 2^23 rounds to nearest even and leaves the integer in the low bits.
        return hn::Sub(hn::BitCast(D32(), hn::Add(clamped, hn::Set(df, 8388608.0f))), hn::Set(D32(), 0x4B000000));
    }

    HWY_INLINE V32 operator()(V32 sum) const {
        const D32 d;
        if (identity) return hn::ShiftRight<21>(hn::Add(sum, hn::Set(d, (128 << 21) + (1 << 20))));
        return balance(hn::Or(hn::ShiftRight<7>(hn::Add(sum, hn::Set(d, 128 << 21))), hn::Set(d, 1)));
    }
};

/// sums: of pixels 0 and 2, 1 and 3 in a wide vector's halves; else pixels 0, 1, 2, 3.
HWY_INLINE void store_four(const V32* sums, const FinishFixed& finish, std::uint8_t* out) {
    const D16 d16;
    const hn::Rebind<std::uint8_t, D16> d8;
    for (std::size_t j = 0; j < vectors; ++j) {
        const V16 words = hn::ReorderDemote2To(d16, finish(sums[2 * j]), finish(sums[2 * j + 1]));
        hn::StoreU(hn::DemoteTo(d8, words), d8, out + 8 * j);
    }
}

template <int fixed_taps>
struct FixedGroup {
    static constexpr int lanes = 4;
    static constexpr std::size_t pixels = group;
    static constexpr bool uses_table = true;
    const SourceWindow<std::uint8_t>& source;
    const PhaseTable& table;
    const FinishFixed finish;

    FixedGroup(const SourceWindow<std::uint8_t>& window, const PhaseTable& phase_table,
               const LaneRadiometry& radiometry)
        : source(window), table(phase_table), finish(radiometry, lanes) {}

    HWY_INLINE V32 pixel(const BlockTaps& taps, std::size_t i) const {
        return weighted_sum<fixed_taps>(source.samples + taps.offset[i], source.row_stride, table.taps,
                                        table.integer.data() + taps.col_weights[i],
                                        table.integer.data() + taps.row_weights[i]);
    }

    HWY_INLINE void operator()(const BlockTaps& taps, std::size_t at, std::uint8_t* out) const {
        for (std::size_t i = at; i < at + group; i += 4, out += 16) {
            V32 sums[2 * vectors];
#if HWY_MAX_BYTES >= 32
            for (std::size_t j = 0; j < 2; ++j) {
                const V32 low = pixel(taps, i + j), high = pixel(taps, i + j + 2);
                sums[j] = hn::Add(hn::ConcatLowerLower(D32(), high, low), hn::ConcatUpperUpper(D32(), high, low));
            }
#else
            for (std::size_t j = 0; j < 4; ++j) sums[j] = pixel(taps, i + j);
#endif
            store_four(sums, finish, out);
        }
    }
};

/// Units of samples of several pixels, `unit` each, side by side.
template <std::size_t unit, class D, typename T>
HWY_INLINE hn::Vec<D> load_units(D d, const T* HWY_RESTRICT base, const std::int32_t* HWY_RESTRICT offsets,
                                 std::size_t step) {
    if constexpr (hn::MaxLanes(D()) == unit) {
        return hn::LoadU(d, base + *offsets);
    } else {
        const hn::Half<D> half;
        const std::size_t units = hn::MaxLanes(half) / unit;
        return hn::Combine(d, load_units<unit>(half, base, offsets + units * step, step),
                           load_units<unit>(half, base, offsets, step));
    }
}

/// One 32-bit pair of weights of four, for every lane; of pixels 0 and 2, 1 and 3 in a wide vector's halves.
alignas(32) constexpr std::uint8_t select_pair[64] = {
    0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 8,  9,  10, 11, 8,  9,  10, 11, 8,  9,  10, 11, 8,  9,  10, 11,
    4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15};
/// The first weight of the pair for every 16-bit word; the second lies two bytes on.
alignas(32) constexpr std::uint8_t select_first[64] = {
    0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 8,  9,  8,  9,  8,  9,  8,  9,  8,  9,  8,  9,  8,  9,  8,  9,
    4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 12, 13, 12, 13, 12, 13, 12, 13, 12, 13, 12, 13, 12, 13, 12, 13};

/// Two taps of four lanes: both rows of a pixel fill 128 bits. Two taps are bilinear without widening, whose weights
/// are the phase itself.
struct FixedBilinearGroup {
    static constexpr int lanes = 4;
    static constexpr std::size_t pixels = group;
    static constexpr bool uses_table = false;
    const SourceWindow<std::uint8_t>& source;
    const FinishFixed finish;

    FixedBilinearGroup(const SourceWindow<std::uint8_t>& window, const PhaseTable&, const LaneRadiometry& radiometry)
        : source(window), finish(radiometry, lanes) {}

    /// Pairs of 16-bit weights with 14 fractional bits.
    HWY_INLINE static void store_weights(const std::int32_t* HWY_RESTRICT phase, std::int32_t* HWY_RESTRICT pairs) {
        const hn::CappedTag<std::int32_t, group> d;
        for (std::size_t i = 0; i < group; i += hn::Lanes(d)) {
            const auto p = hn::Load(d, phase + i);
            const auto pair = hn::Sub(hn::ShiftLeft<22>(p), hn::ShiftLeft<6>(p));
            hn::Store(hn::Add(pair, hn::Set(d, 1 << 14)), d, pairs + i);
        }
    }

    HWY_INLINE auto rows(const std::uint8_t* HWY_RESTRICT first) const {
        const hn::FixedTag<std::uint8_t, 8> half;
        return hn::Combine(hn::FixedTag<std::uint8_t, 16>(), hn::LoadU(half, first + source.row_stride),
                           hn::LoadU(half, first));
    }

    HWY_INLINE void operator()(const BlockTaps& taps, std::size_t at, std::uint8_t* out) const {
        const D8 d8;
        const D16 d16;
        const auto centre = hn::Set(d8, 128);
        const auto upper_row = hn::LoadDup128(d8, tap_pairs), lower_row = hn::LoadDup128(d8, tap_pairs + 16);
        const auto second = hn::BitCast(d8, hn::Set(d16, 0x0202));
        alignas(32) std::int32_t col[group], row[group];
        store_weights(taps.col_weights + at, col);
        store_weights(taps.row_weights + at, row);
        const std::int32_t* HWY_RESTRICT offset = taps.offset + at;
        for (std::size_t i = 0; i < group; i += 4, out += 16) {
            const auto col_pairs = hn::BitCast(d8, hn::LoadDup128(D32(), col + i));
            const auto row_pairs = hn::BitCast(d8, hn::LoadDup128(D32(), row + i));
            V32 sums[2 * vectors];
            for (std::size_t j = 0; j < 2 * vectors; ++j) {
                const auto low = rows(source.samples + offset[i + j]);
#if HWY_MAX_BYTES >= 32
                const auto pixels = hn::Combine(d8, rows(source.samples + offset[i + j + 2]), low);
                const std::size_t select = 32 * j;
#else
                const auto pixels = low;
                const std::size_t select = 32 * (j % 2) + 16 * (j / 2);
#endif
                const auto centred = hn::Xor(pixels, centre);
                const auto first = hn::Load(d8, select_first + select);
                const auto weight_0 = hn::BitCast(d16, hn::TableLookupBytes(row_pairs, first));
                const auto weight_1 = hn::BitCast(d16, hn::TableLookupBytes(row_pairs, hn::Or(first, second)));
                const auto tap_0 = hn::BitCast(d16, hn::TableLookupBytesOr0(centred, upper_row));
                const auto tap_1 = hn::BitCast(d16, hn::TableLookupBytesOr0(centred, lower_row));
                const V16 columns = hn::Add(hn::MulFixedPoint15(tap_0, weight_0), hn::MulFixedPoint15(tap_1, weight_1));
                const auto weights = hn::TableLookupBytes(col_pairs, hn::Load(d8, select_pair + select));
                sums[j] = add_pair_products(columns, hn::BitCast(d16, weights), hn::Zero(D32()));
            }
            store_four(sums, finish, out);
        }
    }
};

/// For one and two lanes: four taps of a pixel, units of 4 or 8 bytes, as 16-bit words in pairs of neighbours.
alignas(32) constexpr std::uint8_t unit_pairs[2][32] = {
    {128, 0, 128, 1, 128, 2,  128, 3,  128, 4,  128, 5,  128, 6,  128, 7,
     128, 8, 128, 9, 128, 10, 128, 11, 128, 12, 128, 13, 128, 14, 128, 15},
    {128, 0, 128, 2,  128, 1, 128, 3,  128, 4,  128, 6,  128, 5,  128, 7,
     128, 8, 128, 10, 128, 9, 128, 11, 128, 12, 128, 14, 128, 13, 128, 15}};
/// Of four 16-bit weights in each 64 bits: one of them everywhere.
alignas(16) constexpr std::uint8_t spread_word[4][16] = {{0, 1, 0, 1, 0, 1, 0, 1, 8, 9, 8, 9, 8, 9, 8, 9},
                                                         {2, 3, 2, 3, 2, 3, 2, 3, 10, 11, 10, 11, 10, 11, 10, 11},
                                                         {4, 5, 4, 5, 4, 5, 4, 5, 12, 13, 12, 13, 12, 13, 12, 13},
                                                         {6, 7, 6, 7, 6, 7, 6, 7, 14, 15, 14, 15, 14, 15, 14, 15}};
/// The same four weights in both 64 bits: for two lanes.
alignas(16) constexpr std::uint8_t pairs_for_two[16] = {0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7};

/// One or two lanes: a vector holds the four taps of several pixels.
template <int fixed_lanes, int fixed_taps>
struct FixedNarrowGroup {
    static constexpr int lanes = fixed_lanes;
    static constexpr std::size_t pixels = group;
    static constexpr bool uses_table = true;
    static constexpr std::size_t unit = 4 * lanes;
    const SourceWindow<std::uint8_t>& source;
    const PhaseTable& table;
    const FinishFixed finish;

    FixedNarrowGroup(const SourceWindow<std::uint8_t>& window, const PhaseTable& phase_table,
                     const LaneRadiometry& radiometry)
        : source(window), table(phase_table), finish(radiometry, lanes) {}

    /// Four weights from each pixel's `first` on, 64 bits a pixel, twice for two lanes. Pixels are `step` apart.
    HWY_INLINE V16 weights(const std::int32_t* offsets, int first, std::size_t step) const {
        const std::int16_t* base = table.integer.data() + first;
        const D16 d16;
        if constexpr (lanes == 1) {
            return load_units<4>(d16, base, offsets, step);
        } else {
            const hn::FixedTag<std::int16_t, hn::MaxLanes(D16()) / 2> dh;
            const auto each = load_units<4>(dh, base, offsets, step);
#if HWY_MAX_BYTES >= 32
            const hn::FixedTag<std::uint64_t, 2> d64;
            const auto both = hn::BitCast(d64, each);
            return hn::Combine(d16, hn::BitCast(dh, hn::InterleaveUpper(d64, both, both)),
                               hn::BitCast(dh, hn::InterleaveLower(d64, both, both)));
#else
            return hn::Combine(d16, each, each);
#endif
        }
    }

    /// Sums of pairs of taps of the vector's pixels, `step` apart.
    HWY_INLINE V32 sums(const BlockTaps& block_taps, std::size_t i, std::size_t step) const {
        const D8 d8;
        const D16 d16;
        const hn::Half<D8> half;
        const auto centre = hn::Set(d8, 128);
        const auto order = hn::Load(d8, unit_pairs[lanes - 1]);
        const int taps = fixed_taps ? fixed_taps : table.taps;
        V32 sum = hn::Zero(D32());
        for (int k = 0; k < taps; k += 4) {
            const std::uint8_t* HWY_RESTRICT samples = source.samples + k * lanes;
            V16 columns = hn::Zero(d16);
            for (int quad = 0; quad < taps; quad += 4) {
                const auto row_weights = hn::BitCast(d8, weights(block_taps.row_weights + i, quad, step));
                for (int r = 0; r < 4 && quad + r < taps; ++r, samples += source.row_stride) {
                    const auto bytes = load_units<unit>(half, samples, block_taps.offset + i, step);
                    const auto centred = hn::Xor(hn::Combine(d8, bytes, bytes), centre);
                    const auto words = hn::BitCast(d16, hn::TableLookupBytesOr0(centred, order));
                    const auto spread = hn::TableLookupBytes(row_weights, hn::LoadDup128(d8, spread_word[r]));
                    columns = hn::Add(columns, hn::MulFixedPoint15(words, hn::BitCast(d16, spread)));
                }
            }
            V16 col_weights = weights(block_taps.col_weights + i, k, step);
            if constexpr (lanes == 2)
                col_weights = hn::BitCast(
                    d16, hn::TableLookupBytes(hn::BitCast(d8, col_weights), hn::LoadDup128(d8, pairs_for_two)));
            sum = add_pair_products(columns, col_weights, sum);
        }
        return sum;
    }

    HWY_INLINE void store(V32 sum, std::uint8_t* out) const {
        const hn::Rebind<std::uint8_t, D32> d;
        hn::StoreU(hn::DemoteTo(d, finish(sum)), d, out);
    }

    HWY_INLINE void operator()(const BlockTaps& taps, std::size_t at, std::uint8_t* out) const {
        const D32 d;
        constexpr std::size_t n = hn::MaxLanes(D32()); // samples stored at a time
        if constexpr (lanes == 1) {
            for (std::size_t i = 0; i < group; i += n) {
                const V32 a = sums(taps, at + i, 1), b = sums(taps, at + i + n / 2, 1);
                store(hn::Add(hn::ConcatEven(d, b, a), hn::ConcatOdd(d, b, a)), out + i);
            }
        } else {
            const hn::Repartition<std::uint64_t, D32> d64;
            for (std::size_t i = 0; i < group; i += n / 2) {
                const auto a = hn::BitCast(d64, sums(taps, at + i, 2));
                const auto b = hn::BitCast(d64, sums(taps, at + i + 1, 2));
                store(hn::Add(hn::BitCast(d, hn::InterleaveLower(d64, a, b)),
                              hn::BitCast(d, hn::InterleaveUpper(d64, a, b))),
                      out + i * lanes);
            }
        }
    }
};

/// Six taps of one lane: a vector holds eight taps of one or two pixels. In two steps of four taps, the second would be
/// half empty.
struct FixedSixGroup {
    static constexpr int lanes = 1;
    static constexpr std::size_t pixels = group;
    static constexpr bool uses_table = true;
    static constexpr int taps = 6;
    static constexpr std::size_t unit = 8;
    const SourceWindow<std::uint8_t>& source;
    const PhaseTable& table;
    const FinishFixed finish;

    FixedSixGroup(const SourceWindow<std::uint8_t>& window, const PhaseTable& phase_table,
                  const LaneRadiometry& radiometry)
        : source(window), table(phase_table), finish(radiometry, lanes) {}

    /// Of pixel i, and of i + 2 in a wide vector's upper half: four sums of pairs of columns each.
    HWY_INLINE V32 sums(const BlockTaps& block_taps, std::size_t i) const {
        const D8 d8;
        const D16 d16;
        const hn::Half<D8> half;
        const auto centre = hn::Set(d8, 128);
        const auto order = hn::Load(d8, unit_pairs[0]);
        const auto row_weights =
            hn::BitCast(d8, load_units<unit>(d16, table.integer.data(), block_taps.row_weights + i, 2));
        const std::uint8_t* HWY_RESTRICT samples = source.samples;
        V16 columns = hn::Zero(d16);
        for (int r = 0; r < taps; ++r, samples += source.row_stride) {
            const auto bytes = load_units<unit>(half, samples, block_taps.offset + i, 2);
            const auto centred = hn::Xor(hn::Combine(d8, bytes, bytes), centre);
            const auto words = hn::BitCast(d16, hn::TableLookupBytesOr0(centred, order));
            const auto everywhere = hn::BitCast(d8, hn::Set(d16, static_cast<std::int16_t>(0x0202 * r + 0x0100)));
            const auto weight = hn::BitCast(d16, hn::TableLookupBytes(row_weights, everywhere));
            columns = hn::Add(columns, hn::MulFixedPoint15(words, weight));
        }
        const V16 col_weights = load_units<unit>(d16, table.integer.data(), block_taps.col_weights + i, 2);
        return add_pair_products(columns, col_weights, hn::Zero(D32()));
    }

    /// Two sums each of pixels i and i + 1, and of the two after them in a wide vector's upper half.
    HWY_INLINE V32 sums_of_neighbours(const BlockTaps& block_taps, std::size_t i) const {
        const D32 d;
        const hn::Repartition<std::uint64_t, D32> d64;
        const auto a = hn::BitCast(d64, sums(block_taps, i)), b = hn::BitCast(d64, sums(block_taps, i + 1));
        return hn::Add(hn::BitCast(d, hn::InterleaveLower(d64, a, b)), hn::BitCast(d, hn::InterleaveUpper(d64, a, b)));
    }

    HWY_INLINE void operator()(const BlockTaps& block_taps, std::size_t at, std::uint8_t* out) const {
        const D32 d;
        const hn::Rebind<std::uint8_t, D32> d8;
        constexpr std::size_t n = hn::MaxLanes(D32());
        for (std::size_t i = 0; i < group; i += n) {
            const V32 a = sums_of_neighbours(block_taps, at + i), b = sums_of_neighbours(block_taps, at + i + n / 2);
            const V32 sum = hn::Add(hn::ConcatEven(d, b, a), hn::ConcatOdd(d, b, a));
            hn::StoreU(hn::DemoteTo(d8, finish(sum)), d8, out + i);
        }
    }
};

#endif
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#endif // per-target include guard
