// SPDX-License-Identifier: Apache-2.0
#include "kernels/heights.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/heights.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET == HWY_SCALAR

void heights_along(const TerrainWindow& terrain, float col, float row, float col_step, float row_step,
                   std::size_t count, float* heights) {
    reference::sample_heights(terrain, col, row, col_step, row_step, count, heights);
}

#else

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<float, 8>;
using V = hn::Vec<D>;
using DI = hn::RebindToSigned<D>;
constexpr std::size_t lanes = hn::MaxLanes(D());

/// Two neighbouring posts a position: 64-bit loads, for gathers are slow on some CPUs.
template <class DN>
HWY_INLINE hn::Vec<DN> load_pairs(DN d, const float* posts, const std::int32_t* offsets) {
    if constexpr (hn::MaxLanes(DN()) == 2) {
        return hn::LoadU(d, posts + *offsets);
    } else {
        const hn::Half<DN> half;
        return hn::Combine(d, load_pairs(half, posts, offsets + hn::MaxLanes(half) / 2),
                           load_pairs(half, posts, offsets));
    }
}

HWY_INLINE V between(V a, V b, V t) {
    return hn::Add(a, hn::Mul(hn::Sub(b, a), t));
}

HWY_INLINE V blend_pairs(const float* posts, const std::int32_t* offsets, V t) {
    const D d;
    const V low = load_pairs(d, posts, offsets), high = load_pairs(d, posts, offsets + lanes / 2);
    return between(hn::ConcatEven(d, high, low), hn::ConcatOdd(d, high, low), t);
}

/// The same where all positions' posts lie within as many from `first` as there are lanes: a load for all of them, and
/// one for their neighbours.
HWY_INLINE V blend_near(const float* first, hn::Vec<DI> from_first, V t) {
    const D d;
    const auto which = hn::IndicesFromVec(d, from_first);
    return between(hn::TableLookupLanes(hn::LoadU(d, first), which),
                   hn::TableLookupLanes(hn::LoadU(d, first + 1), which), t);
}

/// Of positions that lie in the window.
HWY_INLINE V heights_within(const TerrainWindow& terrain, V col, V row) {
    const D d;
    const DI di;
    const hn::RebindToUnsigned<DI> du;
    const auto left = hn::Min(hn::ConvertTo(di, col), hn::Set(di, terrain.width - 2));
    const auto top = hn::Min(hn::ConvertTo(di, row), hn::Set(di, terrain.height - 2));
    const auto stride = hn::Set(di, static_cast<std::int32_t>(terrain.row_stride));
    const auto offset = hn::Add(hn::Mul(top, stride), left);
    alignas(32) std::int32_t offsets[lanes];
    hn::Store(offset, di, offsets);
    const V t_col = hn::Sub(col, hn::ConvertTo(d, left));
    const V t_row = hn::Sub(row, hn::ConvertTo(d, top));
    const auto from_first = hn::Sub(offset, hn::Set(di, offsets[0]));
    const bool near = hn::AllTrue(du, hn::Lt(hn::BitCast(du, from_first), hn::Set(du, std::uint32_t{lanes})));
    const float* upper = terrain.posts;
    const float* lower = upper + terrain.row_stride;
    const std::ptrdiff_t end = (terrain.height - 1) * terrain.row_stride + terrain.width;
    if (near && offsets[0] + terrain.row_stride + static_cast<std::ptrdiff_t>(lanes) < end)
        return between(blend_near(upper + offsets[0], from_first, t_col),
                       blend_near(lower + offsets[0], from_first, t_col), t_row);
    return between(blend_pairs(upper, offsets, t_col), blend_pairs(lower, offsets, t_col), t_row);
}

