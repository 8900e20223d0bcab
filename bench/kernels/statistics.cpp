// SPDX-License-Identifier: Apache-2.0
#include "kernels/statistics.h"

#include <benchmark/benchmark.h>

#include <type_traits>
#include <vector>

namespace {

using namespace overflight::kernels;

template <typename Sample>
void statistics(benchmark::State& state) {
    using Sum = std::conditional_t<std::is_same_v<Sample, float>, double, std::uint64_t>;
    const std::size_t count = 4096;
    const int lanes = static_cast<int>(state.range(0));
    const std::vector<Sample> a(count * lanes, 100), b(count * lanes, 101);
    const std::vector<std::uint8_t> valid(count, 255);
    PairStatistics<Sum> sums;
    for (auto _ : state) {
        add_pair_statistics(a.data(), b.data(), valid.data(), valid.data(), count, lanes, 250, sums);
        benchmark::DoNotOptimize(sums);
    }
    state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK_TEMPLATE(statistics, std::uint8_t)->Arg(1)->Arg(4);
BENCHMARK_TEMPLATE(statistics, std::uint16_t)->Arg(4);
BENCHMARK_TEMPLATE(statistics, float)->Arg(1)->Arg(4);

} // namespace
