// SPDX-License-Identifier: Apache-2.0
#include "io/chunk_codec.h"

#include "core/errors.h"
#include "kernels/byte_shuffle.h"
#include "kernels/fletcher32.h"

#include <blosc.h>
#include <fmt/format.h>
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <lz4.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace overflight {
namespace {

using Bytes = std::span<std::byte>;
using ConstBytes = std::span<const std::byte>;

constexpr std::size_t checksum_bytes = 4;
constexpr std::size_t lz4_header_bytes = 12; // content size (8) and block size (4), big-endian
constexpr std::size_t lz4_block_header_bytes = 4;

struct Compressor {
    std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> handle{nullptr,
                                                                                         libdeflate_free_compressor};
    int level = -1;
};

/// Gaps, masks, flags and frame numbers make many equal constant chunks, of a few layers in turns: the last ones are
/// kept.
class ConstantChunks {
public:
    template <typename Encode>
    const EncodedChunk& get(ConstBytes samples, std::size_t sample_bytes, Codec codec, int level,
                            const Encode& encode) {
        const ConstBytes sample = samples.first(sample_bytes);
        for (const Kept& kept : kept_)
            if (std::ranges::equal(sample, kept.sample) && kept.size == samples.size() && kept.codec == codec &&
                kept.level == level)
                return kept.chunk;
        Kept& kept = kept_[next_++ % kept_.size()];
        kept.chunk = encode();
        kept.sample.assign(sample.begin(), sample.end());
        kept.size = samples.size();
        kept.codec = codec;
        kept.level = level;
        return kept.chunk;
    }

private:
    struct Kept {
        std::vector<std::byte> sample;
        std::size_t size = 0;
        Codec codec = Codec::none;
        int level = -1;
        EncodedChunk chunk;
    };
    std::array<Kept, 8> kept_;
    std::size_t next_ = 0;
};

/// What a thread keeps between chunks: allocating a compressor costs as much as a small chunk.
struct Scratch {
    std::vector<std::byte> shuffled, stream;
    Compressor compressor;
    std::vector<std::uint8_t> fast_buffer; // of ISA-L
    std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor{
        nullptr, libdeflate_free_decompressor};

    ConstantChunks constants;
};

thread_local Scratch scratch;

bool shuffles(std::size_t sample_bytes, Codec codec) {
    return sample_bytes > 1 && (codec == Codec::deflate || codec == Codec::lz4);
}

std::uint8_t* raw(std::byte* bytes) {
    return reinterpret_cast<std::uint8_t*>(bytes);
}
const std::uint8_t* raw(const std::byte* bytes) {
    return reinterpret_cast<const std::uint8_t*>(bytes);
}

std::uint32_t checksum(ConstBytes data) {
    return kernels::fletcher32(raw(data.data()), data.size());
}

void put_little_endian(std::uint32_t value, std::byte* out) {
    for (int i = 0; i < 4; ++i) out[i] = static_cast<std::byte>(value >> (8 * i) & 0xff);
}

std::uint32_t get_little_endian(const std::byte* in) {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value |= std::to_integer<std::uint32_t>(in[i]) << (8 * i);
    return value;
}

void put_big_endian(std::uint64_t value, int bytes, std::byte* out) {
    for (int i = 0; i < bytes; ++i) out[i] = static_cast<std::byte>(value >> (8 * (bytes - 1 - i)) & 0xff);
}

std::uint64_t get_big_endian(const std::byte* in, int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | std::to_integer<std::uint64_t>(in[i]);
    return value;
}

std::byte* grow(std::vector<std::byte>& buffer, std::size_t size) {
    if (buffer.size() < size) buffer.resize(size);
    return buffer.data();
}

libdeflate_compressor* compressor_of(int level) {
    Compressor& compressor = scratch.compressor;
    if (compressor.level != level) {
        compressor.handle.reset(libdeflate_alloc_compressor(level));
        if (!compressor.handle) throw std::bad_alloc();
        compressor.level = level;
    }
    return compressor.handle.get();
}

/// ISA-L's first level. Its fast loop takes the hash of a stream's third position from the address of the stream object
/// (seen in 2.30), so that now and then a match is found in one process and not in another. The loop that ends a block
/// does not, and a block of so few bytes is all its own: after one, what comes out depends on nothing but the samples.
ConstBytes compress_deflate_fast(ConstBytes samples) {
    constexpr std::size_t first_block_bytes = 16;
    constexpr std::size_t frame_bytes = 512; // headers of two blocks with codes of their own, of the stream, checksum
    const std::size_t bound = samples.size() + samples.size() / 8 + frame_bytes;
    std::byte* out = grow(scratch.stream, bound);
    scratch.fast_buffer.resize(ISAL_DEF_LVL1_DEFAULT);
    isal_zstream stream;
    isal_deflate_init(&stream);
    stream.gzip_flag = IGZIP_ZLIB;
    stream.level = 1;
    stream.level_buf = scratch.fast_buffer.data();
    stream.level_buf_size = static_cast<std::uint32_t>(scratch.fast_buffer.size());
    stream.next_in = const_cast<std::uint8_t*>(raw(samples.data())); // only read
    stream.next_out = raw(out);
    stream.avail_out = static_cast<std::uint32_t>(bound);
    const auto deflate = [&](std::size_t size, bool last) {
        stream.avail_in = static_cast<std::uint32_t>(size);
        stream.end_of_stream = last;
        stream.flush = last ? NO_FLUSH : SYNC_FLUSH;
        return isal_deflate(&stream) == COMP_OK && stream.avail_in == 0;
    };
    const std::size_t first = samples.size() > first_block_bytes ? first_block_bytes : 0;
    const bool good = (first == 0 || deflate(first, false)) && deflate(samples.size() - first, true);
    if (!good || stream.internal_state.state != ZSTATE_END) throw RunError("ISA-L cannot deflate a chunk");
    return {out, stream.total_out};
}

ConstBytes compress_deflate(ConstBytes samples, int level) {
    if (level <= 1) return compress_deflate_fast(samples);
    libdeflate_compressor* compressor = compressor_of(std::min(level, 12));
    const std::size_t bound = libdeflate_zlib_compress_bound(compressor, samples.size());
    std::byte* out = grow(scratch.stream, bound);
    return {out, libdeflate_zlib_compress(compressor, samples.data(), samples.size(), out, bound)};
}

/// One block a chunk. A block that does not shrink is stored as it is, which its size says.
ConstBytes compress_lz4(ConstBytes samples) {
    const int size = static_cast<int>(samples.size());
    const std::size_t bound = static_cast<std::size_t>(LZ4_compressBound(size));
    std::byte* out = grow(scratch.stream, lz4_header_bytes + lz4_block_header_bytes + bound);
    put_big_endian(samples.size(), 8, out);
    put_big_endian(samples.size(), 4, out + 8);
    std::byte* block = out + lz4_header_bytes + lz4_block_header_bytes;
    std::size_t compressed = static_cast<std::size_t>(LZ4_compress_default(
        reinterpret_cast<const char*>(samples.data()), reinterpret_cast<char*>(block), size, static_cast<int>(bound)));
    if (compressed == 0 || compressed >= samples.size()) {
        std::memcpy(block, samples.data(), samples.size());
        compressed = samples.size();
    }
    put_big_endian(compressed, 4, out + lz4_header_bytes);
    return {out, lz4_header_bytes + lz4_block_header_bytes + compressed};
}

ConstBytes compress_blosc(ConstBytes samples, std::size_t sample_bytes, int level) {
    const std::size_t bound = samples.size() + BLOSC_MAX_OVERHEAD;
    std::byte* out = grow(scratch.stream, bound);
    // The context call: the plain one obeys BLOSC_* environment variables.
    const int size = blosc_compress_ctx(std::clamp(level, 1, 9), BLOSC_SHUFFLE, sample_bytes, samples.size(),
                                        samples.data(), out, bound, BLOSC_ZSTD_COMPNAME, 0, 1);
    if (size <= 0) throw RunError("Blosc cannot compress with Zstandard: the library was built without it");
    return {out, static_cast<std::size_t>(size)};
}

EncodedChunk encode_varied(ConstBytes samples, std::size_t sample_bytes, Codec codec, int level) {
    ConstBytes stream = samples;
    if (shuffles(sample_bytes, codec)) {
        std::byte* planes = grow(scratch.shuffled, samples.size());
        kernels::byte_shuffle(raw(samples.data()), samples.size(), sample_bytes, raw(planes));
        stream = {planes, samples.size()};
    }
    switch (codec) {
    case Codec::none:
        break;
    case Codec::deflate:
        stream = compress_deflate(stream, level);
        break;
    case Codec::lz4:
        stream = compress_lz4(stream);
        break;
    case Codec::blosc:
        stream = compress_blosc(stream, sample_bytes, level);
        break;
    }
    EncodedChunk chunk;
    chunk.bytes.reserve(stream.size() + checksum_bytes);
    chunk.bytes.assign(stream.begin(), stream.end());
    chunk.bytes.resize(stream.size() + checksum_bytes);
    put_little_endian(checksum(stream), chunk.bytes.data() + stream.size());
    return chunk;
}

void decompress_deflate(ConstBytes stream, Bytes samples) {
    if (!scratch.decompressor) {
        scratch.decompressor.reset(libdeflate_alloc_decompressor());
        if (!scratch.decompressor) throw std::bad_alloc();
    }
    const libdeflate_result result = libdeflate_zlib_decompress(scratch.decompressor.get(), stream.data(),
                                                                stream.size(), samples.data(), samples.size(), nullptr);
    if (result != LIBDEFLATE_SUCCESS) throw RunError("the deflate stream is broken");
}

} // namespace

std::size_t lz4_content_size(ConstBytes stream) {
    return stream.size() < lz4_header_bytes ? 0 : get_big_endian(stream.data(), 8);
}

std::size_t blosc_content_size(ConstBytes stream) {
    std::size_t size = 0;
    const bool good =
        stream.size() >= BLOSC_MIN_HEADER_LENGTH && blosc_cbuffer_validate(stream.data(), stream.size(), &size) == 0;
    return good ? size : 0;
}

void decompress_lz4(ConstBytes stream, Bytes samples) {
    const auto require = [](bool good) {
        if (!good) throw RunError("the LZ4 stream is broken");
    };
    require(lz4_content_size(stream) == samples.size());
    const std::size_t block_bytes = get_big_endian(stream.data() + 8, 4);
    require(block_bytes > 0);
    stream = stream.subspan(lz4_header_bytes);
    while (!samples.empty()) {
        require(stream.size() >= lz4_block_header_bytes);
        const std::size_t compressed = get_big_endian(stream.data(), 4);
        stream = stream.subspan(lz4_block_header_bytes);
        const std::size_t plain = std::min(block_bytes, samples.size());
        require(compressed <= stream.size());
        if (compressed == plain) {
            std::memcpy(samples.data(), stream.data(), plain);
        } else {
            const int size = LZ4_decompress_safe(reinterpret_cast<const char*>(stream.data()),
                                                 reinterpret_cast<char*>(samples.data()), static_cast<int>(compressed),
                                                 static_cast<int>(plain));
            require(size == static_cast<int>(plain));
        }
        stream = stream.subspan(compressed);
        samples = samples.subspan(plain);
    }
}

void decompress_blosc(ConstBytes stream, Bytes samples) {
    if (blosc_content_size(stream) != samples.size() ||
        blosc_decompress_ctx(stream.data(), samples.data(), samples.size(), 1) != static_cast<int>(samples.size()))
        throw RunError("the Blosc stream is broken");
}

EncodedChunk encode_chunk(ConstBytes samples, std::size_t sample_bytes, Codec codec, int level) {
    const bool constant = samples.size() > sample_bytes && std::memcmp(samples.data(), samples.data() + sample_bytes,
                                                                       samples.size() - sample_bytes) == 0;
    const auto encode = [&] {
        EncodedChunk chunk = encode_varied(samples, sample_bytes, codec, level);
        chunk.digest = digest_of(samples);
        return chunk;
    };
    return constant ? scratch.constants.get(samples, sample_bytes, codec, level, encode) : encode();
}

void decode_chunk(ConstBytes chunk, std::size_t sample_bytes, Codec codec, Bytes samples) {
    if (chunk.size() < checksum_bytes) throw RunError("the chunk is cut short");
    const ConstBytes stream = chunk.first(chunk.size() - checksum_bytes);
    if (checksum(stream) != get_little_endian(chunk.data() + stream.size()))
        throw RunError("the checksum does not match the content");
    const bool shuffled = shuffles(sample_bytes, codec);
    const Bytes target = shuffled ? Bytes{grow(scratch.shuffled, samples.size()), samples.size()} : samples;
    switch (codec) {
    case Codec::none:
        if (stream.size() != samples.size()) throw RunError("the chunk has the wrong size");
        std::ranges::copy(stream, target.begin());
        break;
    case Codec::deflate:
        decompress_deflate(stream, target);
        break;
    case Codec::lz4:
        decompress_lz4(stream, target);
        break;
    case Codec::blosc:
        decompress_blosc(stream, target);
        break;
    }
    if (shuffled) kernels::byte_unshuffle(raw(target.data()), target.size(), sample_bytes, raw(samples.data()));
}

} // namespace overflight