HWY_INLINE V heights_at(const TerrainWindow& terrain, V col, V row) {
    const D d;
    const V zero = hn::Zero(d);
    const V last_col = hn::Set(d, static_cast<float>(terrain.width - 1));
    const V last_row = hn::Set(d, static_cast<float>(terrain.height - 1));
    const auto inside =
        hn::And(hn::And(hn::Ge(col, zero), hn::Le(col, last_col)), hn::And(hn::Ge(row, zero), hn::Le(row, last_row)));
    const V height = heights_within(terrain, hn::IfThenElseZero(inside, col), hn::IfThenElseZero(inside, row));
    return hn::IfThenElse(inside, height, hn::Set(d, std::numeric_limits<float>::quiet_NaN()));
}

void heights_along(const TerrainWindow& terrain, float col, float row, float col_step, float row_step,
                   std::size_t count, float* heights) {
    if (terrain.width < 2 || terrain.height < 2) {
        std::fill(heights, heights + count, std::numeric_limits<float>::quiet_NaN());
        return;
    }
    const D d;
    const V col_start = hn::Set(d, col), row_start = hn::Set(d, row);
    const V col_change = hn::Set(d, col_step), row_change = hn::Set(d, row_step);
    V index = hn::Iota(d, 0.0f);
    const V on = hn::Set(d, static_cast<float>(lanes));
    const auto cols = [&] { return hn::Add(col_start, hn::Mul(index, col_change)); };
    const auto rows = [&] { return hn::Add(row_start, hn::Mul(index, row_change)); };

    std::size_t i = 0;
    const auto within = [](float at, int posts) { return at >= 0 && at <= static_cast<float>(posts - 1); };
    const float steps = static_cast<float>(count) - 1;
    const bool all_within = within(col, terrain.width) && within(col + steps * col_step, terrain.width) &&
                            within(row, terrain.height) && within(row + steps * row_step, terrain.height);
    if (all_within && row_step == 0) { // along a row of posts
        for (; i + lanes <= count; i += lanes, index = hn::Add(index, on))
            hn::StoreU(heights_within(terrain, cols(), row_start), d, heights + i);
    } else if (all_within) {
        for (; i + lanes <= count; i += lanes, index = hn::Add(index, on))
            hn::StoreU(heights_within(terrain, cols(), rows()), d, heights + i);
    }
    for (; i < count; i += lanes, index = hn::Add(index, on)) {
        alignas(32) float some[lanes];
        hn::Store(heights_at(terrain, cols(), rows()), d, some);
        std::copy(some, some + std::min(lanes, count - i), heights + i);
    }
}

#endif
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(heights_along);

void sample_heights(const TerrainWindow& terrain, float col, float row, float col_step, float row_step,
                    std::size_t count, float* heights) {
    HWY_DYNAMIC_DISPATCH(heights_along)(terrain, col, row, col_step, row_step, count, heights);
}

void reference::sample_heights(const TerrainWindow& terrain, float col, float row, float col_step, float row_step,
                               std::size_t count, float* heights) {
    const auto between = [](float a, float b, float t) { return a + (b - a) * t; };
    for (std::size_t i = 0; i < count; ++i) {
        const float x = col + static_cast<float>(i) * col_step, y = row + static_cast<float>(i) * row_step;
        heights[i] = std::numeric_limits<float>::quiet_NaN();
        if (terrain.width < 2 || terrain.height < 2) continue;
        if (!(x >= 0 && x <= static_cast<float>(terrain.width - 1))) continue;
        if (!(y >= 0 && y <= static_cast<float>(terrain.height - 1))) continue;
        const int left = std::min(static_cast<int>(x), terrain.width - 2);
        const int top = std::min(static_cast<int>(y), terrain.height - 2);
        const float t = x - static_cast<float>(left);
        const float* upper = terrain.posts + top * terrain.row_stride + left;
        const float* lower = upper + terrain.row_stride;
        heights[i] =
            between(between(upper[0], upper[1], t), between(lower[0], lower[1], t), y - static_cast<float>(top));
    }
}

} // namespace overflight::kernels
#endif
