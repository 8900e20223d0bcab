// SPDX-License-Identifier: Apache-2.0
#include "kernels/heights.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

using namespace overflight::kernels;

/// Arguments: output pixels a post; pixels of a segment, as between the nodes of a lattice, or whole rows along those
/// of the posts.
template <auto sample>
void heights(benchmark::State& state) {
    const int size = 600, tile = 512, segment = static_cast<int>(state.range(1));
    const std::vector<float> posts(size * size, 250);
    const TerrainWindow terrain{posts.data(), size, size, size};
    const float step = 1.0f / static_cast<float>(state.range(0));
    std::vector<float> out(tile);
    for (auto _ : state) {
        for (int y = 0; y < tile; ++y) {
            for (int x = 0; x < tile; x += segment)
                sample(terrain, 10 + step * static_cast<float>(x), 10 + step * static_cast<float>(y), step,
                       segment == tile ? 0 : 0.05f * step, static_cast<std::size_t>(segment), out.data() + x);
            benchmark::ClobberMemory();
        }
    }
    state.SetItemsProcessed(state.iterations() * tile * tile);
}
BENCHMARK_TEMPLATE(heights, sample_heights)->ArgsProduct({{1, 8}, {16, 512}});
BENCHMARK_TEMPLATE(heights, reference::sample_heights)->Args({1, 512});

} // namespace
