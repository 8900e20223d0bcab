// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "core/sample.h"
#include "flow/mosaic_chunks.h"
#include "stages/change.h"
#include "stages/ground_cover.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace overflight {

/// A mosaic as the change stages see it: windows of the pair's grid, any halo, cut to the mosaic.
class MosaicView {
public:
    /// `path`: the product of plan.missions[mission]. `bands`: numbers of those that are looked at, in this order.
    MosaicView(const std::filesystem::path& path, const Grid& pair, MosaicChunks& chunks, std::size_t mission,
               std::vector<int> bands);

    /// Their numbers in the product, from 0.
    const std::vector<int>& bands() const { return bands_; }
    /// Their names.
    std::vector<std::string> band_names() const;
    SampleType type() const;
    const BandRoles& band_roles() const { return roles_; }

    /// A window of the pair's grid on the mosaic's.
    Window own(const Window& window) const {
        return {window.col + col_offset_, window.row + row_offset_, window.width, window.height};
    }

    /// Buffers of one window; the view points into them.
    struct Pixels {
        std::vector<std::vector<std::byte>> bands;
        std::vector<std::uint8_t> valid;
        MissionView view;
    };

    void read(const Window& window, Pixels& out) const;

    /// The layer quality of a window.
    void read_flags(const Window& window, std::vector<std::uint8_t>& out) const;

    /// The pixels in the middle of blocks, which must lie in the pair's grid: one pixel of `out` a block.
    void read_middles(const PixelBlocks& blocks, Pixels& out) const;

    /// Numbers of the frames in the middle of blocks of the pair's grid; quality::no_frame where there is none.
    std::vector<std::uint32_t> frames_in(const PixelBlocks& blocks) const;

private:
    /// Fills what `copy(layer, band, to)` copies: a window, or parts of one.
    template <typename Copy>
    void fill(const Window& window, const Copy& copy, Pixels& out) const;

    ChunkedLayer layer(const std::string& name, MosaicChunks& chunks, std::size_t mission) const;

    ProductReader reader_;
    std::string image_name_; ///< blended pixels mix two views: hard seams come first
    LayerSpec layout_, source_;
    std::vector<int> bands_;
    BandRoles roles_;
    std::int64_t col_offset_, row_offset_;
    ChunkedLayer image_, quality_, frames_;
};

} // namespace overflight
