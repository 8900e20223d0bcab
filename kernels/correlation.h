// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace overflight::kernels {

/// A plane of two-component vectors, each component row-major, `stride` floats a row.
struct VectorPlane {
    const float* x = nullptr;
    const float* y = nullptr;
    std::ptrdiff_t stride = 0;
};

/// Correlation of a window of vectors against another mission's at `shifts` neighbouring columns: with sums over
/// rows x cols,
///   cross[k]  = sum of ax * bx(+k) + ay * by(+k)
///   energy[k] = sum of bx(+k)^2 + by(+k)^2
/// where (+k) is k columns to the right in `b`. cols: a multiple of 8. Float sums in a fixed order, the same on every
/// target: per row in eight partial sums by column modulo 8, these added in pairs at a row's end and to a double.
void correlate_vectors(const VectorPlane& a, const VectorPlane& b, int rows, int cols, int shifts, double* cross,
                       double* energy);

namespace reference {
void correlate_vectors(const VectorPlane& a, const VectorPlane& b, int rows, int cols, int shifts, double* cross,
                       double* energy);
} // namespace reference

} // namespace overflight::kernels
