// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/work_folder.h"
#include "graph.h"
#include "io/tile_journal.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace overflight {

/// Everywhere that finished tiles of a product may lie: its shards, what killed runs left, the product of before.
/// Safe to use from several threads.
class TileSources {
public:
    /// Nothing anywhere.
    TileSources() = default;
    /// Looks; published shards are held against their manifests, byte for byte. `merging`: what the shards say is taken
    /// as it is; else tiles of files that could not be read whole are made anew, and what killed shards left is taken.
    TileSources(const WorkFolder& work, bool merging, const Execution& execution);
    /// For making a shard: without others of the same division, which hold other tiles. A task of many then reads
    /// nothing of what its siblings wrote.
    TileSources(const WorkFolder& work, const Shard& own, const Execution& execution);

    /// A tile that was made from the same things, with its chunks, if there is one whole; rather one in which nothing
    /// is missing. `inputs`: SHA-256 of the files that it is made from. `gaps`: what was missing of these when tiles
    /// were made where it lies.
    bool take(std::int64_t tile, const TileKey& key, const std::vector<std::string>& inputs, TileRecord& record,
              std::vector<EncodedChunk>& chunks, std::vector<JournalGap>& gaps) const;
    /// Whether there is one in a published shard or product, without reading it whole.
    bool has(std::int64_t tile, const TileKey& key, const std::vector<std::string>& inputs) const;
    /// Whether there is one anywhere, likewise.
    bool finished(std::int64_t tile, const TileKey& key, const std::vector<std::string>& inputs) const;
    /// Why a tile has to be made although it was made before: the first of the `parts` of its key that differs, or
    /// "damage"; empty where it never was made.
    std::string why_anew(std::int64_t tile, const TileKey& key, const std::vector<std::string>& parts) const;

    /// Shards that are not what their manifests say, and why.
    const std::vector<std::string>& broken() const { return broken_; }
    /// "2of4" of every shard that was used.
    const std::vector<std::string>& shards() const { return shards_; }

private:
    void look(const WorkFolder& work, const std::vector<std::filesystem::path>& shards, bool merging,
              const Execution& execution);

    struct Store {
        TileStore tiles;
        bool published = false;
        bool trusted = false;          ///< tiles in which something is missing are taken, too
        std::set<std::string> damaged; ///< files of which something could not be read

        bool lacks(const std::vector<std::string>& inputs) const;
    };
    std::optional<TileRecord> find(const Store& store, std::int64_t tile, const TileKey& key,
                                   const std::vector<std::string>& inputs) const;

    std::vector<Store> stores_; ///< the best first
    std::vector<std::string> broken_, shards_;
};

/// Puts aside what a killed run left of a product in the making, so that a new one can begin and take from it. A part
/// that has nothing another lacks is removed.
void put_aside(const WorkFolder& work);

/// Removes what others left of a shard that is now finished: unfinished files, and those that are broken or that
/// something is missing in. All of it, where `all` says so. `own` stays.
void remove_leftovers(const WorkFolder& work, const Shard& shard, const std::filesystem::path& own, bool all);

/// Removes what put_aside() keeps, and shards: once the product is published.
void clean_up(const WorkFolder& work);

} // namespace overflight
