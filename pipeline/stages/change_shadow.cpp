// SPDX-License-Identifier: Apache-2.0
#include "stages/change_shadow.h"

#include "kernels/shadow_rows.h"

#include <algorithm>

namespace overflight {
namespace {

/// Of shadow over light: less than the ratio that sky light leaves in the sun's shadow, as edges are blurred.
constexpr kernels::Ramp factor{1.4F, 1.7F};
constexpr kernels::Ramp spread{1.2F, 1.5F};     ///< of the bands' ratios, as sky light is bluer than the sun's
constexpr kernels::Ramp brightness{0.5F, 0.7F}; ///< of the darker mission, in shares of its median
constexpr float least_weight = 0.4F;            ///< of a sure shadow: a strong change may be as even and dark
constexpr float least_level = 0.02F;            ///< of the median: below it a ratio means nothing

} // namespace

void ShadowWeight::start(const ChangeModel& model, int width, int height) {
    bands_ = static_cast<int>(model.normalisation.size());
    for (std::size_t b = 0; b < model.normalisation.size(); ++b) {
        gain_[b] = static_cast<float>(model.normalisation[b].gain);
        offset_[b] = static_cast<float>(model.normalisation[b].offset);
        least_level_[b] = std::max(least_level * model.knee_after[b], 1e-6F);
        part_before_[b] = 1 / (static_cast<float>(bands_) * std::max(model.knee_before[b], 1e-6F));
        part_after_[b] = 1 / (static_cast<float>(bands_) * std::max(model.knee_after[b], 1e-6F));
    }
    weights_.resize(width, height);
    any_.assign(static_cast<std::size_t>(height), 0);
}

void ShadowWeight::find(const float* const* before, const float* const* after, int row, int col, std::size_t count) {
    const kernels::ShadowRule rule{
        bands_, gain_.data(), offset_.data(), least_level_.data(), part_before_.data(), part_after_.data(),
        factor, spread,       brightness,     least_weight};
    float* out = weights_.row(row) + col;
    kernels::shadow_weights(before, after, rule, count, out);
    any_[static_cast<std::size_t>(row)] = std::any_of(out, out + count, [](float w) { return w < 1; }) ? 1 : 0;
}

void ShadowWeight::scale(int first, int last, int col, std::size_t count, Plane& fine, Plane& coarse) const {
    for (int r = first; r < last; ++r) {
        if (any_[static_cast<std::size_t>(r)] == 0) continue;
        const float* weights = weights_.row(r) + col;
        float *broad = coarse.row(r) + col, *upper = fine.row(2 * r) + std::ptrdiff_t{2} * col,
              *lower = fine.row(2 * r + 1) + std::ptrdiff_t{2} * col;
        for (std::size_t i = 0; i < count; ++i) {
            if (weights[i] >= 1) continue;
            for (float* score : {broad + i, upper + 2 * i, upper + 2 * i + 1, lower + 2 * i, lower + 2 * i + 1})
                *score *= *score > 0 ? weights[i] : 1.0F;
        }
    }
}

} // namespace overflight
