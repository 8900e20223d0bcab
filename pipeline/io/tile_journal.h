// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/chunk_codec.h"
#include "io/hash.h"
#include "io/key_hash.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace overflight {

/// What a tile was made from: a digest for each kind of thing that it depends on. Tiles of equal keys are equal.
using TileKey = std::vector<ShortDigest>;

/// Where a chunk lies in a file of chunks.
struct StoredChunk {
    std::uint64_t offset = 0;
    std::uint32_t size = 0;
    std::uint32_t checksum = 0; ///< fletcher32 of the filtered bytes: the chunk's own last four bytes
    Digest samples{};           ///< SHA-256 of the decoded samples
};

/// A finished tile.
struct TileRecord {
    std::int64_t tile = 0;
    TileKey key;
    std::vector<StoredChunk> chunks; ///< in the order of the product's layers and bands; none: nothing to store
    std::vector<std::byte> notes;    ///< what else the tile gave (see TileNotes), for whoever puts the product together
};

/// Something that was missing when tiles were made.
struct JournalGap {
    std::string what, cause;
    std::string input; ///< SHA-256 of the file that it is missing from

    auto operator<=>(const JournalGap&) const = default;
};

/// The list of finished tiles beside a file of chunks (a shard, or a product in the making): append-only, a record a
/// tile, each with its length in front and its fletcher32 behind, so that what a killed process or a failed node leaves
/// reads up to its last whole record. Throws RunError.
class TileJournal {
public:
    /// Makes the file, empty.
    explicit TileJournal(const std::filesystem::path& path);
    ~TileJournal();
    TileJournal(const TileJournal&) = delete;
    TileJournal& operator=(const TileJournal&) = delete;

    /// On return the record is with the system: only a crash of the machine can lose it. From one thread at a time.
    void append(const TileRecord& record);
    void append(const JournalGap& gap);

    int descriptor() const { return descriptor_; }

private:
    void write(std::vector<std::byte> record);

    std::filesystem::path path_;
    int descriptor_ = -1;
};

/// A file of chunks with its journal, to take finished tiles from. What is not whole or does not fit its checksum
/// counts as not there. Safe to use from several threads.
class TileStore {
public:
    /// Either file may be missing: then nothing is there.
    TileStore(std::filesystem::path data, const std::filesystem::path& journal);
    ~TileStore();
    TileStore(TileStore&&) noexcept;
    TileStore& operator=(TileStore&&) noexcept;

    const std::filesystem::path& data() const;
    std::size_t count() const;
    bool has(std::int64_t tile) const;
    std::optional<TileRecord> record(std::int64_t tile) const;
    std::vector<std::int64_t> tiles() const; ///< ascending
    const std::vector<JournalGap>& gaps() const;

    /// The chunks of a record, each held against its checksum; false, and none, where one is not as it was
    /// written.
    bool load(const TileRecord& record, std::vector<EncodedChunk>& chunks) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// What the chunk's bytes say of themselves.
std::uint32_t stored_checksum(const EncodedChunk& chunk);

} // namespace overflight
