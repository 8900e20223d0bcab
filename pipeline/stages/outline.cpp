// SPDX-License-Identifier: Apache-2.0
#include "stages/outline.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace overflight {
namespace {

constexpr std::int64_t most_cells = std::int64_t{1} << 24;

/// The object's mask with a rim of background, one bit for the pixel, one for each side that was walked along.
class Mask {
public:
    explicit Mask(std::span<const PixelRun> runs) {
        std::int32_t col1 = runs.front().end, row1 = runs.front().row + 1;
        col0_ = runs.front().col;
        row0_ = runs.front().row;
        for (const PixelRun& run : runs) {
            col0_ = std::min(col0_, run.col);
            col1 = std::max(col1, run.end);
            row0_ = std::min(row0_, run.row);
            row1 = std::max(row1, run.row + 1);
        }
        const auto cells = [&](std::int64_t pixels) { return (pixels + step_ - 1) / step_ + 2; };
        while (cells(col1 - col0_) * cells(row1 - row0_) > most_cells) step_ *= 2;
        width_ = static_cast<int>(cells(col1 - col0_));
        height_ = static_cast<int>(cells(row1 - row0_));
        cells_.resize(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_));
        for (const PixelRun& run : runs) {
            for (std::int32_t c = (run.col - col0_) / step_; c <= (run.end - 1 - col0_) / step_; ++c)
                at(c + 1, (run.row - row0_) / step_ + 1) |= inside;
        }
    }

    std::vector<Ring> rings() {
        std::vector<Ring> out;
        // Each ring runs westwards somewhere: along the upper side of a pixel.
        for (int r = 1; r < height_ - 1; ++r) {
            for (int c = 1; c < width_ - 1; ++c) {
                if ((at(c, r) & (inside | walked)) == inside && (at(c, r - 1) & inside) == 0) out.push_back(walk(c, r));
            }
        }
        return out;
    }

private:
    static constexpr std::uint8_t inside = 1, walked = 2; ///< walked: the upper side, westwards

    std::uint8_t& at(int col, int row) {
        return cells_[static_cast<std::size_t>(row) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(col)];
    }

    /// From the upper right corner of a pixel westwards, the object on the left; the middles of the sides passed.
    Ring walk(int start_col, int start_row) {
        constexpr std::array<std::pair<int, int>, 4> steps{{{1, 0}, {0, -1}, {-1, 0}, {0, 1}}}; // east, north, ...
        // The pixel on the left and on the right of a side that begins at a corner, relative to the corner.
        constexpr std::array<std::pair<int, int>, 4> lefts{{{0, -1}, {-1, -1}, {-1, 0}, {0, 0}}},
            rights{{{0, 0}, {0, -1}, {-1, -1}, {-1, 0}}};
        Ring ring;
        int x = start_col + 1, y = start_row, direction = 2;
        do {
            const auto [dx, dy] = steps[static_cast<std::size_t>(direction)];
            if (direction == 2) at(x - 1, y) |= walked;
            const GridPoint middle{place(x + 0.5 * dx, col0_), place(y + 0.5 * dy, row0_)};
            ring.push_back(middle);
            x += dx;
            y += dy;
            const auto d = static_cast<std::size_t>(direction);
            if ((at(x + rights[d].first, y + rights[d].second) & inside) != 0)
                direction = (direction + 3) % 4;
            else if ((at(x + lefts[d].first, y + lefts[d].second) & inside) == 0)
                direction = (direction + 1) % 4;
        } while (x != start_col + 1 || y != start_row || direction != 2);
        return ring;
    }

    double place(double cell, std::int32_t origin) const { return origin + (cell - 1) * step_; }

    std::int32_t col0_ = 0, row0_ = 0;
    int step_ = 1, width_ = 0, height_ = 0;
    std::vector<std::uint8_t> cells_;
};

/// Of the points strictly between first and last the one farthest from the line, where it is beyond the tolerance.
std::size_t farthest(const Ring& ring, std::size_t first, std::size_t last) {
    const GridPoint a = ring[first], b = ring[last % ring.size()];
    const double dx = b.col - a.col, dy = b.row - a.row, length2 = dx * dx + dy * dy;
    double most = outline_tolerance * outline_tolerance;
    std::size_t out = first;
    for (std::size_t i = first + 1; i < last; ++i) {
        double px = ring[i].col - a.col, py = ring[i].row - a.row;
        const double along = length2 > 0 ? std::clamp((px * dx + py * dy) / length2, 0.0, 1.0) : 0.0;
        px -= along * dx;
        py -= along * dy;
        const double distance2 = px * px + py * py;
        if (distance2 > most) {
            most = distance2;
            out = i;
        }
    }
    return out;
}

Ring thinned(const Ring& ring) {
    std::size_t opposite = 0;
    double most = 0;
    for (std::size_t i = 1; i < ring.size(); ++i) {
        const double dx = ring[i].col - ring[0].col, dy = ring[i].row - ring[0].row, distance = dx * dx + dy * dy;
        if (distance > most) {
            most = distance;
            opposite = i;
        }
    }
    std::vector<bool> kept(ring.size());
    kept[0] = kept[opposite] = true;
    std::vector<std::pair<std::size_t, std::size_t>> open{{0, opposite}, {opposite, ring.size()}};
    while (!open.empty()) {
        const auto [first, last] = open.back();
        open.pop_back();
        const std::size_t middle = farthest(ring, first, last);
        if (middle == first) continue;
        kept[middle] = true;
        open.emplace_back(first, middle);
        open.emplace_back(middle, last);
    }
    Ring out;
    for (std::size_t i = 0; i < ring.size(); ++i)
        if (kept[i]) out.push_back(ring[i]);
    return out.size() < 3 ? ring : out;
}

} // namespace

std::vector<Ring> trace_outline(std::span<const PixelRun> runs) {
    if (runs.empty()) return {};
    std::vector<Ring> rings = Mask(runs).rings();
    for (Ring& ring : rings) ring = thinned(ring);
    return rings;
}

double ring_length(const Ring& ring) {
    double length = 0;
    for (std::size_t i = 0; i < ring.size(); ++i) {
        const GridPoint &a = ring[i], &b = ring[(i + 1) % ring.size()];
        length += std::sqrt((b.col - a.col) * (b.col - a.col) + (b.row - a.row) * (b.row - a.row));
    }
    return length;
}

} // namespace overflight
