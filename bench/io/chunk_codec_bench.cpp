// SPDX-License-Identifier: Apache-2.0
// Bytes of samples a second and core, on content like that of aerial imagery: structure of several scales and noise.
#include "io/chunk_codec.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstring>
#include <vector>

namespace overflight {
namespace {

template <typename Sample>
std::vector<std::byte> imagery() {
    constexpr int size = 512;
    std::vector<std::byte> samples(size * size * sizeof(Sample));
    std::uint32_t noise = 1;
    for (int row = 0; row < size; ++row) {
        for (int col = 0; col < size; ++col) {
            noise = noise * 1664525u + 1013904223u;
            const double value = 110 + 40 * std::sin(row / 37.0) * std::cos(col / 23.0) +
                                 15 * std::sin(row / 3.1 + col / 4.7) + (noise >> 29);
            const auto sample = static_cast<Sample>(value * (sizeof(Sample) == 1 ? 1 : 16));
            std::memcpy(samples.data() + (row * size + col) * static_cast<int>(sizeof sample), &sample, sizeof sample);
        }
    }
    return samples;
}

std::vector<std::byte> samples_of(std::int64_t sample_bytes) {
    return sample_bytes == 1   ? imagery<std::uint8_t>()
           : sample_bytes == 2 ? imagery<std::uint16_t>()
                               : imagery<float>();
}

void label(benchmark::State& state, std::size_t plain, std::size_t stored) {
    const char* const names[] = {"none", "deflate", "lz4", "blosc"};
    state.SetLabel(names[state.range(0)]);
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * plain));
    state.counters["ratio"] = static_cast<double>(plain) / static_cast<double>(stored);
}

void encode(benchmark::State& state) {
    const std::vector<std::byte> samples = samples_of(state.range(1));
    std::size_t stored = 0;
    for (auto _ : state)
        stored = encode_chunk(samples, static_cast<std::size_t>(state.range(1)), static_cast<Codec>(state.range(0)),
                              static_cast<int>(state.range(2)))
                     .bytes.size();
    label(state, samples.size(), stored);
}

void decode(benchmark::State& state) {
    const std::vector<std::byte> samples = samples_of(state.range(1));
    const auto codec = static_cast<Codec>(state.range(0));
    const auto sample_bytes = static_cast<std::size_t>(state.range(1));
    const EncodedChunk chunk = encode_chunk(samples, sample_bytes, codec, static_cast<int>(state.range(2)));
    std::vector<std::byte> back(samples.size());
    for (auto _ : state) decode_chunk(chunk.bytes, sample_bytes, codec, back);
    label(state, samples.size(), chunk.bytes.size());
}

void encode_constant(benchmark::State& state) {
    const std::vector<std::byte> samples(512 * 512, std::byte{255});
    std::size_t stored = 0;
    for (auto _ : state) stored = encode_chunk(samples, 1, static_cast<Codec>(state.range(0)), 1).bytes.size();
    label(state, samples.size(), stored);
}

void arguments(benchmark::internal::Benchmark* bench) {
    bench->ArgNames({"codec", "bytes", "level"});
    for (const int bytes : {1, 2, 4})
        for (const auto& [codec, level] : {std::pair{0, 1}, {1, 1}, {1, 4}, {2, 1}, {3, 1}})
            bench->Args({codec, bytes, level});
}

BENCHMARK(encode)->Apply(arguments);
BENCHMARK(decode)->Apply(arguments);
BENCHMARK(encode_constant)->ArgName("codec")->DenseRange(0, 3);

} // namespace
} // namespace overflight
