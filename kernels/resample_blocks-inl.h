// SPDX-License-Identifier: Apache-2.0
// From positions to taps, a block of pixels ahead, and what to do where taps are missing.
// Compiled once a target: the guard toggles, as Highway's own headers do.
#if defined(OVERFLIGHT_KERNELS_RESAMPLE_BLOCKS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef OVERFLIGHT_KERNELS_RESAMPLE_BLOCKS_INL_H
#undef OVERFLIGHT_KERNELS_RESAMPLE_BLOCKS_INL_H
#else
#define OVERFLIGHT_KERNELS_RESAMPLE_BLOCKS_INL_H
#endif

#include "kernels/resample.h"

#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET != HWY_SCALAR
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t group = 8;  ///< output pixels computed together
constexpr std::size_t block = 64; ///< output pixels whose taps are located ahead, off the critical path

/// Where the taps of a block's pixels begin, and the phases' rows in the table; the phases themselves for the groups
/// that need no table.
struct BlockTaps {
    alignas(64) std::int32_t col[block];
    alignas(64) std::int32_t row[block];
    alignas(64) std::int32_t offset[block]; ///< of the first tap, in samples
    alignas(64) std::int32_t col_weights[block];
    alignas(64) std::int32_t row_weights[block];
};

/// Finds taps. What is the same for all pixels is kept in vectors: to fill one from an integer takes as long as several
/// steps of the arithmetic.
class TapLocator {
public:
    static constexpr std::size_t step = HWY_MAX_BYTES >= 64 ? 2 * group : group;

    template <typename Sample>
    TapLocator(const SourceWindow<Sample>& source, const PhaseTable& table, bool uses_table)
        : first_(hn::Set(D(), table.first)), last_col_(hn::Set(D(), source.width - table.taps)),
          last_row_(hn::Set(D(), source.height - table.taps)), phase_mask_(hn::Set(D(), phases - 1)),
          weight_stride_(hn::Set(D(), uses_table ? table.stride : 1)), down_(hn::Set(D(), uses_table ? table.down : 0)),
          to_nearest_(hn::Set(D(), table.taps == 1 ? phases / 2 : 0)),
          row_stride_(hn::Set(D(), static_cast<std::int32_t>(source.row_stride))), lanes_(hn::Set(D(), source.lanes)) {}

    /// `step` pixels. Positions whose taps leave the window are moved inside, so that every load is safe. inside: a bit
    /// a pixel whose taps are all there, a byte a group. only_phases: no offsets.
    template <bool only_phases>
    HWY_INLINE void locate(const std::int32_t* HWY_RESTRICT col, const std::int32_t* HWY_RESTRICT row, std::size_t at,
                           BlockTaps& taps, std::uint8_t* inside) const {
        const D d;
        const auto zero = hn::Zero(d);
        for (std::size_t i = 0; i < step; i += hn::Lanes(d)) {
            const auto x = hn::Add(hn::LoadU(d, col + i), to_nearest_);
            const auto y = hn::Add(hn::LoadU(d, row + i), to_nearest_);
            const auto tap_col = hn::Add(hn::ShiftRight<phase_bits>(x), first_);
            const auto tap_row = hn::Add(hn::ShiftRight<phase_bits>(y), first_);
            const auto safe_col = hn::Max(hn::Min(tap_col, last_col_), zero);
            const auto safe_row = hn::Max(hn::Min(tap_row, last_row_), zero);
            std::uint8_t bits[8];
            hn::StoreMaskBits(d, hn::And(hn::Eq(safe_col, tap_col), hn::Eq(safe_row, tap_row)), bits);
            if constexpr (hn::MaxLanes(D()) >= group)
                std::memcpy(inside, bits, step / group);
            else
                inside[0] = static_cast<std::uint8_t>(i == 0 ? bits[0] : inside[0] | bits[0] << i);
            hn::Store(safe_col, d, taps.col + at + i);
            hn::Store(safe_row, d, taps.row + at + i);
            if constexpr (only_phases) {
                hn::Store(hn::And(x, phase_mask_), d, taps.col_weights + at + i);
                hn::Store(hn::And(y, phase_mask_), d, taps.row_weights + at + i);
            } else {
                const auto offset = hn::Add(hn::Mul(safe_row, row_stride_), hn::Mul(safe_col, lanes_));
                hn::Store(offset, d, taps.offset + at + i);
                hn::Store(hn::Mul(hn::And(x, phase_mask_), weight_stride_), d, taps.col_weights + at + i);
                hn::Store(hn::Add(hn::Mul(hn::And(y, phase_mask_), weight_stride_), down_), d,
                          taps.row_weights + at + i);
            }
        }
    }

private:
    using D = hn::CappedTag<std::int32_t, step>;
    using V = hn::Vec<D>;
    V first_, last_col_, last_row_, phase_mask_, weight_stride_, down_, to_nearest_, row_stride_, lanes_;
};

HWY_INLINE std::uint64_t zero_bytes(std::uint64_t bytes) {
    return (bytes - 0x0101010101010101u) & ~bytes & 0x8080808080808080u;
}

struct Extent {
    int low, high;
};

