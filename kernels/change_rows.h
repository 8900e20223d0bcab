// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace overflight::kernels {

/// Distances between two missions by rows of features (bands, texture) and of variates, which are linear combinations
/// of features. Counts are multiples of 8. Float operations are elementwise, unfused and in the order written here: the
/// same on every target. Output overlaps no input.

/// outs[v][i] = offsets[v] + sum over f of coefficients[v * features + f] * rows[f][i].
void mix_rows(const float* const* rows, int features, const float* coefficients, const float* offsets, int variates,
              std::size_t count, float* const* outs);

/// One side of a transformation to variates.
struct MixTerms {
    const float* const* rows = nullptr;
    int features = 0;
    const float* coefficients = nullptr; ///< variate-major
    const float* offsets = nullptr;
};

/// out[i] = sum over v of (mixed before - mixed after)^2, each side mixed as in mix_rows().
void mixed_distance(const MixTerms& before, const MixTerms& after, int variates, std::size_t count, float* out);

/// out[i] = scale * x / (x + knee) with x = max(in[i], 0); knee > 0. May work in place.
void saturate_row(const float* in, float knee, float scale, std::size_t count, float* out);

inline constexpr int tolerant_scratch_rows = 3;

/// Squared distances of a row of variates against another mission's row above, here and below, tolerant of a pixel
/// both ways (after Thonfeld 2016). With d(y, x)[i] = sum over v of (before[v][i] - after[y][v][i + x])^2:
///   forward[i]     = smallest d(y, x)[i] over y, x in -1..1
///   backward[y][i] = smallest d(y, x)[i - x] over x: what row y of `after` finds in this row of `before`
/// after: 3 * variates rows, row by row. Reads one sample more of `after` on either side; of backward, the first and
/// the last sample are from two of three distances. scratch: tolerant_scratch_rows rows of count + 2 floats each,
/// `scratch_stride` apart.
void tolerant_distances(const float* const* before, const float* const* after, int variates, std::size_t count,
                        float* forward, float* const* backward, float* scratch, std::size_t scratch_stride);

/// out[i] = (sqrt(max(forward, min(a, b, c))) - centre) * factor.
void tolerant_score(const float* forward, const float* a, const float* b, const float* c, float centre, float factor,
                    std::size_t count, float* out);

/// out[i] = (sqrt(max(a, b)) * weight - centre) * factor.
void weighted_score(const float* a, const float* b, const float* weight, float centre, float factor, std::size_t count,
                    float* out);

/// out[i] = the largest of a and b at 2i and 2i + 1.
void largest_of_four(const float* a, const float* b, std::size_t count, float* out);
inline constexpr int largest_reach = 4;
/// The largest within largest_reach samples along a row; reads as many more on either side.
void largest_along(const float* in, std::size_t count, float* out);
/// The largest of 2 * largest_reach + 1 rows.
void largest_across(const float* const* rows, std::size_t count, float* out);

struct ScoreRule {
    float glare = 0;                ///< share of the strongest fine score nearby that counts as none
    float outline_gain = 1;         ///< coarse scores count up to this many times the fine ones beside them
    float fine_share = 1;           ///< of a fine score by itself
    float offset = 0, per_unit = 1; ///< stored = (score - offset) * per_unit, rounded
};

/// Scores as stored, 1 to 255, 0 where valid is 0: with e = the largest of `fine` within a pixel - glare * strongest,
/// score = max(fine_share * fine, min(coarse, outline_gain * e)). fine: rows above, here, below, one more on each side.
void combine_scores(const float* const* fine, const float* strongest, const float* coarse, const std::uint8_t* valid,
                    const ScoreRule& rule, std::size_t count, std::uint8_t* out);

namespace reference {
void mix_rows(const float* const* rows, int features, const float* coefficients, const float* offsets, int variates,
              std::size_t count, float* const* outs);
void mixed_distance(const MixTerms& before, const MixTerms& after, int variates, std::size_t count, float* out);
void saturate_row(const float* in, float knee, float scale, std::size_t count, float* out);
void tolerant_distances(const float* const* before, const float* const* after, int variates, std::size_t count,
                        float* forward, float* const* backward);
void tolerant_score(const float* forward, const float* a, const float* b, const float* c, float centre, float factor,
                    std::size_t count, float* out);
void weighted_score(const float* a, const float* b, const float* weight, float centre, float factor, std::size_t count,
                    float* out);
void largest_of_four(const float* a, const float* b, std::size_t count, float* out);
void largest_along(const float* in, std::size_t count, float* out);
void largest_across(const float* const* rows, std::size_t count, float* out);
void combine_scores(const float* const* fine, const float* strongest, const float* coarse, const std::uint8_t* valid,
                    const ScoreRule& rule, std::size_t count, std::uint8_t* out);
} // namespace reference

} // namespace overflight::kernels
