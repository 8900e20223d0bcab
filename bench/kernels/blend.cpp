// SPDX-License-Identifier: Apache-2.0
#include "kernels/blend.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

using namespace overflight::kernels;

/// Two frames' feather over a tile's row, both steps.
template <typename Sample, typename Sum>
void feather(benchmark::State& state) {
    const std::size_t count = 512;
    const int lanes = static_cast<int>(state.range(0));
    const std::vector<Sample> samples(count * lanes, 100);
    const std::vector<std::uint8_t> valid(count, 255);
    const std::vector<std::uint16_t> weights(count, 128);
    std::vector<Sum> sums(count * lanes);
    std::vector<std::int32_t> weight_sums(count);
    std::vector<Sample> out(count * lanes);
    std::vector<std::uint8_t> out_valid(count);
    for (auto _ : state) {
        std::fill(sums.begin(), sums.end(), Sum{0});
        std::fill(weight_sums.begin(), weight_sums.end(), 0);
        for (int frame = 0; frame < 2; ++frame)
            blend_accumulate(samples.data(), valid.data(), weights.data(), count, lanes, sums.data(),
                             weight_sums.data());
        blend_resolve(sums.data(), weight_sums.data(), count, lanes, out.data(), out_valid.data());
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK_TEMPLATE(feather, std::uint8_t, std::int32_t)->Arg(1)->Arg(4);
BENCHMARK_TEMPLATE(feather, std::uint16_t, std::int32_t)->Arg(4);
BENCHMARK_TEMPLATE(feather, float, float)->Arg(1)->Arg(4);

} // namespace
