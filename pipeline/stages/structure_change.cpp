// SPDX-License-Identifier: Apache-2.0
#include "stages/structure_change.h"

#include "kernels/smoothing.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace overflight {

namespace {

constexpr float half_sign = 0.5F;         ///< of noise: a difference as large makes half a sign
constexpr float least_informative = 0.4F; ///< of four signs: fewer, or less sure ones, tell nothing

} // namespace

void StructureChange::average(Plane& plane, int rounds) {
    scratch_.resize(plane.width(), plane.height());
    const auto width = static_cast<std::size_t>(plane.width() + 7) / 8 * 8; // planes have room beside their rows
    for (int k = 1; k <= rounds; ++k) {
        const int first = round_reach * k, last = plane.height() - round_reach * k;
        for (int r = first; r < last; ++r) {
            const std::array<const float*, 5> rows{plane.row(r - 2), plane.row(r - 1), plane.row(r), plane.row(r + 1),
                                                   plane.row(r + 2)};
            kernels::sum_five_across(rows.data(), width, scratch_.row(r));
        }
        for (int r = first; r < last; ++r) kernels::sum_five_along(scratch_.row(r), 0.04F, width, plane.row(r));
    }
}

void StructureChange::correlate(const Plane& before, const Plane& after, int rounds, float least_before,
                                float least_after) {
    const int width = before.width(), height = before.height();
    for (Plane* plane : {&product_aa_, &product_bb_, &product_ab_, &mean_a_, &mean_b_, &change_})
        plane->resize(width, height);
    for (int r = 0; r < height; ++r) {
        const float *x = before.row(r), *y = after.row(r);
        float *xx = product_aa_.row(r), *yy = product_bb_.row(r), *xy = product_ab_.row(r);
        for (int i = 0; i < width; ++i) {
            xx[i] = x[i] * x[i];
            yy[i] = y[i] * y[i];
            xy[i] = x[i] * y[i];
        }
        std::copy_n(x, width, mean_a_.row(r));
        std::copy_n(y, width, mean_b_.row(r));
    }
    for (Plane* plane : {&product_aa_, &product_bb_, &product_ab_, &mean_a_, &mean_b_}) average(*plane, rounds);
    for (int r = 0; r < height; ++r) {
        const float *ma = mean_a_.row(r), *mb = mean_b_.row(r), *aa = product_aa_.row(r), *bb = product_bb_.row(r),
                    *ab = product_ab_.row(r);
        float* out = change_.row(r);
        for (int i = 0; i < width; ++i) {
            const float va = std::max(aa[i] - ma[i] * ma[i], 0.0F) + least_before;
            const float vb = std::max(bb[i] - mb[i] * mb[i], 0.0F) + least_after;
            const float cov = std::max(ab[i] - ma[i] * mb[i], 0.0F);
            out[i] = std::max(1 - cov / std::sqrt(va * vb), 0.0F);
        }
    }
}

/// What the gradients and the signs of each sample tell, 0 along the borders.
void StructureChange::compare_neighbours(const Plane& before, const Plane& after, float least_before,
                                         float least_after) {
    const int width = before.width(), height = before.height();
    const float half_before = half_sign * std::sqrt(least_before), half_after = half_sign * std::sqrt(least_after);
    for (Plane* plane : {&aligned_, &magnitude_, &agreeing_, &informative_}) {
        plane->resize(width, height);
        for (const int r : {0, height - 1}) std::fill_n(plane->row(r), width, 0.0F);
        for (int r = 0; r < height; ++r) plane->row(r)[0] = plane->row(r)[width - 1] = 0;
    }
    for (int r = 1; r < height - 1; ++r) {
        const std::array<const float*, 3> a{before.row(r - 1), before.row(r), before.row(r + 1)},
            b{after.row(r - 1), after.row(r), after.row(r + 1)};
        float *aligned = aligned_.row(r), *magnitude = magnitude_.row(r), *agreeing = agreeing_.row(r),
              *informative = informative_.row(r);
        for (int i = 1; i < width - 1; ++i) {
            const float ax = a[1][i + 1] - a[1][i - 1], ay = a[2][i] - a[0][i], bx = b[1][i + 1] - b[1][i - 1],
                        by = b[2][i] - b[0][i];
            aligned[i] = ax * bx + ay * by;
            magnitude[i] = std::sqrt((ax * ax + ay * ay) * (bx * bx + by * by));
            const float own_a = a[1][i], own_b = b[1][i];
            const auto agreement = [&](float neighbour_a, float neighbour_b) {
                const float da = neighbour_a - own_a, db = neighbour_b - own_b;
                return da * db / ((std::abs(da) + half_before) * (std::abs(db) + half_after));
            };
            // The other four neighbours' signs are theirs.
            const float right = agreement(a[1][i + 1], b[1][i + 1]), below = agreement(a[2][i], b[2][i]),
                        below_right = agreement(a[2][i + 1], b[2][i + 1]),
                        below_left = agreement(a[2][i - 1], b[2][i - 1]);
            agreeing[i] = (right + below) + (below_right + below_left);
            informative[i] = (std::abs(right) + std::abs(below)) + (std::abs(below_right) + std::abs(below_left));
        }
    }
}

void StructureChange::compare(const Plane& before, const Plane& after, int rounds, float least_before,
                              float least_after) {
    correlate(before, after, rounds, least_before, least_after);
    compare_neighbours(before, after, least_before, least_after);
    for (Plane* plane : {&aligned_, &magnitude_, &agreeing_, &informative_}) average(*plane, rounds);
    const float least = std::sqrt(least_before * least_after);
    for (int r = 0; r < before.height(); ++r) {
        const float *aligned = aligned_.row(r), *magnitude = magnitude_.row(r), *agreeing = agreeing_.row(r),
                    *informative = informative_.row(r);
        float* out = change_.row(r);
        for (int i = 0; i < before.width(); ++i) {
            const float direction = std::max(aligned[i], 0.0F) / (magnitude[i] + least);
            const float signs = std::max(agreeing[i], 0.0F) / (informative[i] + least_informative);
            out[i] = std::max((out[i] + (1 - direction) + (1 - signs)) * (1.0F / 3), 0.0F);
        }
    }
}

} // namespace overflight
