// SPDX-License-Identifier: Apache-2.0
#include "stages/plan.h"

#include <algorithm>
#include <cmath>

namespace overflight {

TileFrames::TileFrames(const Grid& grid, const std::vector<Footprint>& footprints, double margin) {
    const Tiling tiling(grid);
    const double side = grid.resolution * Tiling::size;
    const auto each_touch = [&](const auto& act) {
        for (std::size_t frame = 0; frame < footprints.size(); ++frame) {
            const Bounds& b = footprints[frame].bounds;
            const auto tile_at = [&](double distance, std::int64_t count) {
                return static_cast<std::int64_t>(
                    std::clamp(std::floor(distance / side), 0.0, static_cast<double>(count - 1)));
            };
            if (!grid.bounds().overlaps({b.xmin - margin, b.ymin - margin, b.xmax + margin, b.ymax + margin})) continue;
            const std::int64_t col0 = tile_at(b.xmin - margin - grid.west, tiling.cols()),
                               col1 = tile_at(b.xmax + margin - grid.west, tiling.cols());
            const std::int64_t row0 = tile_at(grid.north - b.ymax - margin, tiling.rows()),
                               row1 = tile_at(grid.north - b.ymin + margin, tiling.rows());
            for (std::int64_t row = row0; row <= row1; ++row) {
                for (std::int64_t col = col0; col <= col1; ++col) {
                    const std::int64_t tile = row * tiling.cols() + col;
                    Bounds box = grid.bounds(tiling.window(tile));
                    box = {box.xmin - margin, box.ymin - margin, box.xmax + margin, box.ymax + margin};
                    if (footprints[frame].overlaps(box)) act(tile, frame);
                }
            }
        }
    };
    starts_.assign(static_cast<std::size_t>(tiling.count()) + 1, 0);
    each_touch([&](std::int64_t tile, std::size_t) { ++starts_[static_cast<std::size_t>(tile) + 1]; });
    for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
    frames_.resize(starts_.back());
    std::vector<std::size_t> next(starts_.begin(), starts_.end() - 1);
    each_touch([&](std::int64_t tile, std::size_t frame) { frames_[next[static_cast<std::size_t>(tile)]++] = frame; });
}

} // namespace overflight
