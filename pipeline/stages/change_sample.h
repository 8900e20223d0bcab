// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change.h"

#include <array>
#include <cstdint>
#include <vector>

namespace overflight {

/// Feature values at lattice pixels, one plane a feature. Tiles' samples are appended in index order.
struct ChangeSample {
    int bands_before = 0, bands_after = 0;
    std::vector<std::vector<float>> fine_before, fine_after;                ///< bands
    std::vector<std::vector<float>> coarse_before, coarse_after;            ///< bands, then texture
    std::array<std::vector<std::vector<float>>, 8> near_before, near_after; ///< bands at each neighbour of the pixel
    std::vector<float> detail_before, detail_after;                         ///< see detail_around()
    std::vector<float> brightness_before, brightness_after;                 ///< mean of the bands at half resolution
    float step_before = 0, step_after = 0; ///< between neighbouring values of samples: 1 for integers, 0 for floats
    std::size_t size() const { return fine_before.empty() ? 0 : fine_before.front().size(); }
    void append(const ChangeSample& other);
};

/// Tiles that registration and statistics look at: all of a scene of up to 100 tiles (26 Mpx), about 100 spread evenly
/// over a larger one. In ascending order.
std::vector<std::int64_t> change_sample_tiles(const Tiling& tiling);

/// Lattice step at which so many pixels yield at most about 66,000 samples.
int change_lattice_step(std::int64_t pixels);

/// Samples of one tile, at the pixels of the global lattice inside it whose support (14 pixels and the shift) both
/// views show in full: views of the tile alone do, at the price of its rim.
ChangeSample gather_change_sample(const Window& tile, const MissionView& before, const MissionView& after,
                                  const ShiftField& field, int step);

} // namespace overflight
