// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <numbers>

namespace overflight {

/// Functions in plain arithmetic, for what is stored: those of the C library differ between processors in the last bit.

/// e^-x for x >= 0.
inline double exp_negative(double x) {
    if (x > 700) return 0;
    const double k = std::floor(x * 1.4426950408889634 + 0.5);
    const double f = k * 0.6931471805599453 - x; // |f| <= 0.347
    double term = 1, sum = 1;
    for (int i = 1; i <= 14; ++i) {
        term = term * f / i;
        sum += term;
    }
    return std::ldexp(sum, -static_cast<int>(k));
}

/// P(standard normal > t) for t >= 1, by Laplace's continued fraction.
inline double normal_tail(double t) {
    constexpr int terms = 300; // enough for t = 1; the larger t, the faster it converges
    double rest = t;
    for (int k = terms; k >= 1; --k) rest = t + k / rest;
    return exp_negative(t * t / 2) / (rest * std::sqrt(2 * std::numbers::pi));
}

} // namespace overflight
