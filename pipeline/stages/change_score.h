// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_statistics.h"

namespace overflight {

/// Scores are changes in units of the median unchanged difference, in 1/256; 0 is not observed, 1 the least.
inline constexpr double change_score_scale = 1.0 / 256;

/// Counts of every score value. Adding is commutative: any order of tiles gives the same.
struct ScoreHistogram {
    std::vector<std::int64_t> counts = std::vector<std::int64_t>(65536);
    void add(const ScoreHistogram& other);
};

/// Scores of one tile: tile.width * tile.height values, row-major.
/// Fine evidence: MAD distance of the bands, the smallest within one pixel both ways (after Thonfeld 2016), so that
/// neither misregistration nor small objects matter; coarse evidence: the larger of the two half-resolution MAD
/// distances with texture, held back where the fine level sees nothing (it would smear beyond the object).
void score_change(const Window& tile, const MissionView& before, const MissionView& after, const ShiftField& field,
                  const ChangeModel& model, std::span<std::uint16_t> score, ScoreHistogram& histogram);

} // namespace overflight
