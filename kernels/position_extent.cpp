// SPDX-License-Identifier: Apache-2.0
#include "kernels/position_extent.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/position_extent.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void extend(const std::int32_t* col, const std::int32_t* row, std::size_t count, std::int32_t low, std::int32_t col_end,
            std::int32_t row_end, PositionExtent& extent) {
    const hn::ScalableTag<std::int32_t> d;
    const auto most = hn::Set(d, INT32_MAX), least = hn::Set(d, INT32_MIN);
    const auto before = hn::Set(d, low - 1), end_col = hn::Set(d, col_end), end_row = hn::Set(d, row_end);
    auto col0 = most, row0 = most, col1 = least, row1 = least;
    std::size_t i = 0;
    for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
        const auto c = hn::LoadU(d, col + i), r = hn::LoadU(d, row + i);
        const auto in =
            hn::And(hn::And(hn::Gt(c, before), hn::Lt(c, end_col)), hn::And(hn::Gt(r, before), hn::Lt(r, end_row)));
        col0 = hn::Min(col0, hn::IfThenElse(in, c, most));
        row0 = hn::Min(row0, hn::IfThenElse(in, r, most));
        col1 = hn::Max(col1, hn::IfThenElse(in, c, least));
        row1 = hn::Max(row1, hn::IfThenElse(in, r, least));
    }
    extent.col0 = std::min(extent.col0, hn::GetLane(hn::MinOfLanes(d, col0)));
    extent.row0 = std::min(extent.row0, hn::GetLane(hn::MinOfLanes(d, row0)));
    extent.col1 = std::max(extent.col1, hn::GetLane(hn::MaxOfLanes(d, col1)));
    extent.row1 = std::max(extent.row1, hn::GetLane(hn::MaxOfLanes(d, row1)));
    reference::extend_extent(col + i, row + i, count - i, low, col_end, row_end, extent);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {
namespace {
HWY_EXPORT(extend);
} // namespace

void extend_extent(const std::int32_t* col, const std::int32_t* row, std::size_t count, std::int32_t low,
                   std::int32_t col_end, std::int32_t row_end, PositionExtent& extent) {
    HWY_DYNAMIC_DISPATCH(extend)(col, row, count, low, col_end, row_end, extent);
}

void reference::extend_extent(const std::int32_t* col, const std::int32_t* row, std::size_t count, std::int32_t low,
                              std::int32_t col_end, std::int32_t row_end, PositionExtent& extent) {
    for (std::size_t i = 0; i < count; ++i) {
        if (col[i] < low || col[i] >= col_end || row[i] < low || row[i] >= row_end) continue;
        extent.col0 = std::min(extent.col0, col[i]);
        extent.row0 = std::min(extent.row0, row[i]);
        extent.col1 = std::max(extent.col1, col[i]);
        extent.row1 = std::max(extent.row1, row[i]);
    }
}

} // namespace overflight::kernels
#endif
