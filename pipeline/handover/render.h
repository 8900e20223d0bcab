// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/product.h"
#include "io/quicklook.h"

namespace overflight {

/// A layer in colours, RGBA, reduced by a whole factor until its longest side is at most `longest_side`; invalid pixels
/// are transparent. Images in their own colours (the first three bands, or grey), stretched between quantiles where
/// they are not 8-bit; flags and codes by colour; all else from dark to bright between its 2 % and 98 % quantiles.
Picture render_layer(const ProductReader& product, const LayerSpec& layer, int longest_side);

/// A window of the mosaic's image, RGBA, not reduced; parts beyond it are transparent.
Picture render_window(const ProductReader& product, const Window& window);

/// The factor by which render_layer() reduces.
int reduction(const ProductReader& product, const LayerSpec& layer, int longest_side);

} // namespace overflight
