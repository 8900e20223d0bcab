// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/work_folder.h"
#include "io/checkpoint.h"
#include "io/product.h"
#include "io/shard_file.h"
#include "io/tile_journal.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace overflight {

/// Where a chunk of a tile belongs.
struct ChunkPlace {
    std::string layer;
    int band = 0;
    std::int64_t row = 0, col = 0;
};

/// Where finished tiles go: to a product in the making or to a shard. Both keep a list of the tiles beside the chunks,
/// so that whoever comes after a kill can go on. From one thread at a time.
class TileTarget {
public:
    virtual ~TileTarget() = default;

    /// `record` with tile, key and notes; its chunks' whereabouts are filled in. places: one a chunk, or more where a
    /// tile has fewer.
    void write(TileRecord& record, const std::vector<ChunkPlace>& places, const std::vector<EncodedChunk>& chunks);
    void write(const JournalGap& gap) { journal().append(gap); }
    std::int64_t tiles() const { return tiles_; } ///< written so far

private:
    virtual std::uint64_t write_chunk(const ChunkPlace& place, const EncodedChunk& chunk) = 0;
    virtual TileJournal& journal() = 0;

    std::int64_t tiles_ = 0;
};

/// A product in the making, whose writer it makes lasting: what is left of an unfinished one is the next run's to take
/// from.
class ProductTarget : public TileTarget {
public:
    /// Nothing of a former run may be in the way: see put_aside().
    ProductTarget(ProductWriter& writer, const WorkFolder& work, double checkpoint_s);

    /// Before the product is finished: throws RunError where the disk has refused something.
    void settle();

private:
    std::uint64_t write_chunk(const ChunkPlace& place, const EncodedChunk& chunk) override;
    TileJournal& journal() override { return journal_; }

    ProductWriter& writer_;
    WorkFolder work_;
    TileJournal journal_;
    std::optional<Checkpoint> checkpoint_;
};

class ShardTarget : public TileTarget {
public:
    explicit ShardTarget(ShardWriter& writer) : writer_(writer) {}

private:
    std::uint64_t write_chunk(const ChunkPlace&, const EncodedChunk& chunk) override { return writer_.append(chunk); }
    TileJournal& journal() override { return writer_.journal(); }

    ShardWriter& writer_;
};

/// Publishes a shard, or drops it where all its tiles were finished elsewhere, and removes what others left of it.
void finish_shard(const WorkFolder& work, const Shard& shard, ShardWriter& writer, const TileTarget& target,
                  bool force);

} // namespace overflight
