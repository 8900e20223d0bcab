// SPDX-License-Identifier: Apache-2.0
#include "stages/change_detail.h"

#include "core/quantile.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace overflight {
namespace {

/// Shares of the samples, by rising detail, between which widths are measured: most ground has little of it.
constexpr std::array<double, DetailWidth::knots + 1> parts{0,   0.2,  0.4,  0.6,   0.7,   0.8, 0.85,
                                                           0.9, 0.94, 0.97, 0.985, 0.995, 1};
constexpr std::size_t usual_parts = 4; ///< that tell the width without detail
constexpr double far_out = 0.985;      ///< share of the distances that widths are measured at
constexpr float tail = 2;              ///< the tail beyond widens as many times as much
constexpr float widest = 5;            ///< what differs by more has changed
constexpr std::size_t least_part = 20; ///< samples in a part
constexpr float least_far = 0.5;   ///< distance there, in units of the median of all: less is where images are the same
constexpr float worth_scaling = 2; ///< scores below this make no change by themselves

float width_at(const DetailWidth& null, float detail) {
    const auto above = std::upper_bound(null.detail.begin(), null.detail.end(), detail);
    if (above == null.detail.begin()) return null.width.front();
    if (above == null.detail.end()) return null.width.back();
    const auto i = static_cast<std::size_t>(above - null.detail.begin());
    const float share = (detail - null.detail[i - 1]) / (null.detail[i] - null.detail[i - 1]);
    return null.width[i - 1] + share * (null.width[i] - null.width[i - 1]);
}

} // namespace

float detail_around(const Plane& luminance, int col, int row) {
    float most = 0;
    for (int r = row - 1; r <= row + 1; ++r) {
        const float *above = luminance.row(r - 1) + col, *here = luminance.row(r) + col,
                    *below = luminance.row(r + 1) + col;
        for (int c = -1; c <= 1; ++c) {
            const float twice = 2 * here[c];
            for (const float ends : {here[c - 1] + here[c + 1], above[c] + below[c], above[c - 1] + below[c + 1],
                                     above[c + 1] + below[c - 1]})
                most = std::max(most, std::abs(twice - ends));
        }
    }
    return most / 2;
}

SharedDetail::SharedDetail(const DetailWidth& null, float detail_before, float detail_after, float before, float after)
    : detail(std::min(null.gain * detail_before, detail_after)),
      difference(std::abs(null.gain * before + null.offset - after)) {}

float SharedDetail::explains() const {
    return std::clamp(2 - difference / std::max(detail, 1e-6F), 0.0F, 1.0F);
}

void fit_detail_width(const std::vector<float>& distance, const std::vector<float>& detail, DetailWidth& out) {
    const std::size_t count = distance.size();
    const double smallest_part = parts.back() - parts[parts.size() - 2];
    if (static_cast<double>(count) * smallest_part < least_part) return;
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return detail[i]; });
    const auto place = [&](double share) { return static_cast<std::size_t>(share * static_cast<double>(count)); };
    std::array<float, DetailWidth::knots> far{};
    std::vector<float> values;
    for (std::size_t k = 0; k < far.size(); ++k) {
        values.clear();
        for (std::size_t i = place(parts[k]); i < place(parts[k + 1]); ++i) values.push_back(distance[order[i]]);
        far[k] = quantile(values, far_out);
        out.detail[k] = detail[order[(place(parts[k]) + place(parts[k + 1])) / 2]];
    }
    std::vector<float> usual(far.begin(), far.begin() + usual_parts);
    const float narrow = std::max(quantile(usual, 0.5), least_far);
    float width = 1;
    for (std::size_t k = 0; k < far.size(); ++k) {
        width = std::clamp(1 + tail * (far[k] / narrow - 1), width, widest);
        out.width[k] = width;
    }
}

void scale_by_detail(const ChangeModel& model, const Plane& luminance_before, const Plane& luminance_after, int first,
                     int end_col, int end_row, Plane& fine) {
    const DetailWidth& null = model.detail_width;
    if (null.width.back() <= 1) return;
    const float zero = model.fine_null.centre / model.fine_null.scale; // a fine score's distance from no difference
    for (int r = first; r < end_row; r += 2) {
        const std::array<float*, 2> rows{fine.row(r), fine.row(r + 1)};
        for (int c = first; c < end_col; c += 2) {
            if (std::max({rows[0][c], rows[0][c + 1], rows[1][c], rows[1][c + 1]}) < worth_scaling) continue;
            const int x = c / 2, y = r / 2;
            const SharedDetail shared(null, detail_around(luminance_before, x, y), detail_around(luminance_after, x, y),
                                      luminance_before.row(y)[x], luminance_after.row(y)[x]);
            const float width = 1 + (width_at(null, shared.detail) - 1) * shared.explains();
            if (width <= 1) continue;
            for (float* row : rows)
                for (int k = c; k < c + 2; ++k) row[k] = (row[k] + zero) / width - zero;
        }
    }
}

} // namespace overflight
