// SPDX-License-Identifier: Apache-2.0
#include "geometry/footprint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace overflight {
namespace {

constexpr int points_a_side = 8;
constexpr int most_steps = 12;
constexpr double height_tolerance = 0.5; ///< of the terrain's range in 1/1000, below: the outline has a margin anyway

/// Lines of sight as straight lines on the map between the highest and the lowest ground: frames of all rays are
/// transformed at once, as map projections are dear.
struct MapLine {
    Eigen::Vector3d upper, lower; ///< map x, y and height at the two heights
};

/// Where the rays pierce surfaces of constant height, in map coordinates. In map space exactly; else by iteration on the
/// height that the transformation reports.
std::vector<Eigen::Vector3d> at_height(const std::vector<Ray>& rays, const GroundSpace& space, double height) {
    std::vector<Eigen::Vector3d> points;
    points.reserve(rays.size());
    if (space.kind() != GroundSpace::Kind::cartesian) { // z is the height
        for (const Ray& ray : rays) {
            const double t = (height - ray.origin.z()) / ray.direction.z();
            points.emplace_back(ray.origin + t * ray.direction);
        }
        space.to_map(points);
        for (Eigen::Vector3d& point : points) point.z() = height;
        return points;
    }
    std::vector<double> distance(rays.size(), 0);
    std::vector<Eigen::Vector3d> here(rays.size()), ahead(rays.size());
    for (int round = 0; round < 4; ++round) { // Newton: the surface of constant height is curved but smooth
        for (std::size_t i = 0; i < rays.size(); ++i) {
            const Eigen::Vector3d direction = rays[i].direction.normalized();
            here[i] = rays[i].origin + distance[i] * direction;
            ahead[i] = here[i] + direction;
        }
        points = here;
        space.to_map(points);
        space.to_map(ahead);
        for (std::size_t i = 0; i < rays.size(); ++i) {
            const double descent = points[i].z() - ahead[i].z();
            distance[i] = descent > 1e-3 ? distance[i] + (points[i].z() - height) / descent : std::numeric_limits<double>::quiet_NaN();
        }
    }
    for (std::size_t i = 0; i < rays.size(); ++i)
        points[i] = std::abs(points[i].z() - height) < 1.0 + 1e-3 * std::abs(height)
                        ? Eigen::Vector3d(points[i].x(), points[i].y(), height)
                        : Eigen::Vector3d::Constant(std::numeric_limits<double>::quiet_NaN());
    return points;
}

Eigen::Vector3d on_line(const MapLine& line, double height) {
    const double span = line.upper.z() - line.lower.z();
    const double t = span > 0 ? (height - line.lower.z()) / span : 0;
    return line.lower + t * (line.upper - line.lower);
}

/// First meeting with the terrain from above; the mean height where the line stays outside of the model.
Eigen::Vector3d meet(const MapLine& line, const Terrain& terrain) {
    double above = line.upper.z(), below = line.lower.z();
    const double tolerance = std::max(0.05, height_tolerance * 1e-3 * (above - below));
    for (int step = 0; step < most_steps && above - below > tolerance; ++step) {
        const double middle = (above + below) / 2;
        const Eigen::Vector3d point = on_line(line, middle);
        const double ground = terrain.height_at(point.x(), point.y());
        if (std::isnan(ground)) return on_line(line, (line.upper.z() + line.lower.z()) / 2);
        (middle > ground ? above : below) = middle;
    }
    return on_line(line, (above + below) / 2);
}

} // namespace

std::optional<Footprint> find_footprint(const FrameCamera& camera, const GroundSpace& space, const Terrain& terrain) {
    const double right = camera.width - 0.5, bottom = camera.height - 0.5;
    const std::array<std::pair<double, double>, 5> corners = {{{-0.5, -0.5}, {right, -0.5}, {right, bottom}, {-0.5, bottom}, {-0.5, -0.5}}};
    std::vector<Ray> rays;
    const double centre_col = (camera.width - 1) / 2.0, centre_row = (camera.height - 1) / 2.0;
    // the centre and one pixel beside it each way: the sampling distance
    for (const auto& [col, row] : {std::pair{centre_col, centre_row}, {centre_col + 1, centre_row}, {centre_col, centre_row + 1}})
        rays.push_back(camera.ray(col, row));
    for (std::size_t side = 0; side < 4; ++side) {
        for (int i = 0; i < points_a_side; ++i) {
            const double t = static_cast<double>(i) / points_a_side;
            rays.push_back(camera.ray(corners[side].first + t * (corners[side + 1].first - corners[side].first),
                                      corners[side].second + t * (corners[side + 1].second - corners[side].second)));
        }
    }
    const HeightRange range = terrain.range();
    const std::vector<Eigen::Vector3d> upper = at_height(rays, space, range.max), lower = at_height(rays, space, range.min);

    const auto known = [&](std::size_t i) { return upper[i].allFinite() && lower[i].allFinite(); };
    if (!known(0) || !known(1) || !known(2)) return std::nullopt;
    Footprint footprint;
    const Eigen::Vector3d centre = meet({upper[0], lower[0]}, terrain);
    const Eigen::Vector3d beside = on_line({upper[1], lower[1]}, centre.z()), below = on_line({upper[2], lower[2]}, centre.z());
    const Eigen::Vector3d a = beside - centre, b = below - centre;
    footprint.sampling_distance = std::sqrt(std::abs(a.x() * b.y() - a.y() * b.x()));
    footprint.bounds = {centre.x(), centre.y(), centre.x(), centre.y()};
    for (std::size_t i = 3; i < rays.size(); ++i) {
        if (!known(i)) continue; // above the horizon
        const Eigen::Vector3d point = meet({upper[i], lower[i]}, terrain);
        footprint.outline.emplace_back(point.x(), point.y());
        footprint.bounds.xmin = std::min(footprint.bounds.xmin, point.x());
        footprint.bounds.ymin = std::min(footprint.bounds.ymin, point.y());
        footprint.bounds.xmax = std::max(footprint.bounds.xmax, point.x());
        footprint.bounds.ymax = std::max(footprint.bounds.ymax, point.y());
    }
    if (footprint.outline.size() < 3 || !(footprint.sampling_distance > 0)) return std::nullopt;
    return footprint;
}

} // namespace overflight
