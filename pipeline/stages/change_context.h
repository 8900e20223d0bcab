// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_features.h"
#include "stages/change_statistics.h"

namespace overflight {

/// How much a coarse difference counts: less where the structure stayed the same and where both missions are flat.
class ContextWeight {
public:
    /// Planes at half resolution, whose origin is change_halo pixels above and left of the tile; the tile's sides in
    /// pixels, multiples of 8. The textures reach two samples beyond the tile.
    void weigh(const Plane& luminance_before, const Plane& luminance_after, const Plane& texture_before,
               const Plane& texture_after, int width, int height, const ChangeModel& model);

    /// Weights at half resolution, [col, col + count) of a row; both even multiples of 4 from the planes' origin. Valid
    /// for one sample around the tile.
    void row(int row, int col, std::size_t count, float* out) const;

private:
    struct Structure {
        Plane product_aa, product_bb, product_ab, mean_a, mean_b, change;
        void compare(const Plane& a, const Plane& b, int rounds, float least_before, float least_after, Plane& scratch);
    };
    Plane quarter_before_, quarter_after_, eighth_before_, eighth_after_, scratch_, weight_;
    Structure near_, wide_;
    std::vector<float> line_, texture_before_, texture_after_;
};

} // namespace overflight
