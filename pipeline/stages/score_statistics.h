// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <span>

namespace overflight {

/// A stored score s means s * change_score_scale + change_score_offset standard deviations above the centre of the
/// empirical null (EmpiricalNull), the ends included what lies beyond; 0 is not observed.
inline constexpr double change_score_scale = 1.0 / 8;
inline constexpr double change_score_offset = -1.125;
inline constexpr int change_score_values = 256;

/// What a stored score means, or a mean of stored scores.
constexpr double change_score_value(double stored) {
    return stored * change_score_scale + change_score_offset;
}

/// The stored score nearest to a value; never that of what is not observed.
template <std::floating_point Real>
constexpr std::uint8_t stored_change_score(Real value) {
    constexpr auto offset = static_cast<Real>(change_score_offset), scale = static_cast<Real>(change_score_scale);
    return static_cast<std::uint8_t>(std::clamp((value - offset) / scale + static_cast<Real>(0.5), Real{1}, Real{255}));
}

inline constexpr double least_change_score = 2.5; ///< no score below this makes a change, however many there are

/// What decisions need to know of a scene's scores. Adding is commutative: any order of tiles gives the same.
struct ScoreStatistics {
    /// Of neighbours that are both observed and below least_change_score.
    struct Steps {
        std::int64_t pairs = 0, squares = 0; ///< the latter sums of squared differences of stored scores
    };
    std::array<std::int64_t, change_score_values> counts{}; ///< of every stored score
    Steps along, across;                                    ///< rows, on every fourth row of the grid

    void add(const ScoreStatistics& other);

    /// Scores of a tile, rows of `width`; tiles begin on rows of the grid that are multiples of four.
    void add(std::span<const std::uint8_t> scores, int width);
};

} // namespace overflight
