// SPDX-License-Identifier: Apache-2.0
#include "simulation/obstacle_cells.h"

#include <algorithm>
#include <cmath>

namespace overflight::simulation {

namespace {

constexpr double farthest_m = 3000; ///< a block that looks over more than this is seen line by line

Point2 place(const SightLine& line, double height) {
    const double d = height - line.reference;
    return {line.x0 + d * (line.tx + d * line.cx), line.y0 + d * (line.ty + d * line.cy)};
}

void add(Bounds& bounds, const Point2& p) {
    bounds.xmin = std::min(bounds.xmin, p.x), bounds.xmax = std::max(bounds.xmax, p.x);
    bounds.ymin = std::min(bounds.ymin, p.y), bounds.ymax = std::max(bounds.ymax, p.y);
}

Bounds grown(const Bounds& b, double by) {
    return {b.xmin - by, b.ymin - by, b.xmax + by, b.ymax + by};
}

/// A bundle of lines: all within `radius` of one that is straight from `foot` on, where it starts, by (tx, ty) a metre.
struct Bundle {
    Point2 foot;
    double tx = 0, ty = 0, radius = 0;

    /// Whether it comes near a circle within the first `rise` metres of its way up.
    bool reaches(double x, double y, double circle, double rise) const {
        const double dx = x - foot.x, dy = y - foot.y, square = tx * tx + ty * ty;
        const double up = square > 0 ? std::clamp((dx * tx + dy * ty) / square, 0.0, std::max(rise, 0.0)) : 0;
        const double ax = dx - up * tx, ay = dy - up * ty, reach = circle + radius;
        return ax * ax + ay * ay <= reach * reach;
    }

    /// Its lines followed up to a height and then along another direction from wherever they are.
    Bundle then(double from, double to, double new_tx, double new_ty) const {
        const double middle = 0.5 * (from + to), half = 0.5 * (to - from);
        return {
            {foot.x + middle * tx, foot.y + middle * ty}, new_tx, new_ty, radius + half * std::sqrt(tx * tx + ty * ty)};
    }
};

/// Around the lines of sight through the corners of a part of a block; they start at `lowest` and end at `sky`.
Bundle bundle_of(const std::array<const SightLine*, 4>& corners, double lowest, double sky) {
    std::array<Point2, 4> foot, head;
    Point2 low, high;
    for (std::size_t k = 0; k < 4; ++k) {
        foot[k] = place(*corners[k], lowest), head[k] = place(*corners[k], sky);
        low.x += 0.25 * foot[k].x, low.y += 0.25 * foot[k].y;
        high.x += 0.25 * head[k].x, high.y += 0.25 * head[k].y;
    }
    double radius2 = 0;
    for (std::size_t k = 0; k < 4; ++k) {
        const double ax = foot[k].x - low.x, ay = foot[k].y - low.y, bx = head[k].x - high.x, by = head[k].y - high.y;
        radius2 = std::max({radius2, ax * ax + ay * ay, bx * bx + by * by});
    }
    // Lines are all but straight, and those between the corners all but between: a little more covers both.
    return {low, (high.x - low.x) / (sky - lowest), (high.y - low.y) / (sky - lowest),
            1.02 * std::sqrt(radius2) + 0.01};
}

} // namespace

bool ObstacleCells::survey(const SightLines& lines, int col, int row, int width, int height, const Scene& scene,
                           SceneView& view) {
    cols_ = (width + size - 1) >> bits, rows_ = (height + size - 1) >> bits;
    std::vector<SightLine> corners;
    Bounds ground{1e300, 1e300, -1e300, -1e300};
    double tangent2 = 0;
    for (int r = 0; r <= rows_; ++r) {
        for (int c = 0; c <= cols_; ++c) {
            const double at_col = col - 0.5 + std::min(c * size, width),
                         at_row = row - 0.5 + std::min(r * size, height);
            const SightLine line = lines.at(at_col, at_row).line;
            if (std::isnan(line.x0)) return false;
            corners.push_back(line);
            tangent2 = std::max(tangent2, line.tx * line.tx + line.ty * line.ty);
            add(ground, place(line, scene.lowest()));
            add(ground, place(line, scene.highest()));
        }
    }
    const double extent = std::max(ground.xmax - ground.xmin, ground.ymax - ground.ymin);
    const double margin = 0.1 + 0.01 * extent;
    const double limit = scene.steepest();
    if (limit * limit * tangent2 * 1.02 >= SceneView::single_meeting) return false;
    if (extent > farthest_m) return false;
    if (!view.ground_below(grown(ground, margin), ground_)) return false;
    const double lowest = ground_.lowest - 0.01, sky = scene.highest() + scene.tallest();
    Bounds way = ground;
    for (const SightLine& line : corners) {
        const Point2 high = place(line, sky), low = place(line, lowest);
        add(way, high), add(way, low);
        for (const Point2& p : {high, low})
            add(way, {p.x + view.sun_tx() * (sky - lowest), p.y + view.sun_ty() * (sky - lowest)});
    }
    objects_.clear();
    view.objects_within(grown(way, margin), objects_);
    std::sort(objects_.begin(), objects_.end(),
              [](const SceneObject& a, const SceneObject& b) { return a.top_height() > b.top_height(); });
    collect(view, corners, lowest, sky);
    return true;
}

void ObstacleCells::collect(const SceneView& view, const std::vector<SightLine>& corners, double lowest, double sky) {
    struct Candidate {
        Obstacle obstacle;
        double radius;
    };
    std::vector<Candidate> in_row;
    const auto bundle = [&](int c0, int c1, int r) {
        const SightLine *low = corners.data() + static_cast<std::ptrdiff_t>(r) * (cols_ + 1), *high = low + cols_ + 1;
        return bundle_of({low + c0, low + c1, high + c0, high + c1}, lowest, sky);
    };
    const auto to_sun = [&](const Bundle& b, double top) {
        return b.then(0, top - lowest, view.sun_tx(), view.sun_ty());
    };
    obstacles_.clear();
    cells_.assign(static_cast<std::size_t>(cols_) * rows_, {});
    const double tallest = objects_.empty() ? lowest : objects_.front().top_height();
    for (int r = 0; r < rows_; ++r) {
        in_row.clear();
        const Bundle sight = bundle(0, cols_, r), sun = to_sun(sight, tallest);
        for (const SceneObject& o : objects_) {
            const double radius = o.radius(), top = o.top_height();
            if (!sight.reaches(o.x, o.y, radius, top - lowest) && !sun.reaches(o.x, o.y, radius, top - lowest))
                continue;
            in_row.push_back({{o.x, o.y, radius * radius, top, &o}, radius});
        }
        for (int c = 0; c < cols_ && !in_row.empty(); ++c) {
            Cell& cell = cells_[static_cast<std::size_t>(r * cols_ + c)];
            const Bundle from = bundle(c, c + 1, r);
            const auto fill = [&](List which, const Bundle& b) {
                cell.range[which].first = static_cast<std::uint32_t>(obstacles_.size());
                for (const Candidate& candidate : in_row) {
                    const Obstacle& o = candidate.obstacle;
                    if (b.reaches(o.x, o.y, candidate.radius, o.top - lowest)) obstacles_.push_back(o);
                }
                cell.range[which].second = static_cast<std::uint32_t>(obstacles_.size());
            };
            fill(seen, from);
            fill(shading_ground, to_sun(from, ground_.highest));
            const auto [first, end] = cell.range[seen];
            if (first != end) fill(shading_objects, to_sun(from, obstacles_[first].top));
        }
    }
}

} // namespace overflight::simulation
