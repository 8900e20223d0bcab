// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/report.h"
#include "flow/change_model_file.h"
#include "flow/change_pair.h"
#include "flow/tile_sources.h"
#include "flow/tile_target.h"
#include "io/product_cache.h"
#include "stages/change_decision.h"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace overflight {

/// What scoring some tiles of a pair came to.
struct ScoredTiles {
    ScoreStatistics statistics; ///< of all but those that were skipped
    RunReport::Tiles counts;
};

/// Whether a tile of this key needs nothing done.
using SkipTile = std::function<bool(std::int64_t tile, const TileKey& key)>;

/// Scores tiles [first, end) into a target, or takes them from the sources where these have them. Scores that are made
/// are kept in `kept`, unless that is null.
ScoredTiles score_tiles(const ChangePair& pair, const PairModel& model, std::size_t first, std::size_t end,
                        const TileSources& sources, const SkipTile& skip, TileTarget& target, const ChunkedLayer* kept);

} // namespace overflight
