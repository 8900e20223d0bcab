// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_score.h"

namespace overflight {

inline constexpr double least_change_score = 2.5; ///< no score below this makes a change, however many there are

struct ChangeThresholds {
    std::uint8_t high = 255; ///< scores that make a change
    std::uint8_t low = 255;  ///< scores that join one within hysteresis_reach
    double null_centre = 0;  ///< of the score's values (scale and offset applied)
    double null_scale = 1;
    double flagged_share = 0; ///< of observed pixels at or above `high`
};

/// Benjamini-Hochberg over all pixels at false_discovery against an empirical normal null: its centre is the median,
/// its scale lies between that of the statistics pass and that of the bulk of the scores (median to 90 %). A chi-square
/// null would be far too narrow: misregistration, view and season leave more than noise.
ChangeThresholds decide_thresholds(const ScoreHistogram& histogram, double false_discovery);

inline constexpr int hysteresis_reach = 16;

/// Halo of scores that decide_change() needs.
int decision_halo(int minimum_area_px);

/// Mask of one tile: 0 no, 1 yes, 255 not observed. `window` is the tile with its halo cut to the grid; scores over it.
void decide_change(const Window& tile, const Window& window, std::span<const std::uint8_t> scores,
                   const ChangeThresholds& thresholds, int minimum_area_px, std::span<std::uint8_t> mask);

} // namespace overflight
