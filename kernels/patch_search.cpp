// SPDX-License-Identifier: Apache-2.0
#include "kernels/patch_search.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/patch_search.cpp"
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
constexpr float far_away = 3e38F;

HWY_INLINE V at(const float* p) {
    return hn::LoadU(D(), p);
}

void ranges(const float* above, const float* here, const float* below, std::size_t count, float* HWY_RESTRICT lowest,
            float* HWY_RESTRICT highest) {
    const V half = hn::Set(D(), 0.5F);
    for (std::size_t i = 0; i < count; i += lanes) {
        const V middle = at(here + i);
        const V left = hn::Mul(hn::Add(middle, at(here + i - 1)), half),
                right = hn::Mul(hn::Add(middle, at(here + i + 1)), half),
                up = hn::Mul(hn::Add(middle, at(above + i)), half),
                down = hn::Mul(hn::Add(middle, at(below + i)), half);
        hn::StoreU(hn::Min(middle, hn::Min(hn::Min(left, right), hn::Min(up, down))), D(), lowest + i);
        hn::StoreU(hn::Max(middle, hn::Max(hn::Max(left, right), hn::Max(up, down))), D(), highest + i);
    }
}

/// Rows and columns that 8 x 8 patches of 3 x 3 reach over, the latter in whole vectors.
constexpr std::size_t rows = patch_block + 2, columns = 2 * patch_block;

void nearest(const PatchImages& images, const PatchOffset* offsets, std::size_t count, float* HWY_RESTRICT out) {
    HWY_ALIGN float apart[rows * columns];
    HWY_ALIGN float summed[columns];
    for (std::size_t i = 0; i < patch_block * patch_block; ++i) out[i] = far_away;
    for (std::size_t k = 0; k < count; ++k) {
        const std::ptrdiff_t by = offsets[k].row * images.stride + offsets[k].col;
        for (std::size_t r = 0; r < rows; ++r) {
            const std::ptrdiff_t from = (static_cast<std::ptrdiff_t>(r) - 1) * images.stride - 1;
            for (std::size_t i = 0; i < columns; i += lanes) {
                V sum = hn::Zero(D());
                for (int p = 0; p < images.planes; ++p) {
                    const float* a = images.fixed[p] + from + i;
                    const float* low = images.lowest[p] + from + by + i;
                    const float* high = images.highest[p] + from + by + i;
                    const V difference =
                        hn::Max(hn::Max(hn::Sub(at(a), at(high)), hn::Sub(at(low), at(a))), hn::Zero(D()));
                    sum = hn::Add(sum, hn::Mul(difference, difference));
                }
                hn::StoreU(sum, D(), apart + r * columns + i);
            }
        }
        for (std::size_t r = 0; r < patch_block; ++r) {
            const float* lines = apart + r * columns;
            for (std::size_t i = 0; i < columns; i += lanes)
                hn::StoreU(hn::Add(hn::Add(at(lines + i), at(lines + columns + i)), at(lines + 2 * columns + i)), D(),
                           summed + i);
            float* least = out + r * patch_block;
            for (std::size_t i = 0; i < patch_block; i += lanes) {
                const V patch = hn::Add(hn::Add(at(summed + i), at(summed + i + 1)), at(summed + i + 2));
                hn::StoreU(hn::Min(at(least + i), patch), D(), least + i);
            }
        }
    }
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(nearest);
HWY_EXPORT(ranges);

void value_ranges(const float* above, const float* here, const float* below, std::size_t count, float* lowest,
                  float* highest) {
    HWY_DYNAMIC_DISPATCH(ranges)(above, here, below, count, lowest, highest);
}

void nearest_patches(const PatchImages& images, const PatchOffset* offsets, std::size_t count, float* nearest) {
    HWY_DYNAMIC_DISPATCH(nearest)(images, offsets, count, nearest);
}

void reference::value_ranges(const float* above, const float* here, const float* below, std::size_t count,
                             float* lowest, float* highest) {
    for (std::size_t i = 0; i < count; ++i) {
        const float middle = here[i];
        const float left = (middle + here[static_cast<std::ptrdiff_t>(i) - 1]) * 0.5F,
                    right = (middle + here[i + 1]) * 0.5F, up = (middle + above[i]) * 0.5F,
                    down = (middle + below[i]) * 0.5F;
        lowest[i] = std::min({middle, left, right, up, down});
        highest[i] = std::max({middle, left, right, up, down});
    }
}

void reference::nearest_patches(const PatchImages& images, const PatchOffset* offsets, std::size_t count,
                                float* nearest) {
    const auto apart = [&](std::ptrdiff_t place, const PatchOffset& offset) {
        float sum = 0;
        for (int p = 0; p < images.planes; ++p) {
            const std::ptrdiff_t there = place + offset.row * images.stride + offset.col;
            const float value = images.fixed[p][place];
            const float difference =
                std::max({value - images.highest[p][there], images.lowest[p][there] - value, 0.0F});
            sum += difference * difference;
        }
        return sum;
    };
    for (int r = 0; r < patch_block; ++r) {
        for (int c = 0; c < patch_block; ++c) {
            float least = 3e38F;
            for (std::size_t k = 0; k < count; ++k) {
                const auto column = [&](int x) {
                    const std::ptrdiff_t place = r * images.stride + c + x;
                    return (apart(place - images.stride, offsets[k]) + apart(place, offsets[k])) +
                           apart(place + images.stride, offsets[k]);
                };
                least = std::min(least, (column(-1) + column(0)) + column(1));
            }
            nearest[r * patch_block + c] = least;
        }
    }
}

} // namespace overflight::kernels
#endif
