// SPDX-License-Identifier: Apache-2.0
#include "geometry/footprint.h"

#include "core/quantile.h"
#include "geometry/convex_clip.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

namespace overflight {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr int points_a_side = 8;
constexpr int border_points = 4 * points_a_side;
constexpr int places_a_side = 5, places = places_a_side * places_a_side;
constexpr double largest_tangent = 9.5; // 84 degrees off the nadir

using Border = std::array<Vector2d, border_points>;

/// Frame positions along the outer edge of the border pixels, from the first corner on.
Border border_of(const FrameCamera& camera) {
    Border border;
    const double w = camera.width, h = camera.height;
    for (int i = 0; i < points_a_side; ++i) {
        const double t = static_cast<double>(i) / points_a_side;
        border[i] = {-0.5 + t * w, -0.5};
        border[i + points_a_side] = {w - 0.5, -0.5 + t * h};
        border[i + 2 * points_a_side] = {w - 0.5 - t * w, h - 0.5};
        border[i + 3 * points_a_side] = {-0.5, h - 0.5 - t * h};
    }
    return border;
}

/// A line of sight as a straight piece on the map, between two heights.
struct Sight {
    Vector3d top, bottom;

    Vector3d at(double height) const {
        const double drop = top.z() - bottom.z();
        return drop > 0 ? Vector3d(top + (bottom - top) * ((top.z() - height) / drop)) : top;
    }
};

class SightFinder {
public:
    SightFinder(const FrameCamera& camera, const GroundSpace& space, const Terrain& terrain)
        : camera_(camera), space_(space), terrain_(terrain) {
        const HeightRange range = terrain.range();
        // Never empty, so that a line of sight has a direction on the map.
        low_ = range.min - 1.0;
        high_ = range.max + 1.0;
        step_ = 2 * terrain.reduced_spacing();
    }

    /// Whether the frame position looks at the ground, and between which points in the ground space.
    bool sees(const Vector2d& pixel, Vector3d& top, Vector3d& bottom) const {
        const Ray ray = camera_.ray(pixel.x(), pixel.y());
        if (!ray.direction.allFinite()) return false;
        bottom = space_.at_height(ray, low_);
        if (!bottom.allFinite() || !std::isfinite(camera_.project(bottom).w)) return false;
        if (!(camera_.off_nadir_tangent(bottom) < largest_tangent)) return false;
        double height = high_;
        top = space_.at_height(ray, height);
        for (int i = 0; i < 20 && !(top.allFinite() && std::isfinite(camera_.project(top).w)); ++i) {
            height = 0.5 * (height + low_); // the camera flies below the highest mountain
            top = space_.at_height(ray, height);
        }
        return top.allFinite();
    }

    /// Draws a frame position towards one that sees the ground until it does as well.
    bool draw_in(Vector2d pixel, const Vector2d& inner, Vector3d& top, Vector3d& bottom) const {
        if (sees(pixel, top, bottom)) return true;
        double inside = 0, outside = 1;
        for (int i = 0; i < 12; ++i) {
            const double middle = 0.5 * (inside + outside);
            (sees(inner + middle * (pixel - inner), top, bottom) ? inside : outside) = middle;
        }
        return sees(inner + inside * (pixel - inner), top, bottom);
    }

