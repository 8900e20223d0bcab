// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accuracy/flown_scene.h"

namespace overflight::accuracy {

/// The mission's frames through GDAL's warper, by their RPC and the scene's terrain, onto a grid; exact transformer,
/// cubic. Later frames lie over earlier ones.
Image warp_with_rpc(const FlownScene& scene, const std::string& mission, const Grid& grid);

} // namespace overflight::accuracy
