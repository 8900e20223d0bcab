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
                                int weight_stride, std::size_t at, BlockTaps& taps) {
    const hn::CappedTag<std::int32_t, group> d;
    const auto zero = hn::Zero(d);
    const auto first = hn::Set(d, table.first);
    const auto last_col = hn::Set(d, source.width - table.taps);
    const auto last_row = hn::Set(d, source.height - table.taps);
    const auto phase_mask = hn::Set(d, phases - 1);
    const auto stride = hn::Set(d, weight_stride);
    const auto to_nearest = hn::Set(d, table.taps == 1 ? phases / 2 : 0);
    const auto row_stride = hn::Set(d, static_cast<std::int32_t>(source.row_stride));
    const auto lanes = hn::Set(d, source.lanes);
    unsigned inside = 0;
    for (std::size_t i = 0; i < group; i += hn::Lanes(d)) {
        const auto x = hn::Add(hn::LoadU(d, col + i), to_nearest);
        const auto y = hn::Add(hn::LoadU(d, row + i), to_nearest);
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
            bits = locate_taps(source, table, cols, rows, Group::uses_table ? table.stride : 1, at, taps);
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

#endif
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#endif // per-target include guard
