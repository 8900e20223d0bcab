// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/frame_camera.h"
#include "geometry/geodesy.h"
#include "geometry/lens.h"

#include <memory>
#include <optional>

namespace overflight {

/// A central projection: collinearity with a lens.
/// centre: projection centre in the ground space. rotation: photogrammetric camera axes -> axes of the ground space.
/// ellipsoid: given for the cartesian (earth-centred) space, where the vertical is the ellipsoid's normal at the ground
/// point; absent for the map space, where it is the third axis.
std::shared_ptr<const FrameCamera> make_central_camera(std::shared_ptr<const Lens> lens, int width, int height,
                                                       const Eigen::Vector3d& centre, const Eigen::Matrix3d& rotation,
                                                       const std::optional<Ellipsoid>& ellipsoid);

} // namespace overflight
