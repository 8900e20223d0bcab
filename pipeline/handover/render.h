// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/product.h"
#include "io/quicklook.h"

#include <functional>
#include <span>

namespace overflight {

/// A layer in colours, RGBA, reduced by a whole factor until its longest side is at most `longest_side`; invalid pixels
/// are transparent. Images in their own colours (the first three bands, or grey), stretched between quantiles where
/// they are not 8-bit; flags and codes by colour; all else from dark to bright between its 2 % and 98 % quantiles.
Picture render_layer(const ProductReader& product, const LayerSpec& layer, int longest_side);

/// Reads a window of one band of a layer, row-major.
using ReadWindow =
    std::function<void(const LayerSpec& layer, int band, const Window& window, std::span<std::byte> samples)>;

/// A window of a mosaic's image, within it, RGBA, not reduced.
Picture render_window(const LayerSpec& image, const LayerSpec& quality, const Window& window, const ReadWindow& read);

/// The factor by which render_layer() reduces.
int reduction(const ProductReader& product, const LayerSpec& layer, int longest_side);

} // namespace overflight
