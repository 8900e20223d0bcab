// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change.h"

#include <span>
#include <string>
#include <vector>

namespace overflight {

/// Registration of `after` to `before`: shifts measured in windows, then one robust smooth field.

inline constexpr int registration_window = 128;

/// Where to measure: windows of registration_window pixels, about 400 at most however large the grid, none where it is
/// smaller than a window. They lie 256 pixels apart inside the tiles of change_sample_tiles(), with
/// registration_margin() to the tile's border up to a search range of 56 pixels; side by side over a small grid. The
/// caller reads both missions there with that margin on each side (cut to the grid).
std::vector<Window> registration_windows(std::int64_t width, std::int64_t height);

/// Search range plus the support of the gradients and of the sub-pixel peak.
int registration_margin(double max_shift_px);

/// One window's answer.
struct WindowShift {
    double col = 0, row = 0; ///< centre, grid pixels
    double dx = 0, dy = 0;   ///< content of `before` at p lies in `after` at p + (dx, dy)
    double similarity = 0;   ///< correlation of the gradients at the peak, -1..1
    double gain = 0;         ///< how far the peak stands above the best elsewhere in the search range
    bool usable = false;
};

/// Correlates gradient vectors (compressed, so that single strong edges do not rule, and less of dark ground, which may
/// be shadow or water) over every integer shift up to
/// the cap, at half resolution first, then interpolates the correlation surface to about 0.02 pixel.
/// Unusable: less than half of the window seen by both, too little texture, peak ambiguous or at the cap.
WindowShift measure_shift(const MissionView& before, const MissionView& after, const Window& window,
                          double max_shift_px);

/// Translation, affine, then a smooth mesh: each only where it lowers the residuals of held-out windows (every third)
/// by at least 10 % against the simpler one, robust against outliers. Too few usable windows: no shift.
ShiftField fit_shift_field(std::span<const WindowShift> windows, std::int64_t width, std::int64_t height,
                           double max_shift_px);

/// What a user must know of a registration that cannot be relied on; empty where it can.
std::vector<std::string> registration_warnings(const ShiftField& field, double max_shift_px);

} // namespace overflight
