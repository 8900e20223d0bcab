// SPDX-License-Identifier: Apache-2.0
#include "kernels/blend.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/blend.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET == HWY_SCALAR

template <typename Sample, typename Sum>
void accumulate(const Sample* samples, const std::uint8_t* valid, const std::uint16_t* weights, std::size_t count,
                int lanes, Sum* sums, std::int32_t* weight_sums) {
    reference::blend_accumulate(samples, valid, weights, count, lanes, sums, weight_sums);
}

template <typename Sample, typename Sum>
void resolve(const Sum* sums, const std::int32_t* weight_sums, std::size_t count, int lanes, Sample* out,
             std::uint8_t* out_valid) {
    reference::blend_resolve(sums, weight_sums, count, lanes, out, out_valid);
}

#else

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<std::int32_t, 8>;
using DF = hn::RebindToFloat<D>;
using V = hn::Vec<D>;
constexpr std::size_t width = hn::MaxLanes(D());

HWY_INLINE hn::Vec<DF> to_real(hn::Vec<D> v) {
    return hn::ConvertTo(DF(), v);
}
HWY_INLINE hn::Vec<DF> to_real(hn::Vec<DF> v) {
    return v;
}

/// Values of a vector's pixels, each repeated for its lanes: vector `part` of `lanes`.
template <int lanes>
HWY_INLINE V spread(V pixels, int part) {
    if constexpr (lanes == 1) {
        return pixels;
    } else {
        alignas(32) std::int32_t order[width];
        for (std::size_t i = 0; i < width; ++i) order[i] = static_cast<std::int32_t>((part * width + i) / lanes);
        return hn::TableLookupLanes(pixels, hn::SetTableIndices(D(), order));
    }
}

template <int lanes, typename Sample, typename Sum>
void accumulate_lanes(const Sample* HWY_RESTRICT samples, const std::uint8_t* HWY_RESTRICT valid,
                      const std::uint16_t* HWY_RESTRICT weights, std::size_t count, Sum* HWY_RESTRICT sums,
                      std::int32_t* HWY_RESTRICT weight_sums) {
    const D d;
    const hn::Rebind<std::uint8_t, D> d8;
    const hn::Rebind<std::uint16_t, D> d16;
    std::size_t i = 0;
    for (; i + width <= count; i += width) {
        const auto seen = hn::Ne(hn::PromoteTo(d, hn::LoadU(d8, valid + i)), hn::Zero(d));
        const V weight = hn::IfThenElseZero(seen, hn::PromoteTo(d, hn::LoadU(d16, weights + i)));
        hn::StoreU(hn::Add(hn::LoadU(d, weight_sums + i), weight), d, weight_sums + i);
        for (int part = 0; part < lanes; ++part) {
            const std::size_t at = i * lanes + part * width;
            const V factor = spread<lanes>(weight, part);
            if constexpr (std::is_same_v<Sample, float>) {
                const DF df;
                const auto none = hn::Eq(factor, hn::Zero(d)); // what it weighs nothing may be NaN
                const auto value = hn::IfThenZeroElse(hn::RebindMask(df, none), hn::LoadU(df, samples + at));
                hn::StoreU(hn::Add(hn::LoadU(df, sums + at), hn::Mul(value, hn::ConvertTo(df, factor))), df, sums + at);
            } else {
                const hn::Rebind<Sample, D> ds;
                const V value = hn::PromoteTo(d, hn::LoadU(ds, samples + at));
                hn::StoreU(hn::Add(hn::LoadU(d, sums + at), hn::Mul(value, factor)), d, sums + at);
            }
        }
    }
    reference::blend_accumulate(samples + i * lanes, valid + i, weights + i, count - i, lanes, sums + i * lanes,
                                weight_sums + i);
}

