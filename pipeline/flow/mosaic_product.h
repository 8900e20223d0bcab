// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/mission_frames.h"
#include "flow/mosaic_chunks.h"
#include "flow/shard.h"
#include "flow/step.h"
#include "flow/survey.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace overflight {

/// How a product comes by its tiles.
enum class Gathering : std::uint8_t {
    make,  ///< those that are finished somewhere are taken, the others made
    merge, ///< all are taken; a RunError says which are missing
};

/// The tiles of some shards of a mission, by its number in the plan, from the stored survey, each shard into a file of
/// its own. What an earlier process has finished of it is kept.
void compose_shards(const Step& step, std::size_t mission, const ShardRange& shards);

/// The product of a mission: compose or merge every tile, publish. Where it is there already, made from the same
/// things, it stays. What a change will read again is kept in `chunks`, if any.
void make_mosaic(const Step& step, std::size_t mission, const Survey& survey, MissionFrames& frames,
                 Gathering gathering, MosaicChunks* chunks);

/// What make_mosaic() would do.
struct MosaicOutlook {
    std::int64_t tiles = 0, to_make = 0;         ///< that frames touch; of these, not there as they would be
    std::map<std::string, std::int64_t> reasons; ///< why, and how many
    bool balance_known = true;                   ///< false: more are to be made where the balance comes out another

    std::string sentence() const;
};

MosaicOutlook mosaic_outlook(const Step& step, std::size_t mission);

} // namespace overflight