/// count: a multiple of the group.
HWY_INLINE Extent extent_of(const std::int32_t* values, std::size_t count) {
    const hn::CappedTag<std::int32_t, group> d;
    auto low = hn::Load(d, values), high = low;
    for (std::size_t i = hn::Lanes(d); i < count; i += hn::Lanes(d)) {
        const auto v = hn::Load(d, values + i);
        low = hn::Min(low, v);
        high = hn::Max(high, v);
    }
    return {hn::GetLane(hn::MinOfLanes(d, low)), hn::GetLane(hn::MaxOfLanes(d, high))};
}

/// Whether all pixels around the taps of pixels whose first taps lie within these are valid; false also where that
/// takes more than `most` looks.
template <typename Sample>
HWY_INLINE bool all_valid_within(const SourceWindow<Sample>& source, int taps, Extent cols, Extent rows,
                                 std::size_t most) {
    const int width = cols.high - cols.low + taps, height = rows.high - rows.low + taps;
    const std::size_t looks = (static_cast<std::size_t>(width) / 8 + 1) * static_cast<std::size_t>(height);
    if (source.width < 8 || looks > most) return false;
    const int last = std::max(std::min(cols.low, source.width - 8), cols.low + width - 8);
    const std::uint8_t* valid = source.valid + rows.low * source.valid_stride;
    std::uint64_t zeros = 0;
    for (int r = 0; r < height; ++r, valid += source.valid_stride) {
        std::uint64_t bytes;
        for (int x = cols.low; x < last; x += 8) {
            std::memcpy(&bytes, valid + x, 8);
            zeros |= zero_bytes(bytes);
        }
        std::memcpy(&bytes, valid + last, 8);
        zeros |= zero_bytes(bytes);
    }
    return zeros == 0;
}

/// The same for `count` located pixels, where looking at all is worth it.
template <typename Sample>
HWY_INLINE bool all_valid_around(const SourceWindow<Sample>& source, int taps, const std::int32_t* col,
                                 const std::int32_t* row, std::size_t count) {
    return all_valid_within(source, taps, extent_of(col, count), extent_of(row, count), 4 * count);
}

/// Clears the bits of a group's pixels that have an invalid tap.
template <typename Sample>
HWY_INLINE std::uint8_t drop_invalid(const SourceWindow<Sample>& source, int taps, const std::int32_t* col,
                                     const std::int32_t* row, std::uint8_t inside) {
    if (inside == 0 || all_valid_around(source, taps, col, row, group)) return inside;
    for (std::size_t i = 0; i < group; ++i) {
        const std::uint8_t* valid = source.valid + row[i] * source.valid_stride + col[i];
        bool all = true;
        for (int r = 0; r < taps; ++r, valid += source.valid_stride)
            for (int k = 0; k < taps; ++k) all = all && valid[k] != 0;
        if (!all) inside &= static_cast<std::uint8_t>(~(1u << i));
    }
    return inside;
}

template <typename Sample, typename Group>
void resample_blocks(const SourceWindow<Sample>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                     const std::int32_t* col, const std::int32_t* row, std::size_t count, Sample* out,
                     std::uint8_t* out_valid, const Group& compute) {
    constexpr int lanes = Group::lanes;
    static constexpr std::size_t together = Group::pixels; // not on the stack, where std::min() would look it up
    static_assert(together == group || together == TapLocator::step);
    BlockTaps taps;
    const TapLocator locator(source, table, Group::uses_table);
    constexpr std::size_t step = TapLocator::step;
    std::int32_t last_col[step], last_row[step];
    for (std::size_t begin = 0; begin < count; begin += block) {
        const std::size_t n = std::min(block, count - begin);
        std::uint8_t inside[block / group];
        for (std::size_t at = 0; at < n; at += step) {
            const std::int32_t* cols = col + begin + at;
            const std::int32_t* rows = row + begin + at;
            if (n - at < step) {
                std::fill(std::copy(cols, cols + (n - at), last_col), last_col + step, col[count - 1]);
                std::fill(std::copy(rows, rows + (n - at), last_row), last_row + step, row[count - 1]);
                cols = last_col;
                rows = last_row;
            }
            locator.template locate<(together > group)>(cols, rows, at, taps, inside + at / group);
        }
        const std::size_t located = (n + group - 1) / group * group;
        if (source.valid != nullptr && !all_valid_around(source, table.taps, taps.col, taps.row, located))
            for (std::size_t at = 0; at < n; at += group)
                inside[at / group] = drop_invalid(source, table.taps, taps.col + at, taps.row + at, inside[at / group]);
        for (std::size_t at = 0; at < n; at += together) {
            unsigned bits = inside[at / group];
            if constexpr (together > group) bits |= static_cast<unsigned>(inside[at / group + 1]) << group;
            const std::size_t pixels = std::min(together, n - at);
            const std::size_t i = begin + at;
            if (bits != 0 && pixels == together) {
                compute(taps, at, out + i * lanes);
                std::memset(out_valid + i, 255, together);
            } else if (bits != 0) {
                Sample samples[together * lanes];
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

#endif
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#endif // per-target include guard
