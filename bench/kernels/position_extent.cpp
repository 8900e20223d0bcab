// SPDX-License-Identifier: Apache-2.0
#include "kernels/position_extent.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

using namespace overflight::kernels;

template <auto extend>
void extent(benchmark::State& state) {
    const std::vector<std::int32_t> col(16384, 70000), row(16384, 50000);
    for (auto _ : state) {
        PositionExtent result;
        extend(col.data(), row.data(), col.size(), -128, 400000, 300000, result);
        benchmark::DoNotOptimize(result);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(col.size()));
}
BENCHMARK_TEMPLATE(extent, extend_extent);
BENCHMARK_TEMPLATE(extent, reference::extend_extent);

} // namespace
