// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace overflight::kernels {

/// 0 up to `from`, 1 from `to` on, linear between.
struct Ramp {
    float from = 0, to = 1;
};

/// What makes a difference look like that of a shadow which moved: one mission is darker by nearly the same factor in
/// all bands, and dark. Arrays: a value a band.
struct ShadowRule {
    int bands = 0;
    const float *gain = nullptr, *offset = nullptr;            ///< after ~ gain * before + offset where nothing changed
    const float* least_level = nullptr;                        ///< of `after`, > 0: what is darker counts as that
    const float *part_before = nullptr, *part_after = nullptr; ///< brightness = sum of part * sample over the bands
    Ramp factor{1, 2}, spread{1, 2}, brightness{0, 1};
    float least_weight = 1; ///< of what is like a shadow in all respects
};

/// Weights of differences between two missions, rows of a band each. With q = max(after, least_level) /
/// max(gain * before + offset, least_level) by band and m their mean:
///   out[i] = 1 - (1 - least_weight) * factor(max(m, 1 / m)) * (1 - spread(largest q / smallest q))
///            * (1 - brightness(that of the darker mission))
/// count: a multiple of 8. Float operations are elementwise, unfused and in the order of the reference: the same on
/// every target.
void shadow_weights(const float* const* before, const float* const* after, const ShadowRule& rule, std::size_t count,
                    float* out);

namespace reference {
void shadow_weights(const float* const* before, const float* const* after, const ShadowRule& rule, std::size_t count,
                    float* out);
} // namespace reference

} // namespace overflight::kernels
