// SPDX-License-Identifier: Apache-2.0
#include "kernels/byte_shuffle.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

using namespace overflight::kernels;

template <auto filter>
void chunk(benchmark::State& state) {
    const std::size_t size = 512 * 512 * static_cast<std::size_t>(state.range(0));
    const std::vector<std::uint8_t> in(size, 3);
    std::vector<std::uint8_t> out(size);
    for (auto _ : state) {
        filter(in.data(), size, static_cast<std::size_t>(state.range(0)), out.data());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}
BENCHMARK_TEMPLATE(chunk, byte_shuffle)->Arg(2)->Arg(4);
BENCHMARK_TEMPLATE(chunk, byte_unshuffle)->Arg(2)->Arg(4);
BENCHMARK_TEMPLATE(chunk, reference::byte_shuffle)->Arg(2)->Arg(4);

} // namespace
