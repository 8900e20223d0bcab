// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace overflight {

/// Fills the NaNs of a row-major grid smoothly from their surroundings, by averaging down to ever coarser grids and
/// interpolating back up (push-pull). Values that are there stay as they are. Returns false where there is none at all.
bool fill_holes(std::vector<float>& values, int width, int height);

} // namespace overflight
