// SPDX-License-Identifier: Apache-2.0
#include "kernels/heights.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

using namespace overflight::kernels;

/// Argument: output pixels a post, in segments of 16 pixels as between the nodes of a lattice.
template <auto sample>
void heights(benchmark::State& state) {
    const int size = 600, tile = 512, segment = 16;
    const std::vector<float> posts(size * size, 250);
    const TerrainWindow terrain{posts.data(), size, size, size};
    const float step = 1.0f / static_cast<float>(state.range(0));
    std::vector<float> out(tile);
    for (auto _ : state) {
        for (int y = 0; y < tile; ++y) {
            for (int x = 0; x < tile; x += segment)
                sample(terrain, 10 + step * static_cast<float>(x), 10 + step * static_cast<float>(y), step,
                       0.05f * step, segment, out.data() + x);
            benchmark::ClobberMemory();
        }
    }
    state.SetItemsProcessed(state.iterations() * tile * tile);
}
BENCHMARK_TEMPLATE(heights, sample_heights)->Arg(1)->Arg(8);
BENCHMARK_TEMPLATE(heights, reference::sample_heights)->Arg(1);

} // namespace
