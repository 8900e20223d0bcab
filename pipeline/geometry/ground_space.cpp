// SPDX-License-Identifier: Apache-2.0
#include "geometry/ground_space.h"

#include "geometry/crs.h"
#include "geometry/geodesy.h"

#include <Eigen/Geometry>

#include <array>
#include <cmath>
#include <limits>

namespace overflight {
namespace {

OGRSpatialReference target_crs(GroundSpace::Kind kind, const OGRSpatialReference& pose_crs) {
    switch (kind) {
    case GroundSpace::Kind::map:
        return pose_crs;
    case GroundSpace::Kind::cartesian:
        return geographic_part(pose_crs);
    case GroundSpace::Kind::geographic:
        break;
    }
    OGRSpatialReference wgs84;
    wgs84.SetWellKnownGeogCS("WGS84");
    return wgs84;
}

} // namespace

struct GroundSpace::State {
    Kind kind;
    HorizontalTransformation to_target; ///< map CRS -> that of the poses, or its longitude and latitude
    Ellipsoid ellipsoid;
};

GroundSpace::GroundSpace(Kind kind, const std::string& map_crs, const std::string& pose_crs) {
    const OGRSpatialReference map = spatial_reference(map_crs), pose = spatial_reference(pose_crs);
    state_ = std::unique_ptr<State>(
        new State{kind, HorizontalTransformation(map, target_crs(kind, pose)), ellipsoid_of(pose)});
}

GroundSpace::~GroundSpace() = default;
GroundSpace::GroundSpace(GroundSpace&&) noexcept = default;
GroundSpace& GroundSpace::operator=(GroundSpace&&) noexcept = default;

GroundSpace::Kind GroundSpace::kind() const {
    return state_->kind;
}

void GroundSpace::from_map(std::span<Eigen::Vector3d> points) const {
    state_->to_target.forward(points);
    if (state_->kind != Kind::cartesian) return;
    for (Eigen::Vector3d& point : points) point = geocentric_from_geodetic(point, state_->ellipsoid);
}

void GroundSpace::to_map(std::span<Eigen::Vector3d> points) const {
    if (state_->kind == Kind::cartesian) {
        for (Eigen::Vector3d& point : points) point = geodetic_from_geocentric(point, state_->ellipsoid);
    }
    state_->to_target.inverse(points);
}

Eigen::Vector3d GroundSpace::at_height(const Ray& ray, double height) const {
    if (state_->kind != Kind::cartesian)
        return ray.origin + ray.direction * ((height - ray.origin.z()) / ray.direction.z());
    const Ellipsoid& ellipsoid = state_->ellipsoid;
    Eigen::Vector3d point = ray.origin;
    for (int i = 0; i < 10; ++i) { // Newton's method: the earth's curvature is small over a line of sight
        const double miss = ellipsoidal_height(point, ellipsoid) - height;
        if (std::abs(miss) < 1e-6) return point;
        const Eigen::Vector3d up = Eigen::Vector3d(point.x(), point.y(), point.z() / (1 - ellipsoid.e2())).normalized();
        point -= ray.direction * (miss / ray.direction.dot(up));
    }
    return Eigen::Vector3d::Constant(std::numeric_limits<double>::quiet_NaN());
}

double metres_on_ground(const std::string& crs_wkt, double x, double y) {
    const OGRSpatialReference crs = spatial_reference(crs_wkt);
    const double units = metres_per_unit(crs_wkt);
    if (!crs.IsProjected()) return units;
    const double side = 100 / units;
    std::array<Eigen::Vector3d, 3> points = {Eigen::Vector3d(x, y, 0), {x + side, y, 0}, {x, y + side, 0}};
    HorizontalTransformation(crs, geographic_part(crs)).forward(points);
    const Ellipsoid ellipsoid = ellipsoid_of(crs);
    for (Eigen::Vector3d& point : points) point = geocentric_from_geodetic(point, ellipsoid);
    const double area = (points[1] - points[0]).cross(points[2] - points[0]).norm();
    return std::isfinite(area) && area > 0 ? std::sqrt(area) / side : units;
}

} // namespace overflight