    /// Where the line of sight first goes below the terrain.
    Vector3d hit(const Sight& sight) const {
        const double run = (sight.bottom - sight.top).head<2>().norm();
        const int steps = std::isfinite(step_) ? static_cast<int>(std::clamp(std::ceil(run / step_), 1.0, 64.0)) : 1;
        const auto above = [&](double t) {
            const Vector3d p = sight.top + (sight.bottom - sight.top) * t;
            return p.z() - terrain_.reduced_height_at(p.x(), p.y());
        };
        double a = 0, fa = above(0);
        if (!(fa > 0)) return sight.top;
        double b = 1, fb = 0;
        for (int i = 1; i <= steps; ++i) {
            b = static_cast<double>(i) / steps;
            fb = above(b);
            if (!(fb > 0)) break;
            a = b;
            fa = fb;
        }
        if (fb > 0) return sight.bottom;
        for (int i = 0; i < 12 && (b - a) * (sight.top.z() - sight.bottom.z()) > 0.01; ++i) {
            // Regula falsi, halving where it would creep.
            double t = i % 3 == 2 ? 0.5 * (a + b) : a + (b - a) * fa / (fa - fb);
            t = std::clamp(t, a + 1e-3 * (b - a), b - 1e-3 * (b - a));
            const double f = above(t);
            (f > 0 ? a : b) = t;
            (f > 0 ? fa : fb) = f;
        }
        return sight.top + (sight.bottom - sight.top) * (fa > fb ? a + (b - a) * fa / (fa - fb) : b);
    }

private:
    const FrameCamera& camera_;
    const GroundSpace& space_;
    const Terrain& terrain_;
    double low_, high_, step_;
};

/// Andrew's monotone chain; counter-clockwise.
std::vector<std::pair<double, double>> convex_hull(std::vector<std::pair<double, double>> points) {
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    if (points.size() < 3) return points;
    const auto turns_right = [](const auto& o, const auto& a, const auto& b) {
        return (a.first - o.first) * (b.second - o.second) - (a.second - o.second) * (b.first - o.first) <= 0;
    };
    std::vector<std::pair<double, double>> hull(2 * points.size());
    std::size_t n = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        while (n >= 2 && turns_right(hull[n - 2], hull[n - 1], points[i])) --n;
        hull[n++] = points[i];
    }
    for (std::size_t i = points.size() - 1, lower = n + 1; i-- > 0;) {
        while (n >= lower && turns_right(hull[n - 2], hull[n - 1], points[i])) --n;
        hull[n++] = points[i];
    }
    hull.resize(n - 1);
    return hull;
}

Bounds bounds_of(const std::vector<std::pair<double, double>>& outline) {
    Bounds b = {nan, nan, nan, nan};
    for (const auto& [x, y] : outline)
        b = {std::fmin(b.xmin, x), std::fmin(b.ymin, y), std::fmax(b.xmax, x), std::fmax(b.ymax, y)};
    return b;
}

/// How far the terrain between two ground points departs from the straight line.
double roughness(const Terrain& terrain, const Vector3d& a, const Vector3d& b) {
    double largest = 0;
    for (const double t : {0.25, 0.5, 0.75}) {
        const Vector3d p = a + (b - a) * t;
        largest = std::max(largest, std::abs(terrain.reduced_height_at(p.x(), p.y()) - p.z()));
    }
    return largest;
}

/// Pixel sizes on the ground at places all over the frame.
class SamplingDistances {
public:
    /// `along`, `across`: ground steps to the next column and the next row.
    void add(const Vector2d& along, const Vector2d& across) {
        const double area = std::abs(along.x() * across.y() - along.y() * across.x());
        const double sum = along.squaredNorm() + across.squaredNorm();
        // Singular values of the 2 x 2 matrix, by its Frobenius norm and determinant.
        const double coarse = std::sqrt(0.5 * (sum + std::sqrt(std::max(0.0, sum * sum - 4 * area * area))));
        if (!(coarse > 0) || !std::isfinite(coarse)) return;
        finest_ = std::min(finest_, area / coarse);
        coarsest_ = std::max(coarsest_, coarse);
        roots_.push_back(std::sqrt(area));
    }

    void put(Footprint& footprint) {
        footprint.finest = finest_;
        footprint.median = median(roots_);
        footprint.coarsest = coarsest_;
    }

private:
    double finest_ = std::numeric_limits<double>::infinity(), coarsest_ = 0;
    std::vector<double> roots_;
};

} // namespace

