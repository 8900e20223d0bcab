// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_objects.h"

#include <span>

namespace overflight {

/// A scene's objects as a mask, tile by tile.
class ChangeMask {
public:
    /// Takes the objects' runs.
    ChangeMask(const Tiling& tiling, std::vector<ChangeObject>& objects);

    /// Of a tile, by its scores: 0 no change, 1 change, 255 not observed.
    void paint(std::int64_t tile, std::span<const std::uint8_t> scores, std::span<std::uint8_t> mask) const;

private:
    Tiling tiling_;
    std::vector<PixelRun> runs_;     ///< tile by tile; none crosses a tile's border
    std::vector<std::size_t> first_; ///< of each tile, and the end
};

} // namespace overflight
