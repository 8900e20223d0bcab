// SPDX-License-Identifier: Apache-2.0
#include "stages/change_context.h"

#include "kernels/sample_rows.h"

#include <algorithm>
#include <cmath>

namespace overflight {

namespace {

constexpr float least_texture = 0.02F; ///< of the brightness: less is noise and says nothing about structure
constexpr float flat_activity = 0.5F;  ///< of the median texture, at which a flat surface's change counts half as much

void halve(const Plane& in, Plane& out) {
    out.resize(in.width() / 2, in.height() / 2);
    const auto count = static_cast<std::size_t>(out.width() + 7) / 8 * 8;
    for (int r = 0; r < out.height(); ++r) kernels::halve_rows(in.row(2 * r), in.row(2 * r + 1), count, out.row(r));
}

} // namespace

void ContextWeight::weigh(const Plane& luminance_before, const Plane& luminance_after, const Plane& texture_before,
                          const Plane& texture_after, int width, int height, const ChangeModel& model) {
    const auto least_variance = [](const auto& knees, int bands) {
        float sum = 0;
        for (int k = 0; k < bands; ++k) sum += knees[static_cast<std::size_t>(k)];
        const float least = least_texture * sum / static_cast<float>(bands);
        return least * least;
    };
    const float least_before = least_variance(model.knee_before, model.bands_before),
                least_after = least_variance(model.knee_after, model.bands_after);
    halve(luminance_before, quarter_before_);
    halve(luminance_after, quarter_after_);
    halve(quarter_before_, eighth_before_);
    halve(quarter_after_, eighth_after_);
    near_.compare(quarter_before_, quarter_after_, 3, least_before, least_after);
    wide_.correlate(eighth_before_, eighth_after_, 2, least_before, least_after);

    constexpr int halo = change_halo / 4;
    const int first = halo - 1, count = width / 4 + 2;
    const auto n = static_cast<std::size_t>(count + 1 + 15) / 16 * 8; // of the eighth: from one sample further left on
    const float knee_before = model.knee_before[static_cast<std::size_t>(model.bands_before)],
                knee_after = model.knee_after[static_cast<std::size_t>(model.bands_after)];
    weight_.resize(quarter_before_.width(), quarter_before_.height());
    line_.resize(2 * n + 32);
    const auto pairs = static_cast<std::size_t>(count + 7) / 8 * 8;
    texture_before_.resize(pairs);
    texture_after_.resize(pairs);
    for (int r = halo - 1; r <= halo + height / 4; ++r) {
        const int near = r / 2, far = r % 2 != 0 ? near + 1 : near - 1;
        kernels::double_row(wide_.row(near) + first / 2, wide_.row(far) + first / 2, n, line_.data());
        const float *broad = line_.data() + first % 2, *close = near_.row(r) + first;
        kernels::halve_rows(texture_before.row(2 * r) + 2 * first, texture_before.row(2 * r + 1) + 2 * first, pairs,
                            texture_before_.data());
        kernels::halve_rows(texture_after.row(2 * r) + 2 * first, texture_after.row(2 * r + 1) + 2 * first, pairs,
                            texture_after_.data());
        const float *ta = texture_before_.data(), *tb = texture_after_.data();
        float* out = weight_.row(r) + first;
        for (int i = 0; i < count; ++i) {
            const float activity = std::max(ta[i] / knee_before, tb[i] / knee_after);
            out[i] = 0.5F * (close[i] + broad[i]) * ((1 + flat_activity) * activity / (activity + flat_activity));
        }
    }
}

void ContextWeight::row(int row, int col, std::size_t count, float* out) const {
    const int near = row / 2, far = row % 2 != 0 ? near + 1 : near - 1;
    kernels::double_row(weight_.row(near) + col / 2, weight_.row(far) + col / 2, (count / 2 + 7) / 8 * 8, out);
}

} // namespace overflight