std::optional<Footprint> find_footprint(const FrameCamera& camera, const GroundSpace& space, const Terrain& terrain) {
    const SightFinder finder(camera, space, terrain);
    const Vector2d centre(0.5 * (camera.width - 1), 0.5 * (camera.height - 1));
    // The centre and two neighbours for the sampling distance, the border, places over the frame with two neighbours
    // each; tops and bottoms alternate.
    std::array<Vector3d, 2 * (3 + border_points + 3 * places)> ends;
    const Vector2d first[] = {centre, centre + Vector2d(1, 0), centre + Vector2d(0, 1)};
    for (std::size_t i = 0; i < 3; ++i)
        if (!finder.sees(first[i], ends[2 * i], ends[2 * i + 1])) return {};
    const Border border = border_of(camera);
    for (std::size_t i = 0; i < border.size(); ++i)
        if (!finder.draw_in(border[i], centre, ends[2 * i + 6], ends[2 * i + 7])) return {};
    std::array<bool, places> seen;
    for (int i = 0; i < places; ++i) {
        const Vector2d place((i % places_a_side + 0.5) / places_a_side * camera.width - 0.5,
                             (i / places_a_side + 0.5) / places_a_side * camera.height - 0.5);
        const Vector2d steps[] = {{0, 0}, {1, 0}, {0, 1}};
        const auto at = static_cast<std::size_t>(3 + border_points + 3 * i);
        seen[static_cast<std::size_t>(i)] = true;
        for (std::size_t k = 0; k < 3; ++k) {
            if (finder.sees(place + steps[k], ends[2 * (at + k)], ends[2 * (at + k) + 1])) continue;
            seen[static_cast<std::size_t>(i)] = false;
            ends[2 * (at + k)] = ends[0];
            ends[2 * (at + k) + 1] = ends[1];
        }
    }
    space.to_map(ends);
    if (!std::all_of(ends.begin(), ends.end(), [](const Vector3d& p) { return p.allFinite(); })) return {};
    const auto sight = [&](std::size_t i) { return Sight{ends[2 * i], ends[2 * i + 1]}; };

    Footprint footprint;
    const Vector3d middle = finder.hit(sight(0));
    footprint.x = middle.x();
    footprint.y = middle.y();
    footprint.z = middle.z();
    const Vector3d along = sight(1).at(middle.z()) - middle, across = sight(2).at(middle.z()) - middle;
    footprint.sampling_distance = std::sqrt(std::abs(along.x() * across.y() - along.y() * across.x()));

    SamplingDistances distances;
    distances.add(along.head<2>(), across.head<2>());
    for (std::size_t i = 0; i < places; ++i) {
        const std::size_t at = 3 + border_points + 3 * i;
        if (!seen[i]) continue;
        const Vector3d ground = finder.hit(sight(at));
        distances.add((sight(at + 1).at(ground.z()) - ground).head<2>(),
                      (sight(at + 2).at(ground.z()) - ground).head<2>());
    }
    distances.put(footprint);

    std::array<Vector3d, border_points> hits;
    std::vector<std::pair<double, double>> points;
    points.reserve(3 * border_points);
    for (std::size_t i = 0; i < hits.size(); ++i) {
        hits[i] = finder.hit(sight(i + 3));
        points.emplace_back(hits[i].x(), hits[i].y());
    }
    footprint.terrain_coverage = terrain.coverage(points);
    // The terrain may be smaller than the frame, or run through it between these lines of sight.
    const bool beside = footprint.terrain_coverage == 0 && std::isnan(terrain.height_at(middle.x(), middle.y()));
    std::array<double, border_points> rough;
    for (std::size_t i = 0; i < hits.size(); ++i) rough[i] = roughness(terrain, hits[i], hits[(i + 1) % hits.size()]);
    for (std::size_t i = 0; i < hits.size(); ++i) {
        const double spread = 1.5 * std::max(rough[i], rough[(i + hits.size() - 1) % hits.size()]);
        const Sight line = sight(i + 3);
        for (const double height : {hits[i].z() - spread, std::min(hits[i].z() + spread, line.top.z())}) {
            const Vector3d p = line.at(height);
            points.emplace_back(p.x(), p.y());
        }
    }
    footprint.outline = convex_hull(points);
    if (footprint.outline.size() < 3) return {};
    footprint.bounds = bounds_of(footprint.outline);
    if (!beside) return footprint;
    // What is known of the terrain where the lines end is that of its border: they go through all that it may be.
    const HeightRange range = terrain.range_within(footprint.bounds);
    for (std::size_t i = 0; i < hits.size(); ++i) {
        const Sight line = sight(i + 3);
        for (const float height : {range.min, range.max}) {
            const Vector3d p = line.at(std::min<double>(height, line.top.z()));
            points.emplace_back(p.x(), p.y());
        }
    }
    footprint.outline = convex_hull(std::move(points));
    footprint.bounds = bounds_of(footprint.outline);
    if (clipped(terrain.border(), footprint.outline).empty()) return {};
    return footprint;
}

} // namespace overflight
