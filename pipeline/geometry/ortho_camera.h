// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/frame_camera.h"

#include <array>
#include <memory>

namespace overflight {

/// A frame that is an orthoimage already: an affine map from x, y (map space) to pixels; the height has no influence.
/// geotransform: GDAL's, counted from pixel corners. None where it has no inverse.
std::shared_ptr<const FrameCamera> make_ortho_camera(const std::array<double, 6>& geotransform, int width, int height);

} // namespace overflight
