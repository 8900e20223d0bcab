// SPDX-License-Identifier: Apache-2.0
#include "kernels/sight_rows.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

using namespace overflight::kernels;

constexpr std::size_t cells = 700; // of a tile with its surroundings

std::vector<float> town() {
    std::vector<float> heights(cells + sight_row_padding);
    for (std::size_t i = 0; i < heights.size(); ++i) heights[i] = i / 40 % 3 == 0 ? 20.0F : 2.0F;
    return heights;
}

template <auto displace>
void displaced(benchmark::State& state) {
    const std::vector<float> heights = town();
    std::vector<float> lies(cells);
    for (auto _ : state) {
        displace(heights.data(), cells, 5, {0.3F, 0.0001F, 0.001F, 0}, 40, lies.data());
        benchmark::DoNotOptimize(lies.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(cells));
}
BENCHMARK_TEMPLATE(displaced, displace_cells);
BENCHMARK_TEMPLATE(displaced, reference::displace_cells);

template <auto above>
void squares(benchmark::State& state) {
    constexpr std::ptrdiff_t stride = 100;
    const std::vector<float> heights = town();
    for (auto _ : state)
        for (std::ptrdiff_t col = 0; col < stride - wall_square_side; ++col)
            benchmark::DoNotOptimize(above(heights.data() + col, stride, 10));
    state.SetItemsProcessed(state.iterations() * (stride - wall_square_side));
}
BENCHMARK_TEMPLATE(squares, cells_above);
BENCHMARK_TEMPLATE(squares, reference::cells_above);

template <auto mark>
void steps(benchmark::State& state) {
    const std::vector<float> lies = town();
    std::vector<std::uint8_t> marks(cells);
    for (auto _ : state) {
        mark(lies.data(), lies.data() + 1, 1, cells, 2, marks.data());
        benchmark::DoNotOptimize(marks.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(cells));
}
BENCHMARK_TEMPLATE(steps, mark_steps);
BENCHMARK_TEMPLATE(steps, reference::mark_steps);

template <auto follow>
void tracks(benchmark::State& state) {
    const std::vector<float> lies = town();
    std::vector<float> furthest(cells, 3), bias(cells);
    std::vector<std::uint8_t> hidden(cells + sight_row_padding);
    const SightTracks all{.first = 0, .step = SightTracks::one - (SightTracks::one >> 5), .count = cells};
    for (auto _ : state) {
        follow(lies.data(), all, furthest.data(), bias.data(), hidden.data());
        benchmark::DoNotOptimize(hidden.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(cells));
}
BENCHMARK_TEMPLATE(tracks, follow_tracks);
BENCHMARK_TEMPLATE(tracks, reference::follow_tracks);

template <auto turn>
void turned(benchmark::State& state) {
    const std::vector<float> from(cells * cells, 1);
    std::vector<float> to(from.size());
    for (auto _ : state) {
        turn(from.data(), cells, cells, cells, to.data(), cells);
        benchmark::DoNotOptimize(to.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(from.size()));
}
BENCHMARK_TEMPLATE(turned, turn_cells);
BENCHMARK_TEMPLATE(turned, reference::turn_cells);

} // namespace
