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

constexpr std::size_t group = 8;  ///< output pixels computed together
constexpr std::size_t block = 64; ///< output pixels whose taps are located ahead, off the critical path

/// Where the taps of a block's pixels begin, and the phases' rows in the table.
struct BlockTaps {
    alignas(32) std::int32_t col[block];
    alignas(32) std::int32_t row[block];
    alignas(32) std::int32_t offset[block]; ///< of the first tap, in samples
    alignas(32) std::int32_t col_weights[block];
    alignas(32) std::int32_t row_weights[block];
};

/// One group. Positions whose taps leave the window are moved inside, so that every load is safe. Returns a bit a pixel
/// whose taps are all there.
template <typename Sample>
HWY_INLINE unsigned locate_taps(const SourceWindow<Sample>& source, const PhaseTable& table,
                                const std::int32_t* HWY_RESTRICT col, const std::int32_t* HWY_RESTRICT row,
                                std::size_t at, BlockTaps& taps) {
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
        std::uint8_t bits[8];
        hn::StoreMaskBits(d, hn::And(hn::Eq(safe_col, tap_col), hn::Eq(safe_row, tap_row)), bits);
        inside |= static_cast<unsigned>(bits[0]) << i;
        hn::Store(safe_col, d, taps.col + at + i);
        hn::Store(safe_row, d, taps.row + at + i);
        hn::Store(hn::Add(hn::Mul(safe_row, row_stride), hn::Mul(safe_col, lanes)), d, taps.offset + at + i);
        hn::Store(hn::Mul(hn::And(x, phase_mask), stride), d, taps.col_weights + at + i);
        hn::Store(hn::Mul(hn::And(y, phase_mask), stride), d, taps.row_weights + at + i);
    }
    return inside;
}

HWY_INLINE bool any_zero_byte(std::uint64_t bytes) {
    return ((bytes - 0x0101010101010101u) & ~bytes & 0x8080808080808080u) != 0;
}

/// Whether `width` x `height` pixels are all valid; false also where they are more than 16 wide. The window is at
/// least 8 wide.
template <typename Sample>
HWY_INLINE bool box_valid(const SourceWindow<Sample>& source, int col, int row, int width, int height) {
    if (width > 16) return false;
    const int left = std::min(col, source.width - 8);
    const int right = std::max(left, col + width - 8);
    const std::uint8_t* valid = source.valid + row * source.valid_stride;
    bool zero = false;
    for (int r = 0; r < height; ++r, valid += source.valid_stride) {
        std::uint64_t bytes[2];
        std::memcpy(&bytes[0], valid + left, 8);
        std::memcpy(&bytes[1], valid + right, 8);
        zero = zero || any_zero_byte(bytes[0]) || any_zero_byte(bytes[1]);
    }
    return !zero;
}

