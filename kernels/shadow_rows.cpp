// SPDX-License-Identifier: Apache-2.0
#include "kernels/shadow_rows.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/shadow_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<float, 8>;
using V = hn::Vec<D>;

HWY_INLINE V all(float value) {
    return hn::Set(D(), value);
}

HWY_INLINE V climb(const Ramp& ramp, V x) {
    const V part = hn::Div(hn::Sub(x, all(ramp.from)), all(ramp.to - ramp.from));
    return hn::Min(hn::Max(part, hn::Zero(D())), all(1));
}

void weigh_shadows(const float* const* before, const float* const* after, const ShadowRule& rule, std::size_t count,
                   float* HWY_RESTRICT out) {
    const D d;
    const V one = all(1), share = all(1.0F / static_cast<float>(rule.bands)), most = all(1 - rule.least_weight);
    for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
        V sum = hn::Zero(d), smallest = all(3e38F), largest = sum, bright_before = sum, bright_after = sum;
        for (int b = 0; b < rule.bands; ++b) {
            const V x = hn::LoadU(d, before[b] + i), y = hn::LoadU(d, after[b] + i), least = all(rule.least_level[b]);
            const V expected = hn::Max(hn::Add(hn::Mul(all(rule.gain[b]), x), all(rule.offset[b])), least);
            const V q = hn::Div(hn::Max(y, least), expected);
            sum = hn::Add(sum, q);
            smallest = hn::Min(smallest, q);
            largest = hn::Max(largest, q);
            bright_before = hn::Add(bright_before, hn::Mul(all(rule.part_before[b]), x));
            bright_after = hn::Add(bright_after, hn::Mul(all(rule.part_after[b]), y));
        }
        const V mean = hn::Mul(sum, share);
        const V factor = climb(rule.factor, hn::Max(mean, hn::Div(one, mean))),
                even = hn::Sub(one, climb(rule.spread, hn::Div(largest, smallest))),
                dark = hn::Sub(one, climb(rule.brightness, hn::Min(bright_before, bright_after)));
        hn::StoreU(hn::Sub(one, hn::Mul(most, hn::Mul(hn::Mul(factor, even), dark))), d, out + i);
    }
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(weigh_shadows);

void shadow_weights(const float* const* before, const float* const* after, const ShadowRule& rule, std::size_t count,
                    float* out) {
    HWY_DYNAMIC_DISPATCH(weigh_shadows)(before, after, rule, count, out);
}

void reference::shadow_weights(const float* const* before, const float* const* after, const ShadowRule& rule,
                               std::size_t count, float* out) {
    const auto climb = [](const Ramp& ramp, float x) {
        return std::min(std::max((x - ramp.from) / (ramp.to - ramp.from), 0.0F), 1.0F);
    };
    for (std::size_t i = 0; i < count; ++i) {
        float sum = 0, smallest = 3e38F, largest = 0, bright_before = 0, bright_after = 0;
        for (int b = 0; b < rule.bands; ++b) {
            const float x = before[b][i], y = after[b][i], least = rule.least_level[b];
            const float q = std::max(y, least) / std::max(rule.gain[b] * x + rule.offset[b], least);
            sum += q;
            smallest = std::min(smallest, q);
            largest = std::max(largest, q);
            bright_before += rule.part_before[b] * x;
            bright_after += rule.part_after[b] * y;
        }
        const float mean = sum * (1.0F / static_cast<float>(rule.bands));
        const float factor = climb(rule.factor, std::max(mean, 1 / mean)),
                    even = 1 - climb(rule.spread, largest / smallest),
                    dark = 1 - climb(rule.brightness, std::min(bright_before, bright_after));
        out[i] = 1 - (1 - rule.least_weight) * (factor * even * dark);
    }
}

} // namespace overflight::kernels
#endif
