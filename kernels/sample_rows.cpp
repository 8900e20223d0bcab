// SPDX-License-Identifier: Apache-2.0
#include "kernels/sample_rows.h"

#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/sample_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<float, 8>;
using V = hn::Vec<D>;
constexpr std::size_t lanes = hn::MaxLanes(D());

template <typename Sample>
HWY_INLINE V load(const Sample* in) {
    const D d;
    if constexpr (std::is_same_v<Sample, float>) {
        return hn::LoadU(d, in);
    } else {
        const hn::RebindToSigned<D> di;
        return hn::ConvertTo(d, hn::PromoteTo(di, hn::LoadU(hn::Rebind<Sample, D>(), in)));
    }
}

template <typename Sample>
void load_row(const Sample* HWY_RESTRICT in, const std::uint8_t* HWY_RESTRICT valid, std::size_t count, float fill,
              float* HWY_RESTRICT out) {
    const D d;
    const hn::RebindToSigned<D> di;
    const hn::Rebind<std::uint8_t, D> d8;
    const V filled = hn::Set(d, fill);
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        const auto missing = hn::Eq(hn::PromoteTo(di, hn::LoadU(d8, valid + i)), hn::Zero(di));
        hn::StoreU(hn::IfThenElse(hn::RebindMask(d, missing), filled, load(in + i)), d, out + i);
    }
    reference::load_samples(in + i, valid + i, count - i, fill, out + i);
}

HWY_INLINE V four_taps(V a, V b, V c, V d, const float* weights) {
    const D tag;
    return hn::Add(hn::Add(hn::Add(hn::Mul(hn::Set(tag, weights[0]), a), hn::Mul(hn::Set(tag, weights[1]), b)),
                           hn::Mul(hn::Set(tag, weights[2]), c)),
                   hn::Mul(hn::Set(tag, weights[3]), d));
}

template <typename Sample>
void shift(const Sample* HWY_RESTRICT in, std::ptrdiff_t stride, const float* HWY_RESTRICT along,
           const float* HWY_RESTRICT down, int rows, float* HWY_RESTRICT out, std::ptrdiff_t out_stride) {
    const D d;
    for (std::size_t col = 0; col < 8; col += lanes) {
        const Sample* row = in + col;
        const auto next = [&]() HWY_ATTR {
            const V value = four_taps(load(row), load(row + 1), load(row + 2), load(row + 3), along);
            row += stride;
            return value;
        };
        V above = next(), here = next(), below = next();
        for (int r = 0; r < rows; ++r) {
            const V last = next();
            hn::StoreU(four_taps(above, here, below, last, down), d, out + r * out_stride + col);
            above = here;
            here = below;
            below = last;
        }
    }
}

void halve(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::size_t count, float* HWY_RESTRICT out) {
    const D d;
    const V quarter = hn::Set(d, 0.25F);
    for (std::size_t i = 0; i < count; i += lanes) {
        V a0, a1, b0, b1;
        hn::LoadInterleaved2(d, a + 2 * i, a0, a1);
        hn::LoadInterleaved2(d, b + 2 * i, b0, b1);
        hn::StoreU(hn::Mul(hn::Add(hn::Add(a0, b0), hn::Add(a1, b1)), quarter), d, out + i);
    }
}

void make_double(const float* HWY_RESTRICT near, const float* HWY_RESTRICT far, std::size_t count,
                 float* HWY_RESTRICT out) {
    const D d;
    const V most = hn::Set(d, 0.75F), rest = hn::Set(d, 0.25F);
    const auto mix = [&](V a, V b) HWY_ATTR { return hn::Add(hn::Mul(most, a), hn::Mul(rest, b)); };
    const auto across = [&](std::size_t at) HWY_ATTR { return mix(hn::LoadU(d, near + at), hn::LoadU(d, far + at)); };
    for (std::size_t i = 0; i < count; i += lanes) {
        const V here = across(i);
        hn::StoreInterleaved2(mix(here, across(i - 1)), mix(here, across(i + 1)), d, out + 2 * i);
    }
}

