// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_statistics.h"
#include "stages/structure_change.h"

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
    Plane quarter_before_, quarter_after_, eighth_before_, eighth_after_, weight_;
    StructureChange near_, wide_;
    std::vector<float> line_, texture_before_, texture_after_;
};

} // namespace overflight