template <int lanes, typename Sample, typename Sum>
void resolve_lanes(const Sum* HWY_RESTRICT sums, const std::int32_t* HWY_RESTRICT weight_sums, std::size_t count,
                   Sample* HWY_RESTRICT out, std::uint8_t* HWY_RESTRICT out_valid) {
    const D d;
    const DF df;
    const hn::Rebind<std::uint8_t, D> d8;
    const hn::Rebind<Sum, D> dsum;
    const hn::Rebind<Sample, D> ds;
    std::size_t i = 0;
    for (; i + width <= count; i += width) {
        const V weight = hn::LoadU(d, weight_sums + i);
        const auto seen = hn::Ne(weight, hn::Zero(d));
        hn::StoreU(hn::DemoteTo(d8, hn::IfThenElseZero(seen, hn::Set(d, 255))), d8, out_valid + i);
        for (int part = 0; part < lanes; ++part) {
            const std::size_t at = i * lanes + part * width;
            const V divisor = spread<lanes>(weight, part);
            const auto none = hn::RebindMask(df, hn::Eq(divisor, hn::Zero(d)));
            const auto mean =
                hn::IfThenZeroElse(none, hn::Div(to_real(hn::LoadU(dsum, sums + at)), hn::ConvertTo(df, divisor)));
            if constexpr (std::is_same_v<Sample, float>)
                hn::StoreU(mean, df, out + at);
            else
                hn::StoreU(hn::DemoteTo(ds, hn::NearestInt(mean)), ds, out + at);
        }
    }
    reference::blend_resolve(sums + i * lanes, weight_sums + i, count - i, lanes, out + i * lanes, out_valid + i);
}

template <typename Sample, typename Sum>
void accumulate(const Sample* samples, const std::uint8_t* valid, const std::uint16_t* weights, std::size_t count,
                int lanes, Sum* sums, std::int32_t* weight_sums) {
    switch (lanes) {
    case 1:
        return accumulate_lanes<1>(samples, valid, weights, count, sums, weight_sums);
    case 2:
        return accumulate_lanes<2>(samples, valid, weights, count, sums, weight_sums);
    default:
        return accumulate_lanes<4>(samples, valid, weights, count, sums, weight_sums);
    }
}

template <typename Sample, typename Sum>
void resolve(const Sum* sums, const std::int32_t* weight_sums, std::size_t count, int lanes, Sample* out,
             std::uint8_t* out_valid) {
    switch (lanes) {
    case 1:
        return resolve_lanes<1>(sums, weight_sums, count, out, out_valid);
    case 2:
        return resolve_lanes<2>(sums, weight_sums, count, out, out_valid);
    default:
        return resolve_lanes<4>(sums, weight_sums, count, out, out_valid);
    }
}

#endif