void load_u8(const std::uint8_t* in, const std::uint8_t* valid, std::size_t count, float fill, float* out) {
    load_row(in, valid, count, fill, out);
}
void load_u16(const std::uint16_t* in, const std::uint8_t* valid, std::size_t count, float fill, float* out) {
    load_row(in, valid, count, fill, out);
}
void load_f32(const float* in, const std::uint8_t* valid, std::size_t count, float fill, float* out) {
    load_row(in, valid, count, fill, out);
}
void shift_u8(const std::uint8_t* in, std::ptrdiff_t stride, const float* along, const float* down, int rows,
              float* out, std::ptrdiff_t out_stride) {
    shift(in, stride, along, down, rows, out, out_stride);
}
void shift_u16(const std::uint16_t* in, std::ptrdiff_t stride, const float* along, const float* down, int rows,
               float* out, std::ptrdiff_t out_stride) {
    shift(in, stride, along, down, rows, out, out_stride);
}
void shift_f32(const float* in, std::ptrdiff_t stride, const float* along, const float* down, int rows, float* out,
               std::ptrdiff_t out_stride) {
    shift(in, stride, along, down, rows, out, out_stride);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(load_u8);
HWY_EXPORT(load_u16);
HWY_EXPORT(load_f32);
HWY_EXPORT(shift_u8);
HWY_EXPORT(shift_u16);
HWY_EXPORT(shift_f32);
HWY_EXPORT(halve);
HWY_EXPORT(make_double);

void load_samples(const std::uint8_t* in, const std::uint8_t* valid, std::size_t count, float fill, float* out) {
    HWY_DYNAMIC_DISPATCH(load_u8)(in, valid, count, fill, out);
}
void load_samples(const std::uint16_t* in, const std::uint8_t* valid, std::size_t count, float fill, float* out) {
    HWY_DYNAMIC_DISPATCH(load_u16)(in, valid, count, fill, out);
}
void load_samples(const float* in, const std::uint8_t* valid, std::size_t count, float fill, float* out) {
    HWY_DYNAMIC_DISPATCH(load_f32)(in, valid, count, fill, out);
}
void shift_block(const std::uint8_t* in, std::ptrdiff_t stride, const float* along, const float* down, int rows,
                 float* out, std::ptrdiff_t out_stride) {
    HWY_DYNAMIC_DISPATCH(shift_u8)(in, stride, along, down, rows, out, out_stride);
}
void shift_block(const std::uint16_t* in, std::ptrdiff_t stride, const float* along, const float* down, int rows,
                 float* out, std::ptrdiff_t out_stride) {
    HWY_DYNAMIC_DISPATCH(shift_u16)(in, stride, along, down, rows, out, out_stride);
}
void shift_block(const float* in, std::ptrdiff_t stride, const float* along, const float* down, int rows, float* out,
                 std::ptrdiff_t out_stride) {
    HWY_DYNAMIC_DISPATCH(shift_f32)(in, stride, along, down, rows, out, out_stride);
}
void halve_rows(const float* a, const float* b, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(halve)(a, b, count, out);
}
void double_row(const float* near, const float* far, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(make_double)(near, far, count, out);
}

template <typename Sample>
void reference::load_samples(const Sample* in, const std::uint8_t* valid, std::size_t count, float fill, float* out) {
    for (std::size_t i = 0; i < count; ++i) out[i] = valid[i] != 0 ? static_cast<float>(in[i]) : fill;
}

template <typename Sample>
void reference::shift_block(const Sample* in, std::ptrdiff_t stride, const float* along, const float* down, int rows,
                            float* out, std::ptrdiff_t out_stride) {
    for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < 8; ++c) {
            float sum = 0;
            for (int j = 0; j < 4; ++j) {
                const Sample* row = in + (r + j) * stride + c;
                float line = 0;
                for (int i = 0; i < 4; ++i) line += along[i] * static_cast<float>(row[i]);
                sum += down[j] * line;
            }
            out[r * out_stride + c] = sum;
        }
    }
}

void reference::halve_rows(const float* a, const float* b, std::size_t count, float* out) {
    for (std::size_t i = 0; i < count; ++i) out[i] = ((a[2 * i] + b[2 * i]) + (a[2 * i + 1] + b[2 * i + 1])) * 0.25F;
}

void reference::double_row(const float* near, const float* far, std::size_t count, float* out) {
    const auto across = [&](std::ptrdiff_t i) { return 0.75F * near[i] + 0.25F * far[i]; };
    for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(count); ++i) {
        out[2 * i] = 0.75F * across(i) + 0.25F * across(i - 1);
        out[2 * i + 1] = 0.75F * across(i) + 0.25F * across(i + 1);
    }
}

template void reference::load_samples(const std::uint8_t*, const std::uint8_t*, std::size_t, float, float*);
template void reference::load_samples(const std::uint16_t*, const std::uint8_t*, std::size_t, float, float*);
template void reference::load_samples(const float*, const std::uint8_t*, std::size_t, float, float*);
template void reference::shift_block(const std::uint8_t*, std::ptrdiff_t, const float*, const float*, int, float*,
                                     std::ptrdiff_t);
template void reference::shift_block(const std::uint16_t*, std::ptrdiff_t, const float*, const float*, int, float*,
                                     std::ptrdiff_t);
template void reference::shift_block(const float*, std::ptrdiff_t, const float*, const float*, int, float*,
                                     std::ptrdiff_t);

} // namespace overflight::kernels
#endif
