// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_features.h"

namespace overflight {

/// How much the structure of two images differs around each sample, whatever their brightness and contrast: 1 less an
/// agreement, 0 where the structure is the same, 1 where it is another or there is none to speak of.
class StructureChange {
public:
    /// Samples that one round of averaging, over 5 x 5, loses at the borders.
    static constexpr int round_reach = 2;

    /// By local correlation; averages by `rounds`, one after the other. `least`: variances that noise may have.
    void correlate(const Plane& before, const Plane& after, int rounds, float least_before, float least_after);

    /// By the mean of local correlation, of the directions of gradients, weighted by their magnitudes, and of the signs
    /// of differences to the neighbours, those below noise counting less, as in the census transform (Zabih and
    /// Woodfill 1994). Loses one sample more at the borders.
    void compare(const Plane& before, const Plane& after, int rounds, float least_before, float least_after);

    const float* row(int row) const { return change_.row(row); }

private:
    void compare_neighbours(const Plane& before, const Plane& after, float least_before, float least_after);
    void average(Plane& plane, int rounds);

    Plane product_aa_, product_bb_, product_ab_, mean_a_, mean_b_;
    Plane aligned_, magnitude_;    ///< of the gradients: their inner product, and the product of their magnitudes
    Plane agreeing_, informative_; ///< of the signs: their products' sum, and the sum of these products' magnitudes
    Plane change_, scratch_;
};

} // namespace overflight
