// SPDX-License-Identifier: Apache-2.0
#include "kernels/resample.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/resample.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET == HWY_SCALAR

template <typename Sample>
void resample_target(const SourceWindow<Sample>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                     const std::int32_t* col, const std::int32_t* row, std::size_t count, Sample* out,
                     std::uint8_t* out_valid) {
    reference::resample(source, table, radiometry, col, row, count, out, out_valid);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t group = 8; ///< output pixels at a time

/// Where the taps of a group begin, and the phases' rows in the table.
struct GroupTaps {
    alignas(32) std::int32_t offset[group]; ///< of the first tap, in samples
    alignas(32) std::int32_t col_weights[group];
    alignas(32) std::int32_t row_weights[group];
};

/// Positions whose taps leave the window are moved inside, so that every load is safe. Returns a bit a pixel whose
/// taps are all there.
template <typename Sample>
HWY_INLINE unsigned locate_taps(const SourceWindow<Sample>& source, const PhaseTable& table, const std::int32_t* col,
                                const std::int32_t* row, GroupTaps& taps) {
    const hn::CappedTag<std::int32_t, group> d;
    const auto zero = hn::Zero(d);
    const auto first = hn::Set(d, table.first);
    const auto last_col = hn::Set(d, source.width - table.taps);
    const auto last_row = hn::Set(d, source.height - table.taps);
    const auto phase_mask = hn::Set(d, phases - 1);
    const auto stride = hn::Set(d, table.stride);
    const auto row_stride = hn::Set(d, static_cast<std::int32_t>(source.row_stride));
    const auto lanes = hn::Set(d, source.lanes);
    unsigned inside = 0;
    for (std::size_t i = 0; i < group; i += hn::Lanes(d)) {
        const auto x = hn::LoadU(d, col + i);
        const auto y = hn::LoadU(d, row + i);
        const auto tap_col = hn::Add(hn::ShiftRight<phase_bits>(x), first);
        const auto tap_row = hn::Add(hn::ShiftRight<phase_bits>(y), first);
        const auto safe_col = hn::Max(hn::Min(tap_col, last_col), zero);
        const auto safe_row = hn::Max(hn::Min(tap_row, last_row), zero);
        std::uint8_t bits[8] = {};
        hn::StoreMaskBits(d, hn::And(hn::Eq(safe_col, tap_col), hn::Eq(safe_row, tap_row)), bits);
        inside |= static_cast<unsigned>(bits[0]) << i;
        hn::Store(hn::Add(hn::Mul(safe_row, row_stride), hn::Mul(safe_col, lanes)), d, taps.offset + i);
        hn::Store(hn::Mul(hn::And(x, phase_mask), stride), d, taps.col_weights + i);
        hn::Store(hn::Mul(hn::And(y, phase_mask), stride), d, taps.row_weights + i);
    }
    return inside;
}

// ---- 8-bit samples, 4 lanes: 16-bit products of rows, 32-bit sums of columns

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
    bool identity;
    VF scale, offset;

    explicit FinishFixed(const LaneRadiometry& radiometry) {
        float scales[4], offsets[4];
        identity = true;
        for (int lane = 0; lane < 4; ++lane) {
            scales[lane] = radiometry.scale[lane] / 16384.0f;
            offsets[lane] = radiometry.offset[lane] + 0.0f;
            identity = identity && radiometry.scale[lane] == 1 && radiometry.offset[lane] == 0;
        }
        scale = hn::LoadDup128(DF(), scales);
        offset = hn::LoadDup128(DF(), offsets);
    }

    HWY_INLINE V32 operator()(V32 sum) const {
        const D32 d;
        const DF df;
        if (identity) return hn::ShiftRight<21>(hn::Add(sum, hn::Set(d, (128 << 21) + (1 << 20))));
        const V32 fixed = hn::Or(hn::ShiftRight<7>(hn::Add(sum, hn::Set(d, 128 << 21))), hn::Set(d, 1));
        const VF value = hn::Add(hn::Mul(hn::ConvertTo(df, fixed), scale), offset);
        const VF clamped = hn::Min(hn::Max(value, hn::Zero(df)), hn::Set(df, 255.0f));
        // Adding 2^23 rounds to nearest even and leaves the integer in the low bits.
        return hn::Sub(hn::BitCast(d, hn::Add(clamped, hn::Set(df, 8388608.0f))), hn::Set(d, 0x4B000000));
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
HWY_INLINE void resample_group(const SourceWindow<std::uint8_t>& source, const PhaseTable& table,
                               const GroupTaps& taps, const FinishFixed& finish, std::uint8_t* out) {
    const auto pixel = [&](std::size_t i) HWY_ATTR {
        return weighted_sum<fixed_taps>(source.samples + taps.offset[i], source.row_stride, table.taps,
                                        table.integer.data() + taps.col_weights[i],
                                        table.integer.data() + taps.row_weights[i]);
    };
    for (std::size_t i = 0; i < group; i += 4, out += 16) {
        V32 sums[2 * vectors];
#if HWY_MAX_BYTES >= 32
        for (std::size_t j = 0; j < 2; ++j) {
            const V32 low = pixel(i + j), high = pixel(i + j + 2);
            sums[j] = hn::Add(hn::ConcatLowerLower(D32(), high, low), hn::ConcatUpperUpper(D32(), high, low));
        }
#else
        for (std::size_t j = 0; j < 4; ++j) sums[j] = pixel(i + j);
#endif
        store_four(sums, finish, out);
    }
}

// ---- Driver

template <typename Sample>
bool taps_valid(const SourceWindow<Sample>& source, int taps, std::int64_t col, std::int64_t row) {
    const std::uint8_t* valid = source.valid + row * source.valid_stride + col;
    bool all = true;
    for (int r = 0; r < taps; ++r, valid += source.valid_stride)
        for (int k = 0; k < taps; ++k) all = all && valid[k] != 0;
    return all;
}

template <typename Sample, typename Group>
HWY_INLINE void resample_groups(const SourceWindow<Sample>& source, const PhaseTable& table,
                                const LaneRadiometry& radiometry, const std::int32_t* col, const std::int32_t* row,
                                std::size_t count, Sample* out, std::uint8_t* out_valid, const Group& compute) {
    const int lanes = source.lanes;
    for (std::size_t i = 0; i < count; i += group) {
        const std::size_t n = std::min(group, count - i);
        const unsigned wanted = (1u << n) - 1;
        std::int32_t last_col[group], last_row[group];
        const std::int32_t* cols = col + i;
        const std::int32_t* rows = row + i;
        if (n < group) {
            std::fill(last_col, last_col + group, no_position);
            std::fill(last_row, last_row + group, no_position);
            std::copy(cols, cols + n, last_col);
            std::copy(rows, rows + n, last_row);
            cols = last_col;
            rows = last_row;
        }
        GroupTaps taps;
        unsigned inside = locate_taps(source, table, cols, rows, taps);
        if (source.valid != nullptr)
            for (std::size_t k = 0; k < n; ++k)
                if ((inside >> k & 1) != 0 &&
                    !taps_valid(source, table.taps, (cols[k] >> phase_bits) + table.first,
                                (rows[k] >> phase_bits) + table.first))
                    inside &= ~(1u << k);
        Sample* const group_out = out + i * lanes;
        if (inside != 0) {
            if (n == group) {
                compute(taps, group_out);
            } else {
                Sample samples[group * 4];
                compute(taps, samples);
                std::copy(samples, samples + n * lanes, group_out);
            }
            std::fill(out_valid + i, out_valid + i + n, std::uint8_t{255});
        }
        for (unsigned outside = ~inside & wanted; outside != 0; outside &= outside - 1) {
            const std::size_t k = hwy::Num0BitsBelowLS1Bit_Nonzero32(outside);
            reference::resample(source, table, radiometry, cols + k, rows + k, 1, group_out + k * lanes,
                                out_valid + i + k);
        }
    }
}

template <int fixed_taps>
void resample_fixed(const SourceWindow<std::uint8_t>& source, const PhaseTable& table,
                    const LaneRadiometry& radiometry, const std::int32_t* col, const std::int32_t* row,
                    std::size_t count, std::uint8_t* out, std::uint8_t* out_valid) {
    const FinishFixed finish(radiometry);
    resample_groups(source, table, radiometry, col, row, count, out, out_valid,
                    [&](const GroupTaps& taps, std::uint8_t* group_out) HWY_ATTR {
                        resample_group<fixed_taps>(source, table, taps, finish, group_out);
                    });
}

template <typename Sample>
void resample_target(const SourceWindow<Sample>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                     const std::int32_t* col, const std::int32_t* row, std::size_t count, Sample* out,
                     std::uint8_t* out_valid) {
    const bool small = source.width < table.taps || source.height < table.taps;
    const bool far = source.height * source.row_stride > INT32_MAX - 64;
    const auto by = [&](auto function) {
        function(source, table, radiometry, col, row, count, out, out_valid);
    };
    if (small || far || table.taps == 1) return by(reference::resample<Sample>);
    if constexpr (std::is_same_v<Sample, std::uint8_t>) {
        if (source.lanes != 4) return by(reference::resample<Sample>);
        switch (table.taps) {
        case 2: return by(resample_fixed<2>);
        case 4: return by(resample_fixed<4>);
        case 6: return by(resample_fixed<6>);
        default: return by(resample_fixed<0>);
        }
    } else {
        by(reference::resample<Sample>);
    }
}

#endif

void resample_u8(const SourceWindow<std::uint8_t>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                 const std::int32_t* col, const std::int32_t* row, std::size_t count, std::uint8_t* out,
                 std::uint8_t* out_valid) {
    resample_target(source, table, radiometry, col, row, count, out, out_valid);
}

void resample_u16(const SourceWindow<std::uint16_t>& source, const PhaseTable& table,
                  const LaneRadiometry& radiometry, const std::int32_t* col, const std::int32_t* row,
                  std::size_t count, std::uint16_t* out, std::uint8_t* out_valid) {
    resample_target(source, table, radiometry, col, row, count, out, out_valid);
}

void resample_f32(const SourceWindow<float>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                  const std::int32_t* col, const std::int32_t* row, std::size_t count, float* out,
                  std::uint8_t* out_valid) {
    resample_target(source, table, radiometry, col, row, count, out, out_valid);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(resample_u8);
HWY_EXPORT(resample_u16);
HWY_EXPORT(resample_f32);

void resample(const SourceWindow<std::uint8_t>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, std::uint8_t* out,
              std::uint8_t* out_valid) {
    HWY_DYNAMIC_DISPATCH(resample_u8)(source, table, radiometry, col, row, count, out, out_valid);
}

void resample(const SourceWindow<std::uint16_t>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, std::uint16_t* out,
              std::uint8_t* out_valid) {
    HWY_DYNAMIC_DISPATCH(resample_u16)(source, table, radiometry, col, row, count, out, out_valid);
}

void resample(const SourceWindow<float>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, float* out,
              std::uint8_t* out_valid) {
    HWY_DYNAMIC_DISPATCH(resample_f32)(source, table, radiometry, col, row, count, out, out_valid);
}

} // namespace overflight::kernels
#endif
