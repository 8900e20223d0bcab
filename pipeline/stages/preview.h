// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "core/sample.h"
#include "io/quicklook.h"

#include <cstdint>
#include <span>
#include <vector>

namespace overflight {

/// A small picture of a product, gathered tile by tile from every n-th pixel.
class Preview {
public:
    /// `channels` samples a pixel: 1 or 3.
    Preview(const Grid& grid, int channels);

    /// The pixels of a tile that fall on the preview, for place(), here or in another process. `planes`: one a channel;
    /// rows of `stride` samples; `valid` has the same shape, 0 where there is no data.
    std::vector<std::byte> pick(const Window& tile, SampleType type, std::span<const std::byte* const> planes,
                                const std::uint8_t* valid, int stride) const;

    /// Takes what pick() gave for a tile; what is none is left out.
    void place(const Window& tile, SampleType type, std::span<const std::byte> picked);

    /// RGBA or grey with alpha as RGBA; 8-bit samples as they are, others stretched from the 1 % to the 99 % quantile.
    Picture picture(SampleType type) const;

private:
    std::size_t pixels() const;
    /// Calls `use(x, y, col, row)` for every pixel of the preview in a tile and where it lies in the tile.
    template <typename Use>
    void for_each(const Window& tile, const Use& use) const;

    ReducedSize size_;
    int channels_ = 0;
    std::vector<std::byte> samples_; ///< of the product's type; empty until a tile is placed
    std::vector<std::uint8_t> valid_;
};

} // namespace overflight
