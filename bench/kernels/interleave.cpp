// SPDX-License-Identifier: Apache-2.0
#include "kernels/interleave.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

using namespace overflight::kernels;

constexpr std::size_t count = 4096;

template <typename Sample, int bands>
void pack(benchmark::State& state) {
    const std::vector<Sample> source(count * bands, 3);
    std::vector<Sample> out(count * 4);
    for (auto _ : state) {
        pack_lanes(source.data(), bands, bands, 4, count, out.data());
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * count);
    state.SetBytesProcessed(state.iterations() * count * bands * sizeof(Sample));
}
BENCHMARK_TEMPLATE(pack, std::uint8_t, 3);
BENCHMARK_TEMPLATE(pack, std::uint8_t, 4);
BENCHMARK_TEMPLATE(pack, std::uint16_t, 3);
BENCHMARK_TEMPLATE(pack, float, 3);

template <typename Sample, int lanes>
void unpack(benchmark::State& state) {
    const std::vector<Sample> source(count * lanes, 3);
    std::vector<Sample> out(count * lanes);
    Sample* rows[4] = {};
    for (int lane = 0; lane < lanes; ++lane) rows[lane] = &out[lane * count];
    for (auto _ : state) {
        unpack_lanes(source.data(), lanes, count, rows);
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * count);
    state.SetBytesProcessed(state.iterations() * count * lanes * sizeof(Sample));
}
BENCHMARK_TEMPLATE(unpack, std::uint8_t, 4);
BENCHMARK_TEMPLATE(unpack, std::uint16_t, 4);
BENCHMARK_TEMPLATE(unpack, float, 4);
BENCHMARK_TEMPLATE(unpack, std::uint8_t, 2);

} // namespace
