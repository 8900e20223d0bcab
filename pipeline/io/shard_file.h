// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/tile_journal.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace overflight {

/// A part of a product's tiles, made by one process: <stem>.chunks, chunks one after another, and <stem>.tiles, their
/// TileJournal; both end in .partial until they are whole. <stem>.json, the manifest, appears last, and says what the
/// files were then. A stem belongs to one process for good: two that work at the same shard (one that its scheduler
/// took for dead, and its successor) do not meet in one file.
struct ShardManifest {
    std::string shard; ///< "2of4"
    std::int64_t tiles = 0;
    std::uint64_t chunks_bytes = 0, tiles_bytes = 0;
    std::string chunks_sha256, tiles_sha256;
};

/// Writes a shard. From one thread at a time. Throws RunError; what was written then stays, for others to take from.
class ShardWriter {
public:
    /// `checkpoint_s`: see Checkpoint.
    ShardWriter(const std::filesystem::path& stem, double checkpoint_s);
    ~ShardWriter();
    ShardWriter(const ShardWriter&) = delete;
    ShardWriter& operator=(const ShardWriter&) = delete;

    /// Where the bytes begin.
    std::uint64_t append(const EncodedChunk& chunk);
    TileJournal& journal();
    const std::filesystem::path& stem() const;

    /// fsync, hash, rename, manifest.
    void publish(const std::string& shard, std::int64_t tiles);
    /// In place of that, where there was nothing to write.
    void drop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The file of chunks and the journal of a shard, finished or not.
std::filesystem::path shard_chunks(const std::filesystem::path& stem, bool finished);
std::filesystem::path shard_tiles(const std::filesystem::path& stem, bool finished);
std::filesystem::path shard_manifest(const std::filesystem::path& stem);

/// Whether a process writes it now, as far as the file system knows locks: those of a node may be unknown to others.
bool is_being_written(const std::filesystem::path& stem);

/// What keeps a published shard from being used: its files against its manifest, byte for byte. Empty where nothing
/// does.
std::string check_shard(const std::filesystem::path& stem);

/// Stems of the shards in a folder that begin with `prefix`, in order of their names.
std::vector<std::filesystem::path> find_shards(const std::filesystem::path& folder, const std::string& prefix);

/// All files of a shard. Whether they were there is not asked.
void remove_shard(const std::filesystem::path& stem);

} // namespace overflight
