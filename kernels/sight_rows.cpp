// SPDX-License-Identifier: Apache-2.0
#include "kernels/sight_rows.h"

#include <array>
#include <cmath>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/sight_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef OVERFLIGHT_SIGHT_ROWS_ONCE
#define OVERFLIGHT_SIGHT_ROWS_ONCE
namespace overflight::kernels {
namespace {
constexpr float half_row = 0.5F, least_step = 1.0F;
} // namespace
} // namespace overflight::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET == HWY_SCALAR

using reference::cells_above;
using reference::displace_cells;
using reference::follow_tracks;
using reference::mark_steps;
using reference::turn_cells;

#else

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using DI = hn::RebindToSigned<D>;
using DB = hn::Rebind<std::uint8_t, D>;

void displace_cells(const float* heights, std::size_t count, float plane, const SightDisplacement& by, float row,
                    float* lies) {
    const D d;
    const std::size_t lanes = hn::Lanes(d);
    const auto a = hn::Set(d, by.a), da = hn::Set(d, by.da), b = hn::Set(d, by.b), db = hn::Set(d, by.db);
    const auto level = hn::Set(d, plane), first = hn::Set(d, row), on = hn::Set(d, static_cast<float>(lanes));
    auto at = hn::Iota(d, 0.0F);
    const auto lie = [&](auto height) {
        const auto rise = hn::Sub(height, level);
        const auto linear = hn::Add(a, hn::Mul(at, da)), square = hn::Add(b, hn::Mul(at, db));
        return hn::Add(hn::Mul(hn::Add(linear, hn::Mul(square, rise)), rise), first);
    };
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes, at = hn::Add(at, on))
        hn::StoreU(lie(hn::LoadU(d, heights + i)), d, lies + i);
    for (; i < count; ++i) {
        const float rise = heights[i] - plane, x = static_cast<float>(i);
        lies[i] = ((by.a + x * by.da) + (by.b + x * by.db) * rise) * rise + row;
    }
}

void mark_steps(const float* lies, const float* before, float apart, std::size_t count, std::uint8_t mark,
                std::uint8_t* marks) {
    const D d;
    const DI di;
    const std::size_t lanes = hn::Lanes(d);
    const auto expected = hn::Set(d, apart), most = hn::Set(d, least_step);
    const auto set = hn::Set(di, mark);
    if (count == 0) return;
    marks[0] = 0;
    std::size_t i = 1;
    for (; i + lanes <= count; i += lanes) {
        const auto here = hn::LoadU(d, lies + i);
        const auto aside = hn::Gt(hn::Abs(hn::Sub(here, hn::LoadU(d, lies + i - 1))), most),
                   back = hn::Gt(hn::Abs(hn::Sub(hn::Sub(here, hn::LoadU(d, before + i)), expected)), most);
        const auto step = hn::RebindMask(di, hn::Or(aside, back));
        hn::StoreU(hn::DemoteTo(DB(), hn::IfThenElseZero(step, set)), DB(), marks + i);
    }
    // the last cell of those that are done begins what is left
    if (i < count) {
        const std::uint8_t kept = marks[i - 1];
        reference::mark_steps(lies + i - 1, before + i - 1, apart, count - i + 1, mark, marks + i - 1);
        marks[i - 1] = kept;
    }
}

#if HWY_TARGET == HWY_AVX2
/// For each choice of eight lanes, those chosen, side by side.
constexpr auto chosen_lanes = [] {
    std::array<std::array<std::uint8_t, 8>, 256> lanes{};
    for (std::size_t choice = 0; choice < lanes.size(); ++choice)
        for (std::uint8_t lane = 0, count = 0; lane < 8; ++lane)
            if ((choice >> lane & 1) != 0) lanes[choice][count++] = lane;
    return lanes;
}();
#endif

