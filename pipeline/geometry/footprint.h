// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "geometry/frame_camera.h"
#include "geometry/ground_space.h"
#include "geometry/terrain.h"

#include <optional>
#include <utility>
#include <vector>

namespace overflight {

/// What a frame sees of the ground, in the map CRS.
struct Footprint {
    std::vector<std::pair<double, double>> outline; ///< around the frame's border, open, 8 points a side
    Bounds bounds;                                  ///< of the outline
    double sampling_distance = 0;                   ///< of one frame pixel at the frame's centre, in map units
};

/// Lines of sight along the frame's border are followed to the terrain (to its mean height where they leave it).
/// None where the frame's centre does not see the ground.
std::optional<Footprint> find_footprint(const FrameCamera& camera, const GroundSpace& space, const Terrain& terrain);

} // namespace overflight
