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

/// What a frame sees of the ground, on the map.
struct Footprint {
    /// Convex, counter-clockwise: the hull of 32 lines of sight along the frame's border where they meet the terrain,
    /// and of where they would if it rose or fell by half as much again as it does between them. So it covers what the
    /// frame sees, a little generously in rough terrain. Where the terrain lies within the frame, away from all of
    /// these lines, they are followed through all of its heights.
    std::vector<std::pair<double, double>> outline;
    Bounds bounds;                ///< of the outline
    double x = 0, y = 0, z = 0;   ///< ground point at the frame's centre
    double sampling_distance = 0; ///< there, in map units: root of the area of a pixel on level ground
    /// Over the frame, where lines of sight meet the terrain (25 of them), by the Jacobian of the projection on level
    /// ground at that height, in map units a pixel: the finer axis of the pixel where it is finest, the median of the
    /// root of its area, the coarser axis where it is coarsest.
    double finest = 0, median = 0, coarsest = 0;
    double terrain_coverage = 1; ///< share of the border's ground points that lie on the terrain model
};

/// Follows lines of sight along the border down to the terrain (its reduced level, see Terrain::reduced_height_at).
/// Parts of the frame that look above 84 degrees from the nadir, or past the end of the distortion's growth, are left
/// out. None where the centre of the frame sees no ground, or where the frame sees nothing of a terrain that has no
/// height outside.
std::optional<Footprint> find_footprint(const FrameCamera& camera, const GroundSpace& space, const Terrain& terrain);

} // namespace overflight
