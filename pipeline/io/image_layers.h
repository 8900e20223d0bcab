// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/product.h"

namespace overflight {

/// The layer of a mosaic in which every pixel is of one frame alone; there where the config asks for it.
inline constexpr const char* hard_seams_layer = "image_hard_seams";

/// Whether a layer shows the ground, by samples that the layer quality says are valid or not.
inline bool shows_ground(const LayerSpec& layer) {
    return layer.name == "image" || layer.name == hard_seams_layer;
}

} // namespace overflight
