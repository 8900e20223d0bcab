// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "stages/score_statistics.h"

#include <span>
#include <vector>

namespace overflight {

/// Scores that make a place worth a decision: 255, none, where nothing was observed.
struct ChangeThresholds {
    std::uint8_t high = 255; ///< makes a candidate
    std::uint8_t low = 255;  ///< joins one within hysteresis_reach
};

/// Scores of ground that did not change, as a smooth normal field. Its centre is the median, its scale lies between
/// that of the statistics pass and that of the bulk of the scores (median to 90 %). A chi-square null would be far too
/// narrow: misregistration, view and season leave more than noise.
struct ScoreNull {
    double centre = 0, scale = 1;
    /// Root of the determinant of the covariance of the field's gradient, for the field scaled to variance 1, an area
    /// of one pixel: how much neighbouring scores tell of each other. Near 0: all of it; 2: they are independent.
    double roughness = 0;
    double pixels = 0; ///< observed

    /// Expected number of separate places that reach a score: of maxima of a normal field over a plane (Worsley et al.
    /// 1992, expected Euler characteristic), or of pixels where these are fewer, as in a field of hardly any
    /// correlation. As at one standard deviation above the centre for what is below.
    double expected_places(double score) const;
};

ChangeThresholds candidate_thresholds(const ScoreStatistics& statistics);
ScoreNull fit_score_null(const ScoreStatistics& statistics);

/// For each of several separate candidates, by its largest score: the share of false ones to expect among all that
/// reach as high, 1 at most. Those with no more than q are what Benjamini and Hochberg keep at q; that candidates are
/// places and not pixels takes the correlation of pixels into account (Chumbley et al. 2010, topological FDR).
std::vector<double> false_discovery_rates(const ScoreNull& null, const std::vector<double>& largest_scores);

inline constexpr int hysteresis_reach = 16;

/// Halo of scores that find_candidates() needs.
int decision_halo(int minimum_area_px);

/// Where one tile may show change: 0 no, 1 yes, 255 not observed. `window` is the tile with its halo cut to the grid;
/// scores over it.
void find_candidates(const Window& tile, const Window& window, std::span<const std::uint8_t> scores,
                     const ChangeThresholds& thresholds, int minimum_area_px, std::span<std::uint8_t> mask);

} // namespace overflight
