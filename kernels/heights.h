// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace overflight::kernels {

/// A cut-out of a terrain grid: one float a post, NaN where unknown.
struct TerrainWindow {
    const float* posts = nullptr;
    std::ptrdiff_t row_stride = 0; ///< in posts
    int width = 0, height = 0;
};

/// Bilinear heights at `count` positions col + i * col_step, row + i * row_step, in posts relative to the window, the
/// first post's centre being 0. NaN outside [0, width - 1] x [0, height - 1], where one of the four posts around is NaN
/// (even if its weight is 0), and everywhere in a window narrower than 2 posts. Offsets of posts fit 31 bits.
/// Unfused float arithmetic, along the row first, each as a + (b - a) * t: the same on every target.
void sample_heights(const TerrainWindow& terrain, float col, float row, float col_step, float row_step,
                    std::size_t count, float* heights);

namespace reference {
void sample_heights(const TerrainWindow& terrain, float col, float row, float col_step, float row_step,
                    std::size_t count, float* heights);
} // namespace reference

} // namespace overflight::kernels
