// SPDX-License-Identifier: Apache-2.0
#include "simulation/pose_frame.h"

#include "core/errors.h"

#include <Eigen/Geometry>
#include <fmt/format.h>
#include <ogr_spatialref.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace overflight::simulation {

struct PoseFrame::State {
    using Transform = std::unique_ptr<OGRCoordinateTransformation>;
    std::string wkt, name;
    Transform to_earth, from_earth, to_geographic;
};

namespace {

void apply(OGRCoordinateTransformation& transform, std::span<Eigen::Vector3d> points) {
    std::vector<double> x(points.size()), y(points.size()), z(points.size());
    std::vector<int> ok(points.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
        x[i] = points[i].x(), y[i] = points[i].y(), z[i] = points[i].z();
    }
    transform.Transform(static_cast<int>(points.size()), x.data(), y.data(), z.data(), nullptr, ok.data());
    for (std::size_t i = 0; i < points.size(); ++i) {
        points[i] = ok[i] ? Eigen::Vector3d(x[i], y[i], z[i])
                          : Eigen::Vector3d::Constant(std::numeric_limits<double>::quiet_NaN());
    }
}

std::unique_ptr<OGRCoordinateTransformation> transform_between(const OGRSpatialReference& from,
                                                               const OGRSpatialReference& to) {
    std::unique_ptr<OGRCoordinateTransformation> made(OGRCreateCoordinateTransformation(&from, &to));
    if (!made) throw InputError(Problem{"", 0, 0, "scene.crs", "no transformation to geographic coordinates"});
    return made;
}

} // namespace

PoseFrame::PoseFrame(const std::string& crs) : state_(std::make_unique<State>()) {
    OGRSpatialReference map;
    if (map.SetFromUserInput(crs.c_str()) != OGRERR_NONE || !map.IsProjected() ||
        std::abs(map.GetLinearUnits() - 1) > 1e-12) {
        throw InputError(Problem{"", 0, 0, "scene.crs",
                                 fmt::format("found \"{}\"; allowed is a projected CRS in metres, as EPSG:n, WKT or "
                                             "PROJ string",
                                             crs)});
    }
    char* text = nullptr;
    map.exportToWkt(&text);
    state_->wkt = text;
    CPLFree(text);
    const char* code = map.GetAuthorityCode(nullptr);
    state_->name = code ? fmt::format("urn:ogc:def:crs:{}::{}", map.GetAuthorityName(nullptr), code) : crs;
    map.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    // Heights are ellipsoidal heights of the map's own datum.
    OGRSpatialReference earth, geographic;
    earth.importFromProj4("+proj=geocent +datum=WGS84 +units=m +no_defs");
    geographic.importFromEPSG(4979);
    geographic.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    map.PromoteTo3D(nullptr);
    state_->to_earth = transform_between(map, earth);
    state_->from_earth = transform_between(earth, map);
    state_->to_geographic = transform_between(map, geographic);
}

PoseFrame::~PoseFrame() = default;
PoseFrame::PoseFrame(PoseFrame&&) noexcept = default;

const std::string& PoseFrame::wkt() const {
    return state_->wkt;
}

const std::string& PoseFrame::name() const {
    return state_->name;
}

void PoseFrame::map_to_earth(std::span<Eigen::Vector3d> points) const {
    apply(*state_->to_earth, points);
}

void PoseFrame::earth_to_map(std::span<Eigen::Vector3d> points) const {
    apply(*state_->from_earth, points);
}

void PoseFrame::map_to_geographic(std::span<Eigen::Vector3d> points) const {
    apply(*state_->to_geographic, points);
}

Eigen::Matrix3d PoseFrame::local_axes(const Eigen::Vector3d& map_point) const {
    const double step = 10; // metres: the curvature over it turns the chord by less than 1e-9
    std::array<Eigen::Vector3d, 4> points = {map_point, map_point, map_point, map_point};
    points[0].y() -= step, points[1].y() += step;
    points[2].z() -= step, points[3].z() += step;
    map_to_earth(points);
    Eigen::Matrix3d axes;
    axes.col(1) = (points[1] - points[0]).normalized();
    axes.col(2) = (points[3] - points[2]).normalized();
    axes.col(0) = axes.col(1).cross(axes.col(2)).normalized();
    axes.col(1) = axes.col(2).cross(axes.col(0));
    return axes;
}

} // namespace overflight::simulation
