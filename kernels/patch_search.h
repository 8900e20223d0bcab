// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace overflight::kernels {

/// Where 3 x 3 patches of one image lie in another: squared distances, summed over planes (bands, variates).

inline constexpr int patch_block = 8; ///< places searched at a time, both ways

/// Planes of two images around a block; each pointer is to the sample at the block's first place.
struct PatchImages {
    const float* const* fixed = nullptr; ///< whose patches are looked for
    /// The least and the most that the image searched may be at a place: see value_ranges().
    const float *const *lowest = nullptr, *const *highest = nullptr;
    int planes = 0;
    std::ptrdiff_t stride = 0; ///< of all planes, in floats
};

/// What an image may be within half a sample of each of its samples: the least and the most of it and of the means with
/// its four neighbours (Birchfield and Tomasi 1998), so that distances do not depend on where between the samples an
/// edge lies. Reads one sample more on either side; count: a multiple of 8.
void value_ranges(const float* above, const float* here, const float* below, std::size_t count, float* lowest,
                  float* highest);

struct PatchOffset {
    std::int16_t col = 0, row = 0;
};

/// nearest[i] = the smallest distance at place i over the offsets of the patch searched for; 8 x 8 places, row by row.
/// A sample within the range of the other image's is no distance from it. Reads one sample more around `fixed`, around
/// the ranges also the offsets' reach, and 6 more columns to the right of both. Float operations are unfused and in a
/// fixed order: the same on every target.
void nearest_patches(const PatchImages& images, const PatchOffset* offsets, std::size_t count, float* nearest);

namespace reference {
void value_ranges(const float* above, const float* here, const float* below, std::size_t count, float* lowest,
                  float* highest);
void nearest_patches(const PatchImages& images, const PatchOffset* offsets, std::size_t count, float* nearest);
} // namespace reference

} // namespace overflight::kernels
