// SPDX-License-Identifier: Apache-2.0
// Columns of a few rows of one lane of 16-bit or float samples.
// Compiled once a target: the guard toggles, as Highway's own headers do.
#if defined(OVERFLIGHT_KERNELS_RESAMPLE_COLUMNS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef OVERFLIGHT_KERNELS_RESAMPLE_COLUMNS_INL_H
#undef OVERFLIGHT_KERNELS_RESAMPLE_COLUMNS_INL_H
#else
#define OVERFLIGHT_KERNELS_RESAMPLE_COLUMNS_INL_H
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET != HWY_SCALAR
namespace hn = hwy::HWY_NAMESPACE;

/// Four samples of every fourth row of as many as the vector has lanes.
template <class DS, typename Sample>
HWY_INLINE hn::Vec<DS> load_rows(DS d, const Sample* first, std::ptrdiff_t stride) {
    if constexpr (hn::MaxLanes(DS()) == 4) {
        return hn::LoadU(d, first);
    } else {
        const hn::Half<DS> half;
        const std::ptrdiff_t rows = hn::MaxLanes(half);
        return hn::Combine(d, load_rows(half, first + rows * stride, stride), load_rows(half, first, stride));
    }
}

/// The first n of four columns, of as many rows as the vector has lanes.
template <std::size_t n, class DC, typename Sample>
HWY_INLINE void rows_to_columns(DC d, const Sample* first, std::ptrdiff_t stride, hn::Vec<DC>* columns) {
    const auto row = [&](std::ptrdiff_t j) HWY_ATTR {
        const auto samples = load_rows(hn::Rebind<Sample, DC>(), first + j * stride, stride);
        if constexpr (std::is_same_v<Sample, float>)
            return samples;
        else
            return hn::ConvertTo(d, hn::PromoteTo(hn::RebindToSigned<DC>(), samples));
    };
    const hn::Repartition<double, DC> d64;
    const auto row_0 = row(0), row_1 = row(1), row_2 = row(2), row_3 = row(3);
    const auto low_01 = hn::BitCast(d64, hn::InterleaveLower(d, row_0, row_1));
    const auto low_23 = hn::BitCast(d64, hn::InterleaveLower(d, row_2, row_3));
    columns[0] = hn::BitCast(d, hn::InterleaveLower(d64, low_01, low_23));
    if constexpr (n == 4) {
        const auto high_01 = hn::BitCast(d64, hn::InterleaveUpper(d, row_0, row_1));
        const auto high_23 = hn::BitCast(d64, hn::InterleaveUpper(d, row_2, row_3));
        columns[1] = hn::BitCast(d, hn::InterleaveUpper(d64, low_01, low_23));
        columns[2] = hn::BitCast(d, hn::InterleaveLower(d64, high_01, high_23));
        columns[3] = hn::BitCast(d, hn::InterleaveUpper(d64, high_01, high_23));
    }
}

#endif
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#endif // per-target include guard
