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
#include <string>
#include <vector>

namespace overflight {

/// What scoring some tiles of a pair came to.
struct ScoredTiles {
    ScoreStatistics statistics; ///< of all but those that were skipped
    RunReport::Tiles counts;
    std::vector<JournalGap> gaps; ///< what they lack, sorted
};

/// What becomes of tiles that the sources have.
enum class FinishedTiles { take, skip };

/// Scores tiles [first, end) into a target, but for those that the sources have. Scores that are made are kept in
/// `kept`, unless that is null.
ScoredTiles score_tiles(const ChangePair& pair, const PairModel& model, std::size_t first, std::size_t end,
                        const TileSources& sources, FinishedTiles finished, TileTarget& target,
                        const ChunkedLayer* kept);

/// What scores depend on that their keys do not say, for TileSources.
const std::vector<std::string>& score_inputs();

} // namespace overflight
