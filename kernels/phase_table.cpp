// SPDX-License-Identifier: Apache-2.0
#include "kernels/resample.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace overflight::kernels {
namespace {

constexpr double pi = 3.14159265358979323846;
constexpr int integer_one = 1 << 14;

/// sin(pi * x) for 0 <= x <= 3. The C library picks its sine by the CPU, and the last bit may differ: weights must not.
double sine_of_pi(double x) {
    const double turns = std::floor(x);
    double angle = x - turns;
    angle = pi * std::min(angle, 1 - angle);
    double term = angle, sum = angle;
    for (int n = 2; n < 24; n += 2) {
        term *= -angle * angle / (n * (n + 1));
        sum += term;
    }
    return static_cast<int>(turns) % 2 == 0 ? sum : -sum;
}

double kernel_value(Interpolation interpolation, double distance) {
    const double x = std::abs(distance);
    switch (interpolation) {
    case Interpolation::nearest:
        break;
    case Interpolation::bilinear:
        return std::max(0.0, 1 - x);
    case Interpolation::cubic:
        if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
        return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    case Interpolation::lanczos3:
        if (x == 0) return 1;
        return x < 3 ? 3 * sine_of_pi(x) * sine_of_pi(x / 3) / (pi * pi * x * x) : 0;
    }
    return 0;
}

int kernel_radius(Interpolation interpolation) {
    return interpolation == Interpolation::lanczos3 ? 3 : interpolation == Interpolation::cubic ? 2 : 1;
}

/// Rounds so that the sum is kept: down, then up again where the most was lost.
void quantise(const double* weights, int taps, std::int16_t* quantised) {
    std::array<double, max_taps> lost;
    std::array<int, max_taps> order;
    int missing = integer_one;
    for (int k = 0; k < taps; ++k) {
        const double down = std::floor(weights[k] * integer_one);
        lost[k] = weights[k] * integer_one - down;
        quantised[k] = static_cast<std::int16_t>(down);
        missing -= quantised[k];
    }
    std::iota(order.begin(), order.begin() + taps, 0);
    std::sort(order.begin(), order.begin() + taps,
              [&](int a, int b) { return lost[a] != lost[b] ? lost[a] > lost[b] : a < b; });
    for (int k = 0; k < missing; ++k) ++quantised[order[k]];
}

/// Rows of weights from `first` on, of taps that reach as far as the table says.
void tabulate(Interpolation interpolation, double widening, int first, PhaseTable& table) {
    for (int phase = 0; phase < phases; ++phase) {
        std::array<double, max_taps> weights;
        double sum = 0;
        for (int k = 0; k < table.taps; ++k) {
            const double distance = k + table.first - static_cast<double>(phase) / phases;
            weights[k] = kernel_value(interpolation, distance / widening);
            sum += weights[k];
        }
        const int row = first + phase * table.stride;
        std::fill_n(&table.integer[row], table.stride, std::int16_t{0});
        std::fill_n(&table.real[row], table.stride, 0.0F);
        for (int k = 0; k < table.taps; ++k) {
            weights[k] /= sum;
            table.real[row + k] = static_cast<float>(weights[k]);
        }
        quantise(weights.data(), table.taps, &table.integer[row]);
    }
}

} // namespace

double widest(Interpolation interpolation) {
    return interpolation == Interpolation::nearest ? 1 : max_taps / 2.0 / kernel_radius(interpolation);
}

void make_phase_table(Interpolation interpolation, double along, double down, PhaseTable& table) {
    table.down = 0;
    table.keys = false;
    table.widened = false;
    if (interpolation == Interpolation::nearest) {
        table.taps = 1;
        table.first = 0;
        table.stride = 4;
        for (int phase = 0; phase < phases; ++phase) {
            for (int k = 0; k < table.stride; ++k) {
                table.integer[phase * table.stride + k] = k == 0 ? integer_one : 0;
                table.real[phase * table.stride + k] = k == 0 ? 1 : 0;
            }
        }
        return;
    }
    const int radius = kernel_radius(interpolation);
    along = std::clamp(along, 1.0, widest(interpolation));
    down = std::clamp(down, 1.0, widest(interpolation));
    const int half = static_cast<int>(std::ceil(radius * std::max(along, down)));
    table.keys = interpolation == Interpolation::cubic && half == radius;
    table.widened = half > radius;
    table.taps = 2 * half;
    table.first = 1 - half;
    table.stride = (table.taps + 3) / 4 * 4;
    tabulate(interpolation, along, 0, table);
    if (down == along) return;
    table.down = phases * table.stride;
    tabulate(interpolation, down, table.down, table);
}

} // namespace overflight::kernels
