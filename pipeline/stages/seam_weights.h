// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "io/frame_file.h"
#include "stages/sample_frame.h"
#include "stages/seams.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace overflight {

/// Whether a labelled frame (its number in TileSeams::frames) has a share in a part of the tile.
bool has_share(const TileSeams& seams, std::size_t labelled, const Window& part);

/// The smallest window (relative to the tile) around the parts of a tile in which a labelled frame has a share.
Window parts_with_share(const TileSeams& seams, std::size_t labelled, const Window& tile);

/// How much the frames on both sides of a seam count at the pixels of a part, 0 .. full. One for each thread; keeps its
/// working space.
class SeamWeights {
public:
    static constexpr std::uint16_t full = 256;

    /// Another part. `hard`: the frame with the largest share takes a pixel whole.
    void begin(const TileSeams& seams, const Window& part, bool hard);

    /// Of a labelled frame. Else shares are weights, and a frame fades out towards its own border over the feather,
    /// counted in its pixels. Valid until the next call.
    const std::vector<std::uint16_t>& of(std::size_t labelled, const FrameHeader& header, double feather_source_px,
                                         const SampledPart& sampled);

private:
    void weigh(std::size_t labelled);

    const TileSeams* seams_ = nullptr;
    Window part_;
    bool hard_ = false;
    std::vector<std::uint16_t> weight_;
    std::vector<std::uint32_t> heaviest_; ///< labelled frames, with hard seams
    std::vector<float> share_, largest_share_;
};

} // namespace overflight
