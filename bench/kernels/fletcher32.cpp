// SPDX-License-Identifier: Apache-2.0
#include "kernels/fletcher32.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

using namespace overflight::kernels;

template <auto checksum>
void chunk(benchmark::State& state) {
    const std::size_t size = 512 * 512;
    const std::vector<std::uint8_t> data(size, 3);
    for (auto _ : state) benchmark::DoNotOptimize(checksum(data.data(), size));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}
BENCHMARK_TEMPLATE(chunk, fletcher32);
BENCHMARK_TEMPLATE(chunk, reference::fletcher32);

} // namespace
