// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_score.h"

namespace overflight {

struct ChangeThresholds {
    std::uint16_t high = 65535; ///< scores that make a change
    std::uint16_t low = 65535;  ///< scores that join one within reach
    double null_centre = 0;     ///< of the score, in its units
    double null_scale = 0;
    double flagged_share = 0;   ///< of observed pixels at or above `high`
};

/// The null is estimated from the lower half of the scores (mirrored about the centre, in logarithms: what is left of
/// misregistration, view and season makes tails that no chi-square has); Benjamini-Hochberg at false_discovery.
ChangeThresholds decide_thresholds(const ScoreHistogram& histogram, double false_discovery);

inline constexpr int hysteresis_reach = 16;

/// Halo of scores that decide_change() needs.
int decision_halo(int minimum_area_px);

/// Mask of one tile: 0 no, 1 yes, 255 not observed. `window` is the tile with its halo cut to the grid; scores over it.
void decide_change(const Window& tile, const Window& window, std::span<const std::uint16_t> scores,
                   const ChangeThresholds& thresholds, int minimum_area_px, std::span<std::uint8_t> mask);

} // namespace overflight