/// Clears the bits of a group's pixels that have an invalid tap. The common case, no invalid pixel anywhere near, is
/// seen in one look.
template <typename Sample>
HWY_INLINE unsigned drop_invalid(const SourceWindow<Sample>& source, int taps, const std::int32_t* col,
                                 const std::int32_t* row, unsigned inside) {
    if (source.width >= 8) {
        const auto [left, right] = std::minmax_element(col, col + group);
        const auto [top, bottom] = std::minmax_element(row, row + group);
        if (box_valid(source, *left, *top, *right - *left + taps, *bottom - *top + taps)) return inside;
    }
    for (std::size_t i = 0; i < group; ++i) {
        const std::uint8_t* valid = source.valid + row[i] * source.valid_stride + col[i];
        bool all = true;
        for (int r = 0; r < taps; ++r, valid += source.valid_stride)
            for (int k = 0; k < taps; ++k) all = all && valid[k] != 0;
        if (!all) inside &= ~(1u << i);
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
struct FixedGroup {
    static constexpr int lanes = 4;
    const SourceWindow<std::uint8_t>& source;
    const PhaseTable& table;
    const FinishFixed finish;

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

// ---- 16-bit and float samples: float

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

/// Where fewer than four taps are left, what lies beyond may be NaN and must not count, whatever its weight.
template <typename Sample, class D>
HWY_INLINE hn::Vec<D> first_lanes(D d, hn::Vec<D> v, std::size_t count) {
    if constexpr (std::is_same_v<Sample, float>) return hn::IfThenElseZero(hn::FirstN(d, count), v);
    return v;
}

template <typename Sample, int fixed_taps, int fixed_lanes>
struct RealGroup {
    static constexpr int lanes = fixed_lanes;
    const SourceWindow<Sample>& source;
    const PhaseTable& table;
    VF scale, offset;

    RealGroup(const SourceWindow<Sample>& window, const PhaseTable& phase_table, const LaneRadiometry& radiometry)
        : source(window), table(phase_table) {
        float scales[4], offsets[4];
        for (int i = 0; i < 4; ++i) {
            scales[i] = radiometry.scale[i % lanes];
            offsets[i] = radiometry.offset[i % lanes] + 0.0f;
        }
        scale = hn::LoadDup128(DF(), scales);
        offset = hn::LoadDup128(DF(), offsets);
    }

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

    HWY_INLINE void store(VF value, Sample* out) const {
        store_real(DF(), hn::Add(hn::Mul(value, scale), offset), out);
    }

    /// Sums of taps 0 and 2 in the lower 64 bits of each 128, of 1 and 3 in the upper; adds them for two pixels.
    HWY_INLINE VF add_pairs(VF a, VF b) const {
        const hn::Repartition<double, DF> d64;
        const auto a64 = hn::BitCast(d64, a), b64 = hn::BitCast(d64, b);
        return hn::Add(hn::BitCast(DF(), hn::InterleaveLower(d64, a64, b64)),
                       hn::BitCast(DF(), hn::InterleaveUpper(d64, a64, b64)));
    }

    HWY_INLINE void operator()(const BlockTaps& taps, std::size_t at, Sample* out) const {
        const DF df;
        if constexpr (lanes == 4) {
#if HWY_MAX_BYTES >= 32
            for (std::size_t i = at; i < at + group; i += 2, out += 8) {
                V a[2], b[2];
                sums(taps, i, a);
                sums(taps, i + 1, b);
                const VF sum_a = hn::Add(a[0], a[1]), sum_b = hn::Add(b[0], b[1]);
                store(hn::Add(hn::ConcatLowerLower(df, sum_b, sum_a), hn::ConcatUpperUpper(df, sum_b, sum_a)), out);
            }
#else
            for (std::size_t i = at; i < at + group; ++i, out += 4) {
                V a[4];
                sums(taps, i, a);
                store(hn::Add(hn::Add(a[0], a[2]), hn::Add(a[1], a[3])), out);
            }
#endif
        } else if constexpr (lanes == 2) {
#if HWY_MAX_BYTES >= 32
            for (std::size_t i = at; i < at + group; i += 4, out += 8) {
                V p[4];
                for (std::size_t j = 0; j < 4; ++j) sums(taps, i + j, p + j);
                const VF a = hn::Add(hn::ConcatLowerLower(df, p[2], p[0]), hn::ConcatUpperUpper(df, p[2], p[0]));
                const VF b = hn::Add(hn::ConcatLowerLower(df, p[3], p[1]), hn::ConcatUpperUpper(df, p[3], p[1]));
                store(add_pairs(a, b), out);
            }
#else
            for (std::size_t i = at; i < at + group; i += 2, out += 4) {
                V a[2], b[2];
                sums(taps, i, a);
                sums(taps, i + 1, b);
                store(add_pairs(hn::Add(a[0], a[1]), hn::Add(b[0], b[1])), out);
            }
#endif
        } else {
            V p[group];
            for (std::size_t j = 0; j < group; ++j) sums(taps, at + j, p + j);
#if HWY_MAX_BYTES >= 32
            const auto both = [&](std::size_t j) HWY_ATTR { return hn::Combine(df, p[j + 2], p[j]); };
            const VF a = add_halves(both(0), both(1)), b = add_halves(both(4), both(5));
            store(hn::Add(hn::ConcatEven(df, b, a), hn::ConcatOdd(df, b, a)), out);
#else
            for (std::size_t j = 0; j < group; j += 4) {
                const VF a = add_halves(p[j], p[j + 1]), b = add_halves(p[j + 2], p[j + 3]);
                store(hn::Add(hn::ConcatEven(df, b, a), hn::ConcatOdd(df, b, a)), out + j);
            }
#endif
        }
    }

    /// Of four taps in each 128 bits: 0 + 2 and 1 + 3 of a pixel, then of the other.
    HWY_INLINE VF add_halves(VF a, VF b) const {
        return add_pairs(a, b);
    }
};

// ---- Driver

template <typename Sample, typename Group>
void resample_blocks(const SourceWindow<Sample>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                     const std::int32_t* col, const std::int32_t* row, std::size_t count, Sample* out,
                     std::uint8_t* out_valid, const Group& compute) {
    constexpr int lanes = Group::lanes;
    BlockTaps taps;
    std::int32_t last_col[group], last_row[group];
    for (std::size_t begin = 0; begin < count; begin += block) {
        const std::size_t n = std::min(block, count - begin);
        unsigned inside[block / group];
        for (std::size_t at = 0; at < n; at += group) {
            const std::int32_t* cols = col + begin + at;
            const std::int32_t* rows = row + begin + at;
            if (n - at < group) {
                std::fill(last_col, last_col + group, no_position);
                std::fill(last_row, last_row + group, no_position);
                std::copy(cols, cols + (n - at), last_col);
                std::copy(rows, rows + (n - at), last_row);
                cols = last_col;
                rows = last_row;
            }
            unsigned& bits = inside[at / group];
            bits = locate_taps(source, table, cols, rows, at, taps);
            if (source.valid != nullptr && bits != 0)
                bits = drop_invalid(source, table.taps, taps.col + at, taps.row + at, bits);
        }
        for (std::size_t at = 0; at < n; at += group) {
            const unsigned bits = inside[at / group];
            const std::size_t pixels = std::min(group, n - at);
            const std::size_t i = begin + at;
            if (bits != 0 && pixels == group) {
                compute(taps, at, out + i * lanes);
                std::memset(out_valid + i, 255, group);
            } else if (bits != 0) {
                Sample samples[group * lanes];
                compute(taps, at, samples);
                std::copy(samples, samples + pixels * lanes, out + i * lanes);
                std::fill(out_valid + i, out_valid + i + pixels, std::uint8_t{255});
            }
            for (unsigned rest = ~bits & ((1u << pixels) - 1); rest != 0; rest &= rest - 1) {
                const std::size_t k = i + hwy::Num0BitsBelowLS1Bit_Nonzero32(rest);
                reference::resample(source, table, radiometry, col + k, row + k, 1, out + k * lanes, out_valid + k);
            }
        }
    }
}

template <typename Sample>
void resample_target(const SourceWindow<Sample>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                     const std::int32_t* col, const std::int32_t* row, std::size_t count, Sample* out,
                     std::uint8_t* out_valid) {
    const bool small = source.width < table.taps || source.height < table.taps;
    const bool far = source.height * source.row_stride > INT32_MAX - 64;
    constexpr bool fixed = std::is_same_v<Sample, std::uint8_t>;
    if (small || far || table.taps == 1 || (fixed && source.lanes != 4)) {
        reference::resample(source, table, radiometry, col, row, count, out, out_valid);
        return;
    }
    const auto by = [&](const auto& compute) HWY_ATTR {
        resample_blocks(source, table, radiometry, col, row, count, out, out_valid, compute);
    };
    if constexpr (fixed) {
        const FinishFixed finish(radiometry);
        switch (table.taps) {
        case 2:
            return by(FixedGroup<2>{source, table, finish});
        case 4:
            return by(FixedGroup<4>{source, table, finish});
        case 6:
            return by(FixedGroup<6>{source, table, finish});
        default:
            return by(FixedGroup<0>{source, table, finish});
        }
    } else {
        const auto with_lanes = [&](auto lanes) HWY_ATTR {
            switch (table.taps) {
            case 2:
                return by(RealGroup<Sample, 2, lanes()>(source, table, radiometry));
            case 4:
                return by(RealGroup<Sample, 4, lanes()>(source, table, radiometry));
            case 6:
                return by(RealGroup<Sample, 6, lanes()>(source, table, radiometry));
            default:
                return by(RealGroup<Sample, 0, lanes()>(source, table, radiometry));
            }
        };
        switch (source.lanes) {
        case 1:
            return with_lanes(std::integral_constant<int, 1>());
        case 2:
            return with_lanes(std::integral_constant<int, 2>());
        default:
            return with_lanes(std::integral_constant<int, 4>());
        }
    }
}

#endif

void resample_u8(const SourceWindow<std::uint8_t>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                 const std::int32_t* col, const std::int32_t* row, std::size_t count, std::uint8_t* out,
                 std::uint8_t* out_valid) {
    resample_target(source, table, radiometry, col, row, count, out, out_valid);
}

void resample_u16(const SourceWindow<std::uint16_t>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                  const std::int32_t* col, const std::int32_t* row, std::size_t count, std::uint16_t* out,
                  std::uint8_t* out_valid) {
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
