// SPDX-License-Identifier: Apache-2.0
#include "kernels/change_rows.h"

#include "kernels/correlation.h"
#include "kernels/sample_rows.h"
#include "kernels/smoothing.h"

#include <benchmark/benchmark.h>

#include <array>
#include <vector>

namespace {

using namespace overflight::kernels;

constexpr std::size_t count = 544, stride = count + 64; ///< a tile's row with its halo

struct Rows {
    std::vector<float> values = std::vector<float>(32 * stride, 1.5F);
    std::array<float*, 32> rows{};
    Rows() {
        for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = values.data() + r * stride + 32;
    }
};

void finish(benchmark::State& state, std::size_t pixels) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(pixels));
}

void load_u8(benchmark::State& state) {
    const std::vector<std::uint8_t> in(count, 7), valid(count, 1);
    Rows out;
    for (auto _ : state) {
        load_samples(in.data(), valid.data(), count, 0, out.rows[0]);
        benchmark::ClobberMemory();
    }
    finish(state, count);
}
BENCHMARK(load_u8);

void shift_u8(benchmark::State& state) {
    const std::vector<std::uint8_t> in(64 * 64, 7);
    const float weights[] = {-0.0625F, 0.5625F, 0.5625F, -0.0625F};
    Rows out;
    for (auto _ : state) {
        shift_block(in.data(), 64, weights, weights, 8, out.rows[0], 8);
        benchmark::ClobberMemory();
    }
    finish(state, 64);
}
BENCHMARK(shift_u8);

void smoothing(benchmark::State& state) {
    Rows in, out;
    for (auto _ : state) {
        smooth_along(in.rows[0], count, out.rows[0]);
        smooth_across(in.rows[0], in.rows[1], in.rows[2], 0.1F, count, out.rows[1]);
        benchmark::ClobberMemory();
    }
    finish(state, count);
}
BENCHMARK(smoothing);

void mixed(benchmark::State& state) {
    Rows in, out;
    const std::vector<float> terms(81, 0.3F);
    const int features = static_cast<int>(state.range(0));
    const MixTerms side{in.rows.data(), features, terms.data(), terms.data()};
    for (auto _ : state) {
        mixed_distance(side, side, features, count, out.rows[0]);
        benchmark::ClobberMemory();
    }
    finish(state, count);
}
BENCHMARK(mixed)->Arg(4)->Arg(5);

void tolerant(benchmark::State& state) {
    Rows before, after, out;
    for (auto _ : state) {
        tolerant_distances(before.rows.data(), after.rows.data(), static_cast<int>(state.range(0)), count, out.rows[0],
                           out.rows.data() + 1, out.rows[8], stride);
        benchmark::ClobberMemory();
    }
    finish(state, count);
}
BENCHMARK(tolerant)->Arg(3)->Arg(4);

void combined(benchmark::State& state) {
    Rows in;
    const std::vector<std::uint8_t> valid(count, 1);
    std::vector<std::uint8_t> out(count);
    for (auto _ : state) {
        combine_scores(in.rows.data(), in.rows[4], in.rows[5], valid.data(), {0.05F, 2, 0.35F, -1, 8}, count,
                       out.data());
        benchmark::ClobberMemory();
    }
    finish(state, count);
}
BENCHMARK(combined);

/// One row of shifts of a registration window: items are products of vectors.
void correlation(benchmark::State& state) {
    const std::vector<float> plane(2 * 160 * 160, 0.5F);
    const VectorPlane vectors{plane.data(), plane.data() + 160 * 160, 160};
    std::array<double, 11> cross{}, energy{};
    for (auto _ : state) {
        correlate_vectors(vectors, vectors, 128, 128, 11, cross.data(), energy.data());
        benchmark::DoNotOptimize(cross);
    }
    finish(state, std::size_t{11} * 128 * 128);
}
BENCHMARK(correlation);

} // namespace