/// Sets in `hidden`, by column, what `how` says of tracks whose columns begin at its first; the last of a column's
/// tracks has the say. Compresses by a table of its own, or by hand, where there is no instruction for it: Highway's
/// tables, not being static, are copied to the stack at every call by GCC 12.
template <typename V, typename VU, typename M>
void store_last(V how, VU index, M last, std::uint8_t* hidden) {
    const DI di;
#if HWY_TARGET <= HWY_AVX3
    static_cast<void>(index);
    hn::StoreU(hn::DemoteTo(DB(), hn::Compress(how, hn::RebindMask(di, last))), DB(), hidden);
#elif HWY_TARGET == HWY_AVX2
    static_cast<void>(index);
    std::uint8_t choice[8]; // so many bytes may be written
    hn::StoreMaskBits(di, hn::RebindMask(di, last), choice);
    const auto lanes = hn::PromoteTo(di, hn::LoadU(DB(), chosen_lanes[choice[0]].data()));
    hn::StoreU(hn::DemoteTo(DB(), hn::TableLookupLanes(how, hn::IndicesFromVec(di, lanes))), DB(), hidden);
#else
    static_cast<void>(last);
    const hn::RebindToUnsigned<DI> du;
    HWY_ALIGN std::int32_t values[hn::MaxLanes(di)];
    HWY_ALIGN std::uint32_t columns[hn::MaxLanes(du)];
    hn::Store(how, di, values);
    hn::Store(index, du, columns);
    for (std::size_t k = 0; k < hn::Lanes(di); ++k) hidden[columns[k]] = static_cast<std::uint8_t>(values[k]);
#endif
}

/// Tracks a column apart or less: those of a vector run through as many columns side by side, or fewer.
template <bool marks>
void follow(const float* lies, const SightTracks& tracks, float* furthest, float* bias, std::uint8_t* hidden) {
    const D d;
    const DI di;
    const hn::RebindToUnsigned<DI> du;
    const hn::Repartition<std::uint64_t, D> d64;
    const std::size_t lanes = hn::Lanes(d);
    const auto half = hn::Set(d, half_row);
    const auto step = static_cast<std::uint64_t>(tracks.step), all_steps = step * lanes;
    const auto one_on = hn::Set(d64, step);
    HWY_ALIGN std::uint64_t on[hn::MaxLanes(du)];
    for (std::size_t k = 0; k < lanes; ++k) on[k] = k * step;
    const auto low_on = hn::Load(d64, on), high_on = hn::Load(d64, on + lanes / 2);
    const auto columns = [&](auto a, auto b) { return hn::ConcatOdd(du, hn::BitCast(du, b), hn::BitCast(du, a)); };
    auto place = static_cast<std::uint64_t>(tracks.first);
    std::size_t k = 0;
    for (; k + lanes < tracks.count; k += lanes, place += all_steps) { // one at least is left, to end the last column's
        const std::size_t first = place / SightTracks::one, next = (place + all_steps) / SightTracks::one;
        const auto far = hn::LoadU(d, furthest + k);
        const auto along = [&](auto at, const auto& store) {
            const auto behind = hn::Lt(at, hn::Add(far, hn::LoadU(d, bias + k)));
            hn::StoreU(hn::IfThenElseZero(behind, half), d, bias + k);
            hn::StoreU(hn::IfThenElse(hn::Gt(at, far), at, far), d, furthest + k);
            if constexpr (marks) {
                const auto nearly = hn::IfThenElseZero(hn::RebindMask(di, hn::Lt(at, hn::Add(far, half))),
                                                       hn::Set(di, sight_nearly_hidden));
                store(hn::IfThenElse(hn::RebindMask(di, behind), hn::Set(di, sight_hidden), nearly));
            }
        };
        if (next - first == lanes) { // a column a track
            along(hn::LoadU(d, lies + first),
                  [&](auto how) { hn::StoreU(hn::DemoteTo(DB(), how), DB(), hidden + first); });
            continue;
        }
        const auto begin = hn::Set(d64, place);
        const auto low = hn::Add(begin, low_on), high = hn::Add(begin, high_on);
        const auto col = columns(low, high);
        const auto index = hn::Sub(col, hn::Set(du, static_cast<std::uint32_t>(first)));
        const auto at = hn::TableLookupLanes(hn::LoadU(d, lies + first), hn::IndicesFromVec(d, hn::BitCast(di, index)));
        along(at, [&](auto how) {
            const auto last = hn::Ne(col, columns(hn::Add(low, one_on), hn::Add(high, one_on)));
            store_last(how, index, last, hidden + first);
        });
    }
    SightTracks left = tracks;
    left.first += static_cast<std::int64_t>(k) * tracks.step;
    left.count -= k;
    reference::follow_tracks(lies, left, furthest + k, bias + k, hidden);
}

