// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_statistics.h"

namespace overflight {

/// A stored score s means s * change_score_scale + change_score_offset standard deviations above the centre of the
/// empirical null (EmpiricalNull); 0 is not observed.
inline constexpr double change_score_scale = 1.0 / 256;
inline constexpr double change_score_offset = -4;

/// Counts of every score value. Adding is commutative: any order of tiles gives the same.
struct ScoreHistogram {
    std::vector<std::int64_t> counts = std::vector<std::int64_t>(65536);
    void add(const ScoreHistogram& other);
};

/// Scores of one tile: tile.width * tile.height values, row-major; its pixels are added to the histogram.
/// Coarse evidence: the larger of the two half-resolution MAD distances with texture, weighted by context: less where
/// the structure stayed the same (local correlation of brightness over about 40 and 130 pixels, as under another sun or
/// view angle) and where both missions are flat (crops). Fine evidence: MAD distance of the bands, the smallest within
/// one pixel both ways (after Thonfeld 2016), so that misregistration does not count and small objects do; discounted
/// against the coarse, which it also keeps to the outline of what changed.
void score_change(const Window& tile, const MissionView& before, const MissionView& after, const ShiftField& field,
                  const ChangeModel& model, std::span<std::uint16_t> score, ScoreHistogram& histogram);

} // namespace overflight
