// SPDX-License-Identifier: Apache-2.0
#include "geometry/hole_fill.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace overflight {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/// Means of the known cells of each 2 x 2 block.
std::vector<float> halved(const std::vector<float>& fine, int width, int height) {
    const int w = (width + 1) / 2, h = (height + 1) / 2;
    std::vector<float> coarse(static_cast<std::size_t>(w) * h, nan);
    for (int row = 0; row < h; ++row) {
        for (int col = 0; col < w; ++col) {
            double sum = 0;
            int count = 0;
            for (int r = 2 * row; r < std::min(2 * row + 2, height); ++r) {
                for (int c = 2 * col; c < std::min(2 * col + 2, width); ++c) {
                    const float value = fine[static_cast<std::size_t>(r) * width + c];
                    if (std::isnan(value)) continue;
                    sum += value;
                    ++count;
                }
            }
            if (count > 0) coarse[static_cast<std::size_t>(row) * w + col] = static_cast<float>(sum / count);
        }
    }
    return coarse;
}

} // namespace

bool fill_holes(std::vector<float>& values, int width, int height) {
    if (std::none_of(values.begin(), values.end(), [](float v) { return std::isnan(v); })) return !values.empty();
    if (width <= 1 && height <= 1) return false;
    const int w = (width + 1) / 2, h = (height + 1) / 2;
    std::vector<float> coarse = halved(values, width, height);
    if (!fill_holes(coarse, w, h)) return false;
    for (int row = 0; row < height; ++row) {
        const float y = std::clamp(0.5F * (static_cast<float>(row) - 0.5F), 0.0F, static_cast<float>(h - 1));
        const int r0 = static_cast<int>(y), r1 = std::min(r0 + 1, h - 1);
        const float fy = y - static_cast<float>(r0);
        for (int col = 0; col < width; ++col) {
            float& value = values[static_cast<std::size_t>(row) * width + col];
            if (!std::isnan(value)) continue;
            const float x = std::clamp(0.5F * (static_cast<float>(col) - 0.5F), 0.0F, static_cast<float>(w - 1));
            const int c0 = static_cast<int>(x), c1 = std::min(c0 + 1, w - 1);
            const float fx = x - static_cast<float>(c0);
            const auto at = [&](int r, int c) { return coarse[static_cast<std::size_t>(r) * w + c]; };
            value =
                (at(r0, c0) * (1 - fx) + at(r0, c1) * fx) * (1 - fy) + (at(r1, c0) * (1 - fx) + at(r1, c1) * fx) * fy;
        }
    }
    return true;
}

} // namespace overflight