void follow_tracks(const float* lies, const SightTracks& tracks, float* furthest, float* bias, std::uint8_t* hidden) {
    if (hidden != nullptr)
        follow<true>(lies, tracks, furthest, bias, hidden);
    else
        follow<false>(lies, tracks, furthest, bias, hidden);
}

/// Four of a row at once, and the fifth.
std::uint32_t cells_above(const float* first, std::ptrdiff_t stride, float level) {
    static_assert(wall_square_side == 5);
    const hn::FixedTag<float, 4> d;
    const auto floor = hn::Set(d, level);
    std::uint32_t above = 0;
    for (int row = wall_square_side - 1; row >= 0; --row) {
        const float* cells = first + row * stride;
        std::uint8_t four[8]; // so many bytes may be written
        hn::StoreMaskBits(d, hn::Gt(hn::LoadU(d, cells), floor), four);
        above = above << wall_square_side | four[0] | (cells[4] > level ? 16U : 0U);
    }
    return above;
}

/// Four by four at a time.
void turn_cells(const float* from, std::ptrdiff_t from_stride, std::size_t rows, std::size_t cols, float* to,
                std::ptrdiff_t to_stride) {
    constexpr std::size_t side = 4;
    const hn::FixedTag<float, side> d;
    const hn::FixedTag<double, side / 2> dd;
    const std::size_t whole_cols = cols / side * side, whole_rows = rows / side * side;
    for (std::size_t row = 0; row < whole_rows; row += side) {
        const float* a = from + static_cast<std::ptrdiff_t>(row) * from_stride;
        for (std::size_t col = 0; col < whole_cols; col += side) {
            const auto r0 = hn::LoadU(d, a + col), r1 = hn::LoadU(d, a + from_stride + col),
                       r2 = hn::LoadU(d, a + 2 * from_stride + col), r3 = hn::LoadU(d, a + 3 * from_stride + col);
            const auto upper01 = hn::BitCast(dd, hn::InterleaveLower(d, r0, r1)),
                       lower01 = hn::BitCast(dd, hn::InterleaveUpper(d, r0, r1)),
                       upper23 = hn::BitCast(dd, hn::InterleaveLower(d, r2, r3)),
                       lower23 = hn::BitCast(dd, hn::InterleaveUpper(d, r2, r3));
            float* t = to + static_cast<std::ptrdiff_t>(col) * to_stride + row;
            hn::StoreU(hn::BitCast(d, hn::InterleaveLower(dd, upper01, upper23)), d, t);
            hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(dd, upper01, upper23)), d, t + to_stride);
            hn::StoreU(hn::BitCast(d, hn::InterleaveLower(dd, lower01, lower23)), d, t + 2 * to_stride);
            hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(dd, lower01, lower23)), d, t + 3 * to_stride);
        }
    }
    reference::turn_cells(from + whole_cols, from_stride, whole_rows, cols - whole_cols,
                          to + static_cast<std::ptrdiff_t>(whole_cols) * to_stride, to_stride);
    reference::turn_cells(from + static_cast<std::ptrdiff_t>(whole_rows) * from_stride, from_stride, rows - whole_rows,
                          cols, to + whole_rows, to_stride);
}

