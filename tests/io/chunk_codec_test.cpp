// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"
#include "io/chunk_codec.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <thread>

namespace overflight {
namespace {

constexpr Codec codecs[] = {Codec::none, Codec::deflate, Codec::lz4, Codec::blosc};

std::vector<std::byte> noisy(std::size_t size, unsigned mask) {
    std::vector<std::byte> samples(size);
    std::uint32_t state = 1;
    for (std::size_t i = 0; i < size; ++i) {
        state = state * 1664525u + 1013904223u;
        samples[i] = static_cast<std::byte>((i / 7 + (state >> 20 & mask)) & 255);
    }
    return samples;
}

/// Fletcher's sums as the arithmetic says, modulo 65535, with 64-bit integers.
std::uint32_t modular_fletcher(std::span<const std::byte> data) {
    std::uint64_t sum1 = 0, sum2 = 0;
    for (std::size_t i = 0; i < data.size(); i += 2) {
        const auto high = std::to_integer<std::uint64_t>(data[i]);
        const auto low = i + 1 < data.size() ? std::to_integer<std::uint64_t>(data[i + 1]) : 0;
        sum1 = (sum1 + (high << 8 | low)) % 65535;
        sum2 = (sum2 + sum1) % 65535;
    }
    return static_cast<std::uint32_t>(sum2 << 16 | sum1);
}

class EveryCodec : public testing::TestWithParam<Codec> {};
INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec, testing::ValuesIn(codecs));

TEST_P(EveryCodec, GivesTheSamplesBack) {
    for (const std::size_t sample_bytes : {1u, 2u, 4u}) {
        for (const std::size_t count : {1u, 2u, 16u, 17u, 35u, 7u * 512u, 512u * 512u}) {
            for (const unsigned mask : {0u, 7u, 255u}) { // smooth, noisy, incompressible
                const std::vector<std::byte> samples = noisy(count * sample_bytes, mask);
                const EncodedChunk chunk = encode_chunk(samples, sample_bytes, GetParam(), 1);
                std::vector<std::byte> back(samples.size());
                decode_chunk(chunk.bytes, sample_bytes, GetParam(), back);
                ASSERT_EQ(samples, back) << sample_bytes << " bytes, " << count << " samples, mask " << mask;
            }
        }
    }
}

TEST_P(EveryCodec, IsTheSameForEveryThreadAndAfterOtherChunks) {
    const std::vector<std::byte> samples = noisy(100'000, 15), other = noisy(50'000, 3), constant(100'000);
    const auto encode = [&](const auto& content) { return encode_chunk(content, 2, GetParam(), 3).bytes; };
    const auto first = encode(samples), first_constant = encode(constant);
    encode(other);
    encode_chunk(constant, 2, GetParam(), 9);
    EXPECT_EQ(first, encode(samples));
    EXPECT_EQ(first_constant, encode(constant));
    std::thread([&] {
        EXPECT_EQ(first_constant, encode(constant));
        EXPECT_EQ(first, encode(samples));
    }).join();
}

/// Contents in which a lookup that goes wrong shows: two bytes in turns with a few faults.
std::vector<std::byte> nearly_periodic(std::size_t size, std::uint32_t state) {
    std::vector<std::byte> samples(size);
    for (std::size_t i = 0; i < size; ++i) {
        state = state * 1664525u + 1013904223u;
        const int fault = (state >> 16) % 500 == 0;
        samples[i] = i < 2 ? static_cast<std::byte>(state >> 24)
                           : static_cast<std::byte>(std::to_integer<int>(samples[i - 2]) + fault);
    }
    return samples;
}

/// In threads whose codecs have seen nothing and have their memory elsewhere, over sizes, contents and positions.
TEST_P(EveryCodec, DependsOnTheSamplesAlone) {
    std::vector<std::byte> room(10'000);
    for (std::size_t turn = 0; turn < 1500; ++turn) {
        const std::size_t size = 1 + turn * turn * 7919 % 6'000;
        const std::vector<std::byte> samples =
            turn % 2 ? nearly_periodic(size, static_cast<std::uint32_t>(turn)) : noisy(size, (1u << turn % 9) - 1);
        const auto moved = std::span(room).subspan(turn, size);
        std::ranges::copy(samples, moved.begin());
        encode_chunk(noisy(1 + turn * 104'729 % 9'000, 63), 1, GetParam(), 1);
        const std::vector<std::byte> used = encode_chunk(moved, 1, GetParam(), 1).bytes;
        std::thread([&] { ASSERT_EQ(used, encode_chunk(samples, 1, GetParam(), 1).bytes) << size; }).join();
    }
}

TEST_P(EveryCodec, NoticesAnyFlippedBit) {
    const std::vector<std::byte> samples = noisy(600, 15);
    const EncodedChunk chunk = encode_chunk(samples, 2, GetParam(), 1);
    std::vector<std::byte> back(samples.size());
    for (std::size_t bit = 0; bit < chunk.bytes.size() * 8; ++bit) {
        std::vector<std::byte> broken = chunk.bytes;
        broken[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
        EXPECT_THROW(decode_chunk(broken, 2, GetParam(), back), RunError) << "bit " << bit;
    }
}

TEST_P(EveryCodec, RefusesCutStreamsAndWrongSizes) {
    const std::vector<std::byte> samples = noisy(600, 15);
    const EncodedChunk chunk = encode_chunk(samples, 1, GetParam(), 1);
    std::vector<std::byte> back(samples.size()), small(500), large(700);
    for (const std::size_t size : {std::size_t{0}, std::size_t{3}, chunk.bytes.size() / 2, chunk.bytes.size() - 1})
        EXPECT_THROW(decode_chunk(std::span(chunk.bytes).first(size), 1, GetParam(), back), RunError) << size;
    EXPECT_THROW(decode_chunk(chunk.bytes, 1, GetParam(), small), RunError);
    EXPECT_THROW(decode_chunk(chunk.bytes, 1, GetParam(), large), RunError);
}

/// A checksum that fits does not make a stream sound.
class CompressingCodec : public testing::TestWithParam<Codec> {};
INSTANTIATE_TEST_SUITE_P(Codecs, CompressingCodec, testing::Values(Codec::deflate, Codec::lz4, Codec::blosc));

TEST_P(CompressingCodec, SurvivesRottenStreamsWithAFittingChecksum) {
    const std::vector<std::byte> samples = noisy(600, 15);
    const EncodedChunk chunk = encode_chunk(samples, 1, GetParam(), 1);
    const std::size_t stream_bytes = chunk.bytes.size() - 4;
    std::vector<std::byte> back(samples.size());
    for (std::size_t at = 0; at < 16; ++at) {
        std::vector<std::byte> broken(chunk.bytes.begin(), chunk.bytes.end() - 4);
        broken[at] ^= std::byte{0xff};
        const EncodedChunk resummed = encode_chunk(broken, 1, Codec::none, 1);
        ASSERT_EQ(resummed.bytes.size(), stream_bytes + 4);
        try {
            decode_chunk(resummed.bytes, 1, GetParam(), back);
        } catch (const RunError&) {
        } // either is fine, a crash is not: some header bits carry nothing
    }
    std::vector<std::byte> nothing(20);
    EXPECT_THROW(decode_chunk(encode_chunk(nothing, 1, Codec::none, 1).bytes, 1, GetParam(), back), RunError);
}

TEST(Fletcher32, IsFletchersSumModulo65535) {
    for (const std::size_t size : {1u, 2u, 3u, 720u, 721u, 722u, 5000u, 262'144u}) {
        const std::vector<std::byte> samples = noisy(size, 255);
        const EncodedChunk chunk = encode_chunk(samples, 1, Codec::none, 1);
        std::uint32_t stored = 0;
        std::memcpy(&stored, chunk.bytes.data() + size, 4);
        const std::uint32_t expected = modular_fletcher(samples);
        EXPECT_EQ(stored % 65536 % 65535, expected % 65536) << size;
        EXPECT_EQ(stored / 65536 % 65535, expected / 65536) << size;
    }
}

TEST(Shuffle, IsThatOfHdf5) {
    // Two byte planes that do not compress: the stream then holds them as they are.
    const std::vector<std::byte> samples = noisy(1000, 255);
    const std::vector<std::byte> stored = encode_chunk(samples, 2, Codec::lz4, 1).bytes;
    ASSERT_EQ(stored.size(), 12 + 4 + samples.size() + 4);
    for (std::size_t i = 0; i < 500; ++i) {
        EXPECT_EQ(stored[16 + i], samples[2 * i]);
        EXPECT_EQ(stored[16 + 500 + i], samples[2 * i + 1]);
    }
}

} // namespace
} // namespace overflight
