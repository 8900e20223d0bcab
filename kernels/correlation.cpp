// SPDX-License-Identifier: Apache-2.0
#include "kernels/correlation.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/correlation.cpp"
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
constexpr std::size_t vectors = 8 / lanes; ///< that hold the eight partial sums

HWY_INLINE double fold(const V* sums) {
    alignas(32) float v[8];
    for (std::size_t k = 0; k < vectors; ++k) hn::Store(sums[k], D(), v + k * lanes);
    return static_cast<double>(((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7])));
}

void correlate(const VectorPlane& a, const VectorPlane& b, int rows, int cols, int shifts, double* cross,
               double* energy) {
    const D d;
    std::fill(cross, cross + shifts, 0.0);
    std::fill(energy, energy + shifts, 0.0);
    for (int r = 0; r < rows; ++r) {
        const float *ax = a.x + r * a.stride, *ay = a.y + r * a.stride;
        for (int k = 0; k < shifts; ++k) {
            const float *bx = b.x + r * b.stride + k, *by = b.y + r * b.stride + k;
            V product[vectors], square[vectors];
            for (std::size_t j = 0; j < vectors; ++j) product[j] = square[j] = hn::Zero(d);
            for (int c = 0; c < cols; c += 8) {
                for (std::size_t j = 0; j < vectors; ++j) {
                    const std::size_t at = static_cast<std::size_t>(c) + j * lanes;
                    const V x = hn::LoadU(d, bx + at), y = hn::LoadU(d, by + at);
                    product[j] = hn::Add(product[j],
                                         hn::Add(hn::Mul(hn::LoadU(d, ax + at), x), hn::Mul(hn::LoadU(d, ay + at), y)));
                    square[j] = hn::Add(square[j], hn::Add(hn::Mul(x, x), hn::Mul(y, y)));
                }
            }
            cross[k] += fold(product);
            energy[k] += fold(square);
        }
    }
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(correlate);

void correlate_vectors(const VectorPlane& a, const VectorPlane& b, int rows, int cols, int shifts, double* cross,
                       double* energy) {
    HWY_DYNAMIC_DISPATCH(correlate)(a, b, rows, cols, shifts, cross, energy);
}

void reference::correlate_vectors(const VectorPlane& a, const VectorPlane& b, int rows, int cols, int shifts,
                                  double* cross, double* energy) {
    for (int k = 0; k < shifts; ++k) {
        cross[k] = energy[k] = 0;
        for (int r = 0; r < rows; ++r) {
            float product[8] = {}, square[8] = {};
            for (int c = 0; c < cols; ++c) {
                const float ax = a.x[r * a.stride + c], ay = a.y[r * a.stride + c];
                const float bx = b.x[r * b.stride + c + k], by = b.y[r * b.stride + c + k];
                product[c % 8] += ax * bx + ay * by;
                square[c % 8] += bx * bx + by * by;
            }
            const auto fold = [](const float* v) {
                return static_cast<double>(((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7])));
            };
            cross[k] += fold(product);
            energy[k] += fold(square);
        }
    }
}

} // namespace overflight::kernels
#endif
