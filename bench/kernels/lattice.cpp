// SPDX-License-Identifier: Apache-2.0
#include "kernels/lattice.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

using namespace overflight::kernels;

template <auto positions>
void lattice(benchmark::State& state) {
    const int step = static_cast<int>(state.range(0)), tile = 512, nodes = tile / step + 1;
    std::vector<float> values;
    for (int r = 0; r < nodes; ++r)
        for (int c = 0; c < nodes; ++c)
            for (const float value : {500.0f + static_cast<float>(c * step), 700.0f + static_cast<float>(r * step),
                                      1.0f, 0.4f, -0.3f, 1e-4f, 1e-5f, 1e-5f, 0.0f})
                values.push_back(value);
    const Lattice grid{values.data(), nodes, nodes, step, 250};
    std::vector<float> heights(tile, 260);
    std::vector<std::int32_t> col(tile), row(tile);
    for (auto _ : state) {
        for (int y = 0; y < tile; ++y) {
            positions(grid, y, 0, tile, heights.data(), col.data(), row.data());
            benchmark::ClobberMemory();
        }
    }
    state.SetItemsProcessed(state.iterations() * tile * tile);
}
BENCHMARK_TEMPLATE(lattice, lattice_positions)->Arg(8)->Arg(16)->Arg(32);
BENCHMARK_TEMPLATE(lattice, reference::lattice_positions)->Arg(16);

} // namespace
