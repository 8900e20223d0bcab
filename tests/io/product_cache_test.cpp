// SPDX-License-Identifier: Apache-2.0
#include "io/product_cache.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <vector>

namespace overflight {
namespace {

/// A layer of 16-bit samples in four chunks, of which one holds a single value.
class ChunkedLayerOf16Bit : public testing::Test {
protected:
    static constexpr int width = 900, height = 700, side = 512;

    ChunkedLayerOf16Bit() {
        layer.name = "frame";
        layer.type = LayerType::u16;
        grid.width = width, grid.height = height;
    }

    static std::uint16_t sample(std::int64_t row, std::int64_t col) {
        return row < side && col < side ? 7 : static_cast<std::uint16_t>(row * 31 + col);
    }

    std::vector<std::uint16_t> chunk(std::int64_t row, std::int64_t col) const {
        std::vector<std::uint16_t> out;
        for (std::int64_t r = 0; r < side; ++r)
            for (std::int64_t c = 0; c < side; ++c) out.push_back(sample(row * side + r, col * side + c));
        return out;
    }

    ChunkedLayer layer_of(ChunkedLayer::Cache& cache) {
        return {cache, 0, layer, grid, [this](int, std::int64_t row, std::int64_t col, std::span<std::byte> to) {
                    ++decoded[{row, col}];
                    const std::vector<std::uint16_t> samples = chunk(row, col);
                    ASSERT_EQ(to.size(), samples.size() * 2);
                    std::memcpy(to.data(), samples.data(), to.size());
                }};
    }

    void keep_all(const ChunkedLayer& chunks) const {
        for (const int row : {0, 1})
            for (const int col : {0, 1}) {
                const std::vector<std::uint16_t> samples = chunk(row, col);
                chunks.keep(0, row, col, std::as_bytes(std::span(samples)));
            }
    }

    void expect_window(const ChunkedLayer& chunks) const {
        const Window window{300, 200, 500, 400};
        std::vector<std::uint16_t> read(static_cast<std::size_t>(window.pixels()));
        chunks.read(0, window, reinterpret_cast<std::byte*>(read.data()), window.width * 2);
        for (std::int64_t row = 0, i = 0; row < window.height; ++row)
            for (std::int64_t col = 0; col < window.width; ++col, ++i)
                ASSERT_EQ(read[static_cast<std::size_t>(i)], sample(window.row + row, window.col + col)) << row << col;
    }

    LayerSpec layer;
    Grid grid;
    std::map<std::pair<std::int64_t, std::int64_t>, int> decoded;
};

TEST_F(ChunkedLayerOf16Bit, DecodesEachChunkOnce) {
    ChunkedLayer::Cache cache(1 << 24);
    const ChunkedLayer chunks = layer_of(cache);
    expect_window(chunks);
    expect_window(chunks);
    EXPECT_EQ(decoded.size(), 4u);
    for (const auto& [place, times] : decoded) EXPECT_EQ(times, 1);
}

TEST_F(ChunkedLayerOf16Bit, ReadsWhatWasKeptWithoutDecoding) {
    ChunkedLayer::Cache cache(1 << 24);
    const ChunkedLayer chunks = layer_of(cache);
    keep_all(chunks);
    expect_window(chunks);
    EXPECT_TRUE(decoded.empty());
}

TEST_F(ChunkedLayerOf16Bit, KeepsAChunkOfOneValueAsOneSample) {
    ChunkedLayer::Cache cache(1 << 24);
    const ChunkedLayer chunks = layer_of(cache);
    keep_all(chunks);
    EXPECT_LT(cache.bytes_held(), 3 * side * side * 2 + 1024);
    EXPECT_GE(cache.bytes_held(), 3 * side * side * 2);
}

TEST_F(ChunkedLayerOf16Bit, PicksEachNthPixelAcrossChunks) {
    for (const bool kept : {false, true}) {
        ChunkedLayer::Cache cache(1 << 24);
        const ChunkedLayer chunks = layer_of(cache);
        if (kept) keep_all(chunks);
        for (const int step : {1, 16, 600}) {
            const Window window{8, 5, 880, 690};
            std::vector<std::uint16_t> expected;
            for (std::int64_t row = window.row; row < window.row + window.height; row += step)
                for (std::int64_t col = window.col; col < window.col + window.width; col += step)
                    expected.push_back(sample(row, col));
            std::vector<std::uint16_t> picked(expected.size());
            chunks.pick(0, window, step, reinterpret_cast<std::byte*>(picked.data()));
            EXPECT_EQ(picked, expected) << "step " << step;
        }
    }
}

template <typename Sample>
class ChunkedLayerOf : public testing::Test {};
using SampleTypes = testing::Types<std::uint8_t, std::int16_t, std::uint32_t, float>;
TYPED_TEST_SUITE(ChunkedLayerOf, SampleTypes);

TYPED_TEST(ChunkedLayerOf, PicksSamplesOfEverySize) {
    LayerSpec layer;
    layer.type = std::is_same_v<TypeParam, std::uint8_t>    ? LayerType::u8
                 : std::is_same_v<TypeParam, std::int16_t>  ? LayerType::i16
                 : std::is_same_v<TypeParam, std::uint32_t> ? LayerType::u32
                                                            : LayerType::f32;
    Grid grid;
    grid.width = 600, grid.height = 520;
    const auto sample = [](std::int64_t row, std::int64_t col) { return static_cast<TypeParam>(row * 7 + col * 3); };
    ChunkedLayer::Cache cache(1 << 24);
    const ChunkedLayer chunks(cache, 0, layer, grid,
                              [&](int, std::int64_t row, std::int64_t col, std::span<std::byte> to) {
                                  std::vector<TypeParam> samples;
                                  for (std::int64_t r = 0; r < 512; ++r)
                                      for (std::int64_t c = 0; c < 512; ++c)
                                          samples.push_back(sample(row * 512 + r, col * 512 + c));
                                  ASSERT_EQ(to.size(), samples.size() * sizeof(TypeParam));
                                  std::memcpy(to.data(), samples.data(), to.size());
                              });
    std::vector<TypeParam> expected;
    for (std::int64_t row = 3; row < 520; row += 5)
        for (std::int64_t col = 4; col < 600; col += 5) expected.push_back(sample(row, col));
    std::vector<TypeParam> picked(expected.size());
    chunks.pick(0, {4, 3, 596, 517}, 5, reinterpret_cast<std::byte*>(picked.data()));
    EXPECT_EQ(picked, expected);
}

} // namespace
} // namespace overflight