#endif
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {
namespace {
HWY_EXPORT(cells_above);
HWY_EXPORT(displace_cells);
HWY_EXPORT(mark_steps);
HWY_EXPORT(follow_tracks);
HWY_EXPORT(turn_cells);
} // namespace

void displace_cells(const float* heights, std::size_t count, float plane, const SightDisplacement& by, float row,
                    float* lies) {
    HWY_DYNAMIC_DISPATCH(displace_cells)(heights, count, plane, by, row, lies);
}

void mark_steps(const float* lies, const float* before, float apart, std::size_t count, std::uint8_t mark,
                std::uint8_t* marks) {
    HWY_DYNAMIC_DISPATCH(mark_steps)(lies, before, apart, count, mark, marks);
}

void follow_tracks(const float* lies, const SightTracks& tracks, float* furthest, float* bias, std::uint8_t* hidden) {
    HWY_DYNAMIC_DISPATCH(follow_tracks)(lies, tracks, furthest, bias, hidden);
}

std::uint32_t cells_above(const float* first, std::ptrdiff_t stride, float level) {
    return HWY_DYNAMIC_DISPATCH(cells_above)(first, stride, level);
}

void turn_cells(const float* from, std::ptrdiff_t from_stride, std::size_t rows, std::size_t cols, float* to,
                std::ptrdiff_t to_stride) {
    HWY_DYNAMIC_DISPATCH(turn_cells)(from, from_stride, rows, cols, to, to_stride);
}

void reference::displace_cells(const float* heights, std::size_t count, float plane, const SightDisplacement& by,
                               float row, float* lies) {
    for (std::size_t i = 0; i < count; ++i) {
        const float rise = heights[i] - plane, at = static_cast<float>(i);
        lies[i] = ((by.a + at * by.da) + (by.b + at * by.db) * rise) * rise + row;
    }
}

void reference::mark_steps(const float* lies, const float* before, float apart, std::size_t count, std::uint8_t mark,
                           std::uint8_t* marks) {
    for (std::size_t i = 0; i < count; ++i) {
        const bool step = i > 0 && (std::abs(lies[i] - lies[i - 1]) > least_step ||
                                    std::abs(lies[i] - before[i] - apart) > least_step);
        marks[i] = step ? mark : std::uint8_t{0};
    }
}

void reference::follow_tracks(const float* lies, const SightTracks& tracks, float* furthest, float* bias,
                              std::uint8_t* hidden) {
    std::int64_t place = tracks.first;
    for (std::size_t k = 0; k < tracks.count; ++k, place += tracks.step) {
        const std::int64_t col = place / SightTracks::one;
        const float at = lies[col];
        const bool behind = at < furthest[k] + bias[k];
        if (hidden != nullptr)
            hidden[col] = behind ? sight_hidden : at < furthest[k] + half_row ? sight_nearly_hidden : std::uint8_t{0};
        bias[k] = behind ? half_row : 0.0F;
        furthest[k] = at > furthest[k] ? at : furthest[k];
    }
}

std::uint32_t reference::cells_above(const float* first, std::ptrdiff_t stride, float level) {
    std::uint32_t above = 0;
    for (int row = 0; row < wall_square_side; ++row)
        for (int col = 0; col < wall_square_side; ++col)
            if (first[row * stride + col] > level) above |= 1U << (row * wall_square_side + col);
    return above;
}

void reference::turn_cells(const float* from, std::ptrdiff_t from_stride, std::size_t rows, std::size_t cols, float* to,
                           std::ptrdiff_t to_stride) {
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t col = 0; col < cols; ++col)
            to[static_cast<std::ptrdiff_t>(col) * to_stride + static_cast<std::ptrdiff_t>(row)] =
                from[static_cast<std::ptrdiff_t>(row) * from_stride + static_cast<std::ptrdiff_t>(col)];
}

} // namespace overflight::kernels
#endif
