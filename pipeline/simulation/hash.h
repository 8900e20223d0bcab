// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>

// Random numbers as pure functions of coordinates: the same scene whatever is asked first, by any thread.
namespace overflight::simulation {

/// splitmix64's finaliser: a bijection in which every input bit moves every output bit.
constexpr std::uint64_t mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

constexpr std::uint64_t hash(std::uint64_t seed, std::initializer_list<std::int64_t> values) {
    for (const std::int64_t value : values) seed = mix(seed ^ static_cast<std::uint64_t>(value));
    return seed;
}

/// A stream of numbers that starts at a hash.
class Random {
public:
    explicit Random(std::uint64_t state) : state_(state) {}

    std::uint64_t bits() { return state_ = mix(state_); }
    double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; } ///< [0, 1)
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    bool chance(double probability) { return uniform() < probability; }
    int integer(int count) { return static_cast<int>(uniform() * count); } ///< 0 .. count - 1
    double normal() {                                                      // Box-Muller; one of the pair is enough here
        const double radius = std::sqrt(-2 * std::log(1 - uniform()));
        return radius * std::cos(2 * 3.14159265358979323846 * uniform());
    }

private:
    std::uint64_t state_;
};

} // namespace overflight::simulation
