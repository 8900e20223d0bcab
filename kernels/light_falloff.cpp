// SPDX-License-Identifier: Apache-2.0
#include "kernels/light_falloff.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/light_falloff.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET == HWY_SCALAR

template <typename Sample>
void correct(const LightFalloff& falloff, const LightSlope& slope, const std::int32_t* col, const std::int32_t* row,
             std::size_t count, int lanes, Sample* samples) {
    reference::correct_light(falloff, slope, col, row, 0, count, lanes, samples);
}

#else

namespace hn = hwy::HWY_NAMESPACE;
using DF = hn::CappedTag<float, 8>;
using DI = hn::RebindToSigned<DF>;
using VF = hn::Vec<DF>;
constexpr std::size_t width = hn::MaxLanes(DF());

/// One value a lane, repeated for the pixels of a vector.
template <int lanes>
HWY_INLINE VF repeat(const std::array<float, 4>& values) {
    alignas(32) float all[width];
    for (std::size_t i = 0; i < width; ++i) all[i] = values[i % lanes];
    return hn::Load(DF(), all);
}

/// Whole numbers below 2^22, halves to even: the last bits of a sum of that size are whole.
HWY_INLINE hn::Vec<DI> rounded(VF value) {
    const VF ones = hn::Set(DF(), 12582912.0F); // 1.5 * 2^23
    return hn::Sub(hn::BitCast(DI(), hn::Add(value, ones)), hn::BitCast(DI(), ones));
}

template <int lanes, typename Sample>
void correct_lanes(const LightFalloff& falloff, const LightSlope& slope, const std::int32_t* HWY_RESTRICT col,
                   const std::int32_t* HWY_RESTRICT row, std::size_t count, Sample* HWY_RESTRICT samples) {
    const DF df;
    const DI di;
    const hn::Rebind<Sample, DF> ds;
    const VF a2 = repeat<lanes>(falloff.a2), a4 = repeat<lanes>(falloff.a4), a6 = repeat<lanes>(falloff.a6);
    const VF start = repeat<lanes>(slope.start), step = repeat<lanes>(slope.step);
    const VF center_col = hn::Set(df, falloff.col), center_row = hn::Set(df, falloff.row);
    const VF per_distance2 = hn::Set(df, falloff.per_distance2);
    const VF one = hn::Set(df, 1.0F), half = hn::Set(df, 0.5F), least = hn::Set(df, 0.1F);
    std::size_t i = 0;
    for (; i + width <= count; i += width) {
        const VF dc = hn::Sub(hn::ConvertTo(df, hn::LoadU(di, col + i)), center_col);
        const VF dr = hn::Sub(hn::ConvertTo(df, hn::LoadU(di, row + i)), center_row);
        const VF radius2 = hn::Mul(hn::Add(hn::Mul(dc, dc), hn::Mul(dr, dr)), per_distance2);
        const VF first = hn::Set(df, static_cast<float>(i));
        for (int part = 0; part < lanes; ++part) {
            alignas(32) std::int32_t order[width];
            alignas(32) float offset[width];
            for (std::size_t k = 0; k < width; ++k) {
                order[k] = static_cast<std::int32_t>((part * width + k) / lanes);
                offset[k] = static_cast<float>((part * width + k) / lanes);
            }
            const VF number = hn::Add(first, hn::Load(df, offset));
            const VF r2 = hn::TableLookupLanes(radius2, hn::SetTableIndices(df, order));
            const VF v =
                hn::Max(hn::Add(one, hn::Mul(r2, hn::Add(a2, hn::Mul(r2, hn::Add(a4, hn::Mul(r2, a6)))))), least);
            const VF u = hn::Add(start, hn::Mul(number, step));
            const VF factor = hn::Div(hn::Add(one, hn::Mul(u, hn::Add(one, hn::Mul(half, u)))), v);
            const std::size_t at = i * lanes + part * width;
            if constexpr (std::is_same_v<Sample, float>) {
                hn::StoreU(hn::Mul(hn::LoadU(ds, samples + at), factor), ds, samples + at);
            } else {
                const VF value = hn::Mul(hn::ConvertTo(df, hn::PromoteTo(di, hn::LoadU(ds, samples + at))), factor);
                const VF most = hn::Set(df, static_cast<float>(std::numeric_limits<Sample>::max()));
                hn::StoreU(hn::DemoteTo(ds, rounded(hn::Min(value, most))), ds, samples + at);
            }
        }
    }
    reference::correct_light(falloff, slope, col + i, row + i, i, count - i, lanes, samples + i * lanes);
}

