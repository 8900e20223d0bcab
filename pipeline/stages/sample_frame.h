// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "core/grid.h"
#include "core/sample.h"
#include "io/frame_cache.h"
#include "kernels/position_extent.h"
#include "kernels/resample.h"
#include "stages/locate.h"

#include <cstdint>
#include <span>
#include <vector>

namespace overflight {

/// A part of a tile as one frame shows it: lanes as in FrameBlock, row-major. Buffers are reused from call to call.
struct SampledPart {
    Window part; ///< relative to the tile
    std::vector<std::vector<std::byte>> groups;
    std::vector<std::uint8_t> valid;    ///< 255 where the frame shows the pixel, else 0
    std::vector<std::int32_t> col, row; ///< frame positions in 1/256 pixel; kernels::no_position where unknown
    kernels::PositionExtent extent;     ///< of the positions on the frame

    FrameWindow source; ///< working space
    std::vector<std::int32_t> window_col, window_row;
};

kernels::Interpolation kernel_of(Resampling resampling);

/// Whether a position (in 1/256 pixel) lies on the frame: nearest to one of its samples.
inline bool shows(const FrameHeader& header, std::int32_t col, std::int32_t row) {
    constexpr std::int32_t half = kernels::phases / 2;
    return col >= -half && row >= -half && col < header.width * kernels::phases - half &&
           row < header.height * kernels::phases - half;
}

/// Positions of a part's pixels in a frame, into `out`; false where none of them comes near the frame.
bool locate_part(const FrameLocator& locator, const FrameHeader& header, const Window& part, SampledPart& out);

/// Positions of some pixels of a part (counted in it, row by row; ascending), side by side in one row, into `out`:
/// those that locate_part() finds. False where none of them lies on the frame.
bool locate_pixels(const FrameLocator& locator, const FrameHeader& header, const Window& part,
                   std::span<const std::uint32_t> pixels, SampledPart& out);

/// Some pixels of a located part, side by side in one row, into `out`: what they cost does not depend on where they
/// are.
void gather_part(const SampledPart& from, const FrameHeader& header, std::span<const std::uint32_t> pixels,
                 SampledPart& out);

/// Resamples the located part. The part is cut into smaller ones where the frame is so much finer than the output that
/// the source window would not stay small. `radiometry` is one a lane group.
void sample_part(FrameCache& cache, std::size_t frame, const kernels::PhaseTable& table,
                 std::span<const kernels::LaneRadiometry> radiometry, SampledPart& out);

} // namespace overflight
