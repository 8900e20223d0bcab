// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "io/hash.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace overflight {

/// One chunk as it stands in the file: filtered (shuffle, codec, fletcher32), ready for H5Dwrite_chunk.
struct EncodedChunk {
    std::vector<std::byte> bytes;
    std::optional<Digest> digest = {}; ///< of the samples; none where the chunk comes from a file
};

/// Filters one full chunk: chunk_shape() of its layer, row-major, what lies outside of the grid set to the fill value
/// by the caller. With the digest of the samples, for the hash of the content. Pure, for the workers of any number of
/// threads. Same input, same bytes on every machine with SSE4.2, by which ISA-L hashes.
///   none     fletcher32
///   deflate  shuffle (samples of several bytes), zlib stream of ISA-L at `level` 1, of libdeflate at 2..12, fletcher32
///   lz4      shuffle (samples of several bytes), HDF5's registered filter 32004 (`level` is not used), fletcher32
///   blosc    registered filter 32001 with Zstandard at `level` (at most 9) and its own shuffle, fletcher32
EncodedChunk encode_chunk(std::span<const std::byte> samples, std::size_t sample_bytes, Codec codec, int level);

/// The inverse. `samples` has exactly the chunk's size. Throws RunError where the checksum or the stream is broken.
void decode_chunk(std::span<const std::byte> chunk, std::size_t sample_bytes, Codec codec,
                  std::span<std::byte> samples);

// The codecs' own streams without shuffle and checksum, as HDF5 hands them to a filter.

/// Bytes of content that the stream's header announces; 0 where the header is broken.
std::size_t lz4_content_size(std::span<const std::byte> stream);
std::size_t blosc_content_size(std::span<const std::byte> stream);

/// Throw RunError where the stream is broken or has not exactly the content's size.
void decompress_lz4(std::span<const std::byte> stream, std::span<std::byte> samples);
void decompress_blosc(std::span<const std::byte> stream, std::span<std::byte> samples);

} // namespace overflight