template <typename Sample>
void correct(const LightFalloff& falloff, const LightSlope& slope, const std::int32_t* col, const std::int32_t* row,
             std::size_t count, int lanes, Sample* samples) {
    switch (lanes) {
    case 1:
        return correct_lanes<1>(falloff, slope, col, row, count, samples);
    case 2:
        return correct_lanes<2>(falloff, slope, col, row, count, samples);
    default:
        return correct_lanes<4>(falloff, slope, col, row, count, samples);
    }
}

#endif

void correct_u8(const LightFalloff& falloff, const LightSlope& slope, const std::int32_t* col, const std::int32_t* row,
                std::size_t count, int lanes, std::uint8_t* samples) {
    correct(falloff, slope, col, row, count, lanes, samples);
}
void correct_u16(const LightFalloff& falloff, const LightSlope& slope, const std::int32_t* col, const std::int32_t* row,
                 std::size_t count, int lanes, std::uint16_t* samples) {
    correct(falloff, slope, col, row, count, lanes, samples);
}
void correct_f32(const LightFalloff& falloff, const LightSlope& slope, const std::int32_t* col, const std::int32_t* row,
                 std::size_t count, int lanes, float* samples) {
    correct(falloff, slope, col, row, count, lanes, samples);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(correct_u8);
HWY_EXPORT(correct_u16);
HWY_EXPORT(correct_f32);

void correct_light(const LightFalloff& falloff, const LightSlope& slope, const std::int32_t* col,
                   const std::int32_t* row, std::size_t count, int lanes, std::uint8_t* samples) {
    HWY_DYNAMIC_DISPATCH(correct_u8)(falloff, slope, col, row, count, lanes, samples);
}
void correct_light(const LightFalloff& falloff, const LightSlope& slope, const std::int32_t* col,
                   const std::int32_t* row, std::size_t count, int lanes, std::uint16_t* samples) {
    HWY_DYNAMIC_DISPATCH(correct_u16)(falloff, slope, col, row, count, lanes, samples);
}
void correct_light(const LightFalloff& falloff, const LightSlope& slope, const std::int32_t* col,
                   const std::int32_t* row, std::size_t count, int lanes, float* samples) {
    HWY_DYNAMIC_DISPATCH(correct_f32)(falloff, slope, col, row, count, lanes, samples);
}

namespace reference {

template <typename Sample>
void correct_light(const LightFalloff& falloff, const LightSlope& slope, const std::int32_t* col,
                   const std::int32_t* row, std::size_t first, std::size_t count, int lanes, Sample* samples) {
    for (std::size_t i = 0; i < count; ++i) {
        const float dc = static_cast<float>(col[i]) - falloff.col, dr = static_cast<float>(row[i]) - falloff.row;
        const float r2 = (dc * dc + dr * dr) * falloff.per_distance2;
        for (std::size_t lane = 0; lane < static_cast<std::size_t>(lanes); ++lane) {
            const float v =
                std::max(1 + r2 * (falloff.a2[lane] + r2 * (falloff.a4[lane] + r2 * falloff.a6[lane])), 0.1F);
            const float u = slope.start[lane] + static_cast<float>(first + i) * slope.step[lane];
            Sample& sample = samples[i * static_cast<std::size_t>(lanes) + lane];
            const float value = static_cast<float>(sample) * ((1 + u * (1 + 0.5F * u)) / v);
            if constexpr (std::is_same_v<Sample, float>)
                sample = value;
            else
                sample = static_cast<Sample>(
                    std::nearbyint(std::min(value, static_cast<float>(std::numeric_limits<Sample>::max()))));
        }
    }
}

template void correct_light(const LightFalloff&, const LightSlope&, const std::int32_t*, const std::int32_t*,
                            std::size_t, std::size_t, int, std::uint8_t*);
template void correct_light(const LightFalloff&, const LightSlope&, const std::int32_t*, const std::int32_t*,
                            std::size_t, std::size_t, int, std::uint16_t*);
template void correct_light(const LightFalloff&, const LightSlope&, const std::int32_t*, const std::int32_t*,
                            std::size_t, std::size_t, int, float*);

} // namespace reference
} // namespace overflight::kernels
#endif
