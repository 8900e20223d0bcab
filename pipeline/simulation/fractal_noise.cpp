// SPDX-License-Identifier: Apache-2.0
#include "simulation/fractal_noise.h"

#include "simulation/hash.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace overflight::simulation {

namespace {

struct Region {
    std::int64_t col, row;
    int width, height;
};

/// The coarser nodes that a region's subdivision needs.
Region parent(const Region& fine) {
    const std::int64_t col = (fine.col >> 1) - 1, row = (fine.row >> 1) - 1;
    return {col, row, static_cast<int>(((fine.col + fine.width - 1) >> 1) + 1 - col + 1),
            static_cast<int>(((fine.row + fine.height - 1) >> 1) + 1 - row + 1)};
}

/// White noise, uniform in -amplitude .. amplitude. 32-bit arithmetic, so that the compiler vectorises it.
void add_white(std::uint32_t seed, float amplitude, const Region& region, float* values) {
    const float scale = amplitude * 0x1p-31f;
    for (int r = 0; r < region.height; ++r) {
        const std::uint32_t row_hash = (static_cast<std::uint32_t>(region.row + r) * 0x85EBCA77u) ^ seed;
        const auto first = static_cast<std::uint32_t>(region.col);
        float* line = values + static_cast<std::ptrdiff_t>(r) * region.width;
        for (int c = 0; c < region.width; ++c) {
            std::uint32_t h = ((first + static_cast<std::uint32_t>(c)) * 0x9E3779B1u) + row_hash;
            h = (h ^ (h >> 16)) * 0x7FEB352Du;
            h = (h ^ (h >> 15)) * 0x846CA68Bu;
            h ^= h >> 16;
            line[c] += scale * static_cast<float>(static_cast<std::int32_t>(h));
        }
    }
}

/// One step of cubic B-spline subdivision along a line: even nodes (1 6 1) / 8, odd ones (1 1) / 2.
void subdivide_line(const float* coarse, std::int64_t coarse_first, float* fine, std::int64_t fine_first, int count) {
    for (int i = 0; i < count; ++i) {
        const std::int64_t at = fine_first + i;
        const float* node = coarse + ((at >> 1) - coarse_first);
        fine[i] = at & 1 ? 0.5f * (node[0] + node[1]) : 0.125f * (node[-1] + node[1]) + 0.75f * node[0];
    }
}

} // namespace

FractalNoise::FractalNoise(std::uint64_t seed, int finest, int coarsest, double persistence)
    : seed_(seed), finest_(finest), coarsest_(std::max(finest, coarsest)) {
    // Variance of a uniform number over -1 .. 1, times the B-spline's mean squared weight in two dimensions.
    const double octave_variance = 1.0 / 3.0 * (151.0 / 315.0) * (151.0 / 315.0);
    double variance = 0, amplitude = 1;
    amplitude_.assign(static_cast<std::size_t>(coarsest_) + 1, 0.0f);
    for (int k = coarsest_; k >= finest_; --k, amplitude *= persistence) {
        amplitude_[static_cast<std::size_t>(k)] = static_cast<float>(amplitude);
        variance += amplitude * amplitude * octave_variance;
    }
    for (float& a : amplitude_) a = static_cast<float>(a / std::sqrt(variance));
}

void FractalNoise::evaluate(std::int64_t col, std::int64_t row, int width, int height, int level,
                            std::vector<float>& out) const {
    std::vector<Region> regions; // from the level asked up to the coarsest octave
    regions.push_back({col, row, width, height});
    for (int k = level; k < coarsest_; ++k) regions.push_back(parent(regions.back()));

    thread_local std::vector<float> coarse, half;
    out.assign(static_cast<std::size_t>(regions.back().width) * regions.back().height, 0.0f);
    for (int k = std::max(level, coarsest_);; --k) {
        const Region& region = regions[static_cast<std::size_t>(k - level)];
        if (k < static_cast<int>(amplitude_.size()) && amplitude_[static_cast<std::size_t>(k)] > 0) {
            const auto seed = static_cast<std::uint32_t>(hash(seed_, {k}));
            add_white(seed, amplitude_[static_cast<std::size_t>(k)], region, out.data());
        }
        if (k == level) return;
        const Region& fine = regions[static_cast<std::size_t>(k - 1 - level)];
        coarse.swap(out);
        half.resize(static_cast<std::size_t>(fine.width) * region.height);
        for (int r = 0; r < region.height; ++r) {
            subdivide_line(coarse.data() + static_cast<std::ptrdiff_t>(r) * region.width, region.col,
                           half.data() + static_cast<std::ptrdiff_t>(r) * fine.width, fine.col, fine.width);
        }
        out.resize(static_cast<std::size_t>(fine.width) * fine.height);
        for (int r = 0; r < fine.height; ++r) {
            const std::int64_t at = fine.row + r;
            const float* node = half.data() + ((at >> 1) - region.row) * fine.width;
            const float *below = node - fine.width, *above = node + fine.width;
            float* line = out.data() + static_cast<std::ptrdiff_t>(r) * fine.width;
            if (at & 1) {
                for (int c = 0; c < fine.width; ++c) line[c] = 0.5f * (node[c] + above[c]);
            } else {
                for (int c = 0; c < fine.width; ++c) line[c] = 0.125f * (below[c] + above[c]) + 0.75f * node[c];
            }
        }
    }
}

} // namespace overflight::simulation
