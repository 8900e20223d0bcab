// SPDX-License-Identifier: Apache-2.0
#include "stages/plan.h"

#include <algorithm>
#include <cmath>

namespace overflight {
namespace {

using Outline = std::vector<std::pair<double, double>>;

bool inside(const Outline& outline, double x, double y) {
    bool in = false;
    for (std::size_t i = 0, j = outline.size() - 1; i < outline.size(); j = i++) {
        const auto [xi, yi] = outline[i];
        const auto [xj, yj] = outline[j];
        if ((yi > y) != (yj > y) && x < (xj - xi) * (y - yi) / (yj - yi) + xi) in = !in;
    }
    return in;
}

/// Liang and Barsky's clipping: whether any of the segment lies in the box.
bool crosses(const Bounds& box, std::pair<double, double> a, std::pair<double, double> b) {
    double from = 0, to = 1;
    const auto clip = [&](double direction, double distance) {
        if (direction == 0) return distance >= 0;
        const double t = distance / direction;
        if (direction < 0)
            from = std::max(from, t);
        else
            to = std::min(to, t);
        return from <= to;
    };
    const double dx = b.first - a.first, dy = b.second - a.second;
    return clip(-dx, a.first - box.xmin) && clip(dx, box.xmax - a.first) && clip(-dy, a.second - box.ymin) &&
           clip(dy, box.ymax - a.second);
}

bool overlaps(const Outline& outline, const Bounds& box) {
    if (inside(outline, box.xmin, box.ymin)) return true;
    for (std::size_t i = 0, j = outline.size() - 1; i < outline.size(); j = i++)
        if (crosses(box, outline[j], outline[i])) return true;
    return false;
}

} // namespace

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
                    if (overlaps(footprints[frame].outline, box)) act(tile, frame);
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
