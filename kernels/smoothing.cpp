// SPDX-License-Identifier: Apache-2.0
#include "kernels/smoothing.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/smoothing.cpp"
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

HWY_INLINE V at(const float* p) {
    return hn::LoadU(D(), p);
}

HWY_INLINE V binomial5(V a, V b, V c, V d, V e) {
    const D tag;
    return hn::Add(hn::Add(hn::Add(a, e), hn::Mul(hn::Set(tag, 4.0F), hn::Add(b, d))), hn::Mul(hn::Set(tag, 6.0F), c));
}

void along(const float* HWY_RESTRICT in, std::size_t count, float* HWY_RESTRICT out) {
    for (std::size_t i = 0; i < count; i += lanes) {
        const V here = at(in + i);
        hn::StoreU(hn::Add(hn::Add(at(in + i - 1), at(in + i + 1)), hn::Add(here, here)), D(), out + i);
    }
}

void along_twice(const float* HWY_RESTRICT in, std::size_t count, float* HWY_RESTRICT out) {
    for (std::size_t i = 0; i < count; i += lanes)
        hn::StoreU(binomial5(at(in + i - 2), at(in + i - 1), at(in + i), at(in + i + 1), at(in + i + 2)), D(), out + i);
}

void across(const float* above, const float* here, const float* below, float scale, std::size_t count,
            float* HWY_RESTRICT out) {
    const V factor = hn::Set(D(), scale);
    for (std::size_t i = 0; i < count; i += lanes) {
        const V middle = at(here + i);
        hn::StoreU(hn::Mul(hn::Add(hn::Add(at(above + i), at(below + i)), hn::Add(middle, middle)), factor), D(),
                   out + i);
    }
}

void across_twice(const float* const* rows, float scale, std::size_t count, float* HWY_RESTRICT out) {
    const V factor = hn::Set(D(), scale);
    for (std::size_t i = 0; i < count; i += lanes)
        hn::StoreU(
            hn::Mul(binomial5(at(rows[0] + i), at(rows[1] + i), at(rows[2] + i), at(rows[3] + i), at(rows[4] + i)),
                    factor),
            D(), out + i);
}

HWY_INLINE V sum5(V a, V b, V c, V d, V e) {
    return hn::Add(hn::Add(hn::Add(a, e), hn::Add(b, d)), c);
}

void five_across(const float* const* rows, std::size_t count, float* HWY_RESTRICT out) {
    for (std::size_t i = 0; i < count; i += lanes)
        hn::StoreU(sum5(at(rows[0] + i), at(rows[1] + i), at(rows[2] + i), at(rows[3] + i), at(rows[4] + i)), D(),
                   out + i);
}

void five_along(const float* HWY_RESTRICT in, float scale, std::size_t count, float* HWY_RESTRICT out) {
    const V factor = hn::Set(D(), scale);
    for (std::size_t i = 0; i < count; i += lanes)
        hn::StoreU(hn::Mul(sum5(at(in + i - 2), at(in + i - 1), at(in + i), at(in + i + 1), at(in + i + 2)), factor),
                   D(), out + i);
}

void gradient(const float* above, const float* here, const float* below, std::size_t count, float* HWY_RESTRICT out) {
    const V half = hn::Set(D(), 0.5F);
    for (std::size_t i = 0; i < count; i += lanes) {
        const V dx = hn::Mul(hn::Sub(at(here + i + 1), at(here + i - 1)), half);
        const V dy = hn::Mul(hn::Sub(at(below + i), at(above + i)), half);
        hn::StoreU(hn::Sqrt(hn::Add(hn::Mul(dx, dx), hn::Mul(dy, dy))), D(), out + i);
    }
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(along);
HWY_EXPORT(along_twice);
HWY_EXPORT(across);
HWY_EXPORT(across_twice);
HWY_EXPORT(five_across);
HWY_EXPORT(five_along);
HWY_EXPORT(gradient);

void smooth_along(const float* in, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(along)(in, count, out);
}
void smooth_along_twice(const float* in, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(along_twice)(in, count, out);
}
void smooth_across(const float* above, const float* here, const float* below, float scale, std::size_t count,
                   float* out) {
    HWY_DYNAMIC_DISPATCH(across)(above, here, below, scale, count, out);
}
void smooth_across_twice(const float* const* rows, float scale, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(across_twice)(rows, scale, count, out);
}
void sum_five_across(const float* const* rows, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(five_across)(rows, count, out);
}
void sum_five_along(const float* in, float scale, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(five_along)(in, scale, count, out);
}
void gradient_magnitude(const float* above, const float* here, const float* below, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(gradient)(above, here, below, count, out);
}

void reference::smooth_along(const float* in, std::size_t count, float* out) {
    for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(count); ++i)
        out[i] = (in[i - 1] + in[i + 1]) + (in[i] + in[i]);
}

void reference::smooth_along_twice(const float* in, std::size_t count, float* out) {
    for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(count); ++i)
        out[i] = (in[i - 2] + in[i + 2]) + 4 * (in[i - 1] + in[i + 1]) + 6 * in[i];
}

void reference::smooth_across(const float* above, const float* here, const float* below, float scale, std::size_t count,
                              float* out) {
    for (std::size_t i = 0; i < count; ++i) out[i] = ((above[i] + below[i]) + (here[i] + here[i])) * scale;
}

void reference::smooth_across_twice(const float* const* rows, float scale, std::size_t count, float* out) {
    for (std::size_t i = 0; i < count; ++i)
        out[i] = ((rows[0][i] + rows[4][i]) + 4 * (rows[1][i] + rows[3][i]) + 6 * rows[2][i]) * scale;
}

void reference::sum_five_across(const float* const* rows, std::size_t count, float* out) {
    for (std::size_t i = 0; i < count; ++i)
        out[i] = ((rows[0][i] + rows[4][i]) + (rows[1][i] + rows[3][i])) + rows[2][i];
}

void reference::sum_five_along(const float* in, float scale, std::size_t count, float* out) {
    for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(count); ++i)
        out[i] = (((in[i - 2] + in[i + 2]) + (in[i - 1] + in[i + 1])) + in[i]) * scale;
}

void reference::gradient_magnitude(const float* above, const float* here, const float* below, std::size_t count,
                                   float* out) {
    for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(count); ++i) {
        const float dx = (here[i + 1] - here[i - 1]) * 0.5F, dy = (below[i] - above[i]) * 0.5F;
        out[i] = std::sqrt(dx * dx + dy * dy);
    }
}

} // namespace overflight::kernels
#endif