void accumulate_u8(const std::uint8_t* samples, const std::uint8_t* valid, const std::uint16_t* weights,
                   std::size_t count, int lanes, std::int32_t* sums, std::int32_t* weight_sums) {
    accumulate(samples, valid, weights, count, lanes, sums, weight_sums);
}
void accumulate_u16(const std::uint16_t* samples, const std::uint8_t* valid, const std::uint16_t* weights,
                    std::size_t count, int lanes, std::int32_t* sums, std::int32_t* weight_sums) {
    accumulate(samples, valid, weights, count, lanes, sums, weight_sums);
}
void accumulate_f32(const float* samples, const std::uint8_t* valid, const std::uint16_t* weights, std::size_t count,
                    int lanes, float* sums, std::int32_t* weight_sums) {
    accumulate(samples, valid, weights, count, lanes, sums, weight_sums);
}
void resolve_u8(const std::int32_t* sums, const std::int32_t* weight_sums, std::size_t count, int lanes,
                std::uint8_t* out, std::uint8_t* out_valid) {
    resolve(sums, weight_sums, count, lanes, out, out_valid);
}
void resolve_u16(const std::int32_t* sums, const std::int32_t* weight_sums, std::size_t count, int lanes,
                 std::uint16_t* out, std::uint8_t* out_valid) {
    resolve(sums, weight_sums, count, lanes, out, out_valid);
}
void resolve_f32(const float* sums, const std::int32_t* weight_sums, std::size_t count, int lanes, float* out,
                 std::uint8_t* out_valid) {
    resolve(sums, weight_sums, count, lanes, out, out_valid);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(accumulate_u8);
HWY_EXPORT(accumulate_u16);
HWY_EXPORT(accumulate_f32);
HWY_EXPORT(resolve_u8);
HWY_EXPORT(resolve_u16);
HWY_EXPORT(resolve_f32);

void blend_accumulate(const std::uint8_t* samples, const std::uint8_t* valid, const std::uint16_t* weights,
                      std::size_t count, int lanes, std::int32_t* sums, std::int32_t* weight_sums) {
    HWY_DYNAMIC_DISPATCH(accumulate_u8)(samples, valid, weights, count, lanes, sums, weight_sums);
}
void blend_accumulate(const std::uint16_t* samples, const std::uint8_t* valid, const std::uint16_t* weights,
                      std::size_t count, int lanes, std::int32_t* sums, std::int32_t* weight_sums) {
    HWY_DYNAMIC_DISPATCH(accumulate_u16)(samples, valid, weights, count, lanes, sums, weight_sums);
}
void blend_accumulate(const float* samples, const std::uint8_t* valid, const std::uint16_t* weights, std::size_t count,
                      int lanes, float* sums, std::int32_t* weight_sums) {
    HWY_DYNAMIC_DISPATCH(accumulate_f32)(samples, valid, weights, count, lanes, sums, weight_sums);
}
void blend_resolve(const std::int32_t* sums, const std::int32_t* weight_sums, std::size_t count, int lanes,
                   std::uint8_t* out, std::uint8_t* out_valid) {
    HWY_DYNAMIC_DISPATCH(resolve_u8)(sums, weight_sums, count, lanes, out, out_valid);
}
void blend_resolve(const std::int32_t* sums, const std::int32_t* weight_sums, std::size_t count, int lanes,
                   std::uint16_t* out, std::uint8_t* out_valid) {
    HWY_DYNAMIC_DISPATCH(resolve_u16)(sums, weight_sums, count, lanes, out, out_valid);
}
void blend_resolve(const float* sums, const std::int32_t* weight_sums, std::size_t count, int lanes, float* out,
                   std::uint8_t* out_valid) {
    HWY_DYNAMIC_DISPATCH(resolve_f32)(sums, weight_sums, count, lanes, out, out_valid);
}

namespace reference {

template <typename Sample, typename Sum>
void blend_accumulate(const Sample* samples, const std::uint8_t* valid, const std::uint16_t* weights, std::size_t count,
                      int lanes, Sum* sums, std::int32_t* weight_sums) {
    for (std::size_t i = 0; i < count; ++i) {
        const std::int32_t weight = valid[i] != 0 ? weights[i] : 0;
        if (weight == 0) continue;
        weight_sums[i] += weight;
        for (int lane = 0; lane < lanes; ++lane)
            sums[i * lanes + lane] += static_cast<Sum>(samples[i * lanes + lane]) * static_cast<Sum>(weight);
    }
}

template <typename Sample, typename Sum>
void blend_resolve(const Sum* sums, const std::int32_t* weight_sums, std::size_t count, int lanes, Sample* out,
                   std::uint8_t* out_valid) {
    for (std::size_t i = 0; i < count; ++i) {
        out_valid[i] = weight_sums[i] != 0 ? 255 : 0;
        for (int lane = 0; lane < lanes; ++lane) {
            const std::size_t at = i * lanes + lane;
            const float mean =
                weight_sums[i] == 0 ? 0 : static_cast<float>(sums[at]) / static_cast<float>(weight_sums[i]);
            if constexpr (std::is_same_v<Sample, float>)
                out[at] = mean;
            else
                out[at] = static_cast<Sample>(std::nearbyint(mean));
        }
    }
}

template void blend_accumulate(const std::uint8_t*, const std::uint8_t*, const std::uint16_t*, std::size_t, int,
                               std::int32_t*, std::int32_t*);
template void blend_accumulate(const std::uint16_t*, const std::uint8_t*, const std::uint16_t*, std::size_t, int,
                               std::int32_t*, std::int32_t*);
template void blend_accumulate(const float*, const std::uint8_t*, const std::uint16_t*, std::size_t, int, float*,
                               std::int32_t*);
template void blend_resolve(const std::int32_t*, const std::int32_t*, std::size_t, int, std::uint8_t*, std::uint8_t*);
template void blend_resolve(const std::int32_t*, const std::int32_t*, std::size_t, int, std::uint16_t*, std::uint8_t*);
template void blend_resolve(const float*, const std::int32_t*, std::size_t, int, float*, std::uint8_t*);

} // namespace reference
} // namespace overflight::kernels
#endif
