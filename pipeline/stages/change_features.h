// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_statistics.h"

namespace overflight {

/// A row-major plane of floats.
struct Plane {
    int width = 0, height = 0;
    std::vector<float> values;

    Plane() = default;
    Plane(int w, int h) : width(w), height(h), values(static_cast<std::size_t>(w) * static_cast<std::size_t>(h)) {}
    float* row(int r) { return values.data() + static_cast<std::ptrdiff_t>(r) * width; }
    const float* row(int r) const { return values.data() + static_cast<std::ptrdiff_t>(r) * width; }
};

/// Both missions around a core window, registered and in floats, at full and half resolution.
/// Planes begin change_halo before the core and end at least change_halo after it; sides are multiples of 8.
struct ChangeFeatures {
    Window window;                                  ///< of the full-resolution planes; may reach over the grid
    std::vector<std::uint8_t> valid;                ///< seen by both missions, 0 or 1
    std::vector<Plane> fine_before, fine_after;     ///< bands, smoothed by 1 2 1
    std::vector<Plane> coarse_before, coarse_after; ///< bands smoothed by 1 4 6 4 1 at half resolution, then texture
    Plane luminance_before, luminance_after;        ///< mean of the bands at half resolution
    bool any_valid = false;
};

/// `core` has an origin of multiples of 8. Where a mission saw nothing both get the fill values: no difference arises
/// there.
ChangeFeatures change_features(const Window& core, const MissionView& before, const MissionView& after,
                               const ShiftField& field, std::span<const float> fill_before,
                               std::span<const float> fill_after);

/// One sample of a view as a float; no bounds check.
float sample_at(const BandView& band, std::ptrdiff_t index);

/// Mean of two by two.
Plane halve(const Plane& in);

/// Smooths by (1 2 1) / 4 both ways, borders repeated.
Plane smooth(const Plane& in);

} // namespace overflight
