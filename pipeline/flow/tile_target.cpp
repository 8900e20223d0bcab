// SPDX-License-Identifier: Apache-2.0
#include "flow/tile_target.h"

#include "core/errors.h"
#include "flow/tile_sources.h"
#include "io/atomic_file.h"

#include <fmt/format.h>

#include <stdexcept>

namespace overflight {

void TileTarget::write(TileRecord& record, const std::vector<ChunkPlace>& places,
                       const std::vector<EncodedChunk>& chunks) {
    if (places.size() < chunks.size())
        throw std::logic_error(
            fmt::format("tile {}: {} chunks for {} places", record.tile, chunks.size(), places.size()));
    record.chunks.clear();
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        StoredChunk stored;
        stored.offset = write_chunk(places[i], chunks[i]);
        stored.size = static_cast<std::uint32_t>(chunks[i].bytes.size());
        stored.checksum = stored_checksum(chunks[i]);
        stored.samples = chunks[i].digest.value();
        record.chunks.push_back(stored);
    }
    journal().append(record);
    ++tiles_;
}

void finish_shard(const WorkFolder& work, const Shard& shard, ShardWriter& writer, const TileTarget& target,
                  bool force) {
    if (target.tiles() > 0)
        writer.publish(shard.name(), target.tiles());
    else
        writer.drop();
    remove_leftovers(work, shard, writer.stem(), force);
}

ProductTarget::ProductTarget(ProductWriter& writer, const WorkFolder& work, double checkpoint_s)
    : writer_(writer), work_(work), journal_(work.tiles(false)) {
    checkpoint_.emplace(std::vector<int>{writer_.keep_unfinished(), journal_.descriptor()}, checkpoint_s);
}

void ProductTarget::settle() {
    const int error = checkpoint_->stop();
    checkpoint_.reset();
    if (error != 0) throw RunError(write_failure(work_.product(), error));
}

std::uint64_t ProductTarget::write_chunk(const ChunkPlace& place, const EncodedChunk& chunk) {
    return writer_.write_chunk(place.layer, place.band, place.row, place.col, chunk);
}

} // namespace overflight
