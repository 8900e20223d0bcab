// SPDX-License-Identifier: Apache-2.0
#include "geometry/pose_frames.h"

#include "core/angle.h"
#include "geometry/rotation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

namespace overflight {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

/// Sine of the angle below the horizon that an optical axis must reach: one degree.
constexpr double horizon = 0.0175;

OGRSpatialReference wgs84() {
    OGRSpatialReference crs;
    crs.SetWellKnownGeogCS("WGS84");
    return crs;
}

/// Turns grid axes to level axes, given the direction of true north on the map.
Matrix3d grid_to_level(const Vector3d& south, const Vector3d& north) {
    const double azimuth = std::atan2(north.x() - south.x(), north.y() - south.y());
    const double s = std::sin(azimuth), c = std::cos(azimuth);
    Matrix3d turn;
    turn << c, -s, 0, s, c, 0, 0, 0, 1;
    return turn;
}

double upward(const Matrix3d& to_level) {
    return -to_level(2, 2); // the camera looks along its negative z axis
}

} // namespace

std::vector<OrientedPose> orient_poses(const Exterior& exterior, std::span<const std::size_t> order,
                                       const OGRSpatialReference& pose_crs, bool earth_centred) {
    std::vector<OrientedPose> oriented(order.size());
    const bool grid_positions = exterior.positions == PositionKind::grid;
    if (grid_positions && exterior.axes == AxesKind::grid && !earth_centred) {
        for (std::size_t i = 0; i < order.size(); ++i) {
            const PoseRecord& pose = exterior.poses[order[i]];
            oriented[i].grid = pose.position;
            oriented[i].to_grid = oriented[i].to_level = pose.rotation;
        }
        return oriented;
    }

    const OGRSpatialReference geographic = geographic_part(pose_crs);
    const HorizontalTransformation to_grid(geographic, pose_crs);
    const Ellipsoid ellipsoid = ellipsoid_of(pose_crs);
    std::vector<Vector3d> geodetic(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) geodetic[i] = exterior.poses[order[i]].position;
    Matrix3d reference_axes = Matrix3d::Identity();
    switch (exterior.positions) {
    case PositionKind::grid:
        to_grid.inverse(geodetic);
        break;
    case PositionKind::geographic: {
        const bool stated = !exterior.crs.empty();
        const OGRSpatialReference source = stated ? geographic_part(spatial_reference(exterior.crs)) : wgs84();
        HorizontalTransformation(source, geographic).forward(geodetic);
        break;
    }
    case PositionKind::topocentric: {
        reference_axes = enu_axes(exterior.reference.x(), exterior.reference.y());
        const Ellipsoid earth;
        const Vector3d origin = geocentric_from_geodetic(exterior.reference, earth);
        for (Vector3d& point : geodetic) point = geodetic_from_geocentric(origin + reference_axes * point, earth);
        HorizontalTransformation(wgs84(), geographic).forward(geodetic);
        break;
    }
    }

    std::vector<Vector3d> grid = geodetic, south = geodetic, north = geodetic;
    constexpr double step = 1e-4; // degrees: 11 m
    for (std::size_t i = 0; i < order.size(); ++i) {
        south[i].y() -= step;
        north[i].y() += step;
    }
    to_grid.forward(grid);
    to_grid.forward(south);
    to_grid.forward(north);
    for (std::size_t i = 0; i < order.size(); ++i) {
        const PoseRecord& pose = exterior.poses[order[i]];
        OrientedPose& out = oriented[i];
        out.grid = grid_positions ? pose.position : grid[i];
        const Matrix3d turn = grid_to_level(south[i], north[i]);
        const Matrix3d axes = enu_axes(geodetic[i].x(), geodetic[i].y());
        switch (exterior.axes) {
        case AxesKind::grid:
            out.to_level = turn * pose.rotation;
            break;
        case AxesKind::level:
            out.to_level = pose.rotation;
            break;
        case AxesKind::topocentric:
            out.to_level = axes.transpose() * reference_axes * pose.rotation;
            break;
        }
        out.to_grid = turn.transpose() * out.to_level;
        out.geocentric = geocentric_from_geodetic(geodetic[i], ellipsoid);
        out.to_geocentric = axes * out.to_level;
    }
    return oriented;
}

ConventionCheck::ConventionCheck(const Exterior& exterior, std::span<const OrientedPose> oriented,
                                 std::span<const std::size_t> order, std::vector<std::string>& warnings) {
    const bool any_up = std::any_of(oriented.begin(), oriented.end(),
                                    [](const OrientedPose& p) { return !(upward(p.to_level) < -horizon); });
    const auto raw = [&](std::size_t i) { return exterior.poses[order[i]].angles; };
    if (!any_up) {
        // Radians read as degrees always look down, but their headings crowd within +- pi degrees.
        std::size_t turned = 0;
        bool small = exterior.angles != AngleKind::none && oriented.size() >= 4;
        for (std::size_t i = 0; small && i < oriented.size(); ++i) {
            small = raw(i).cwiseAbs().maxCoeff() <= std::numbers::pi;
            turned += std::abs(raw(i).z()) > 1.3;
        }
        if (small && 2 * turned >= oriented.size()) {
            warnings.push_back(
                fmt::format("{}: all angles lie within -3.1416 and 3.1416 and most headings are large for "
                            "degrees; the table is read as degrees: are these radians?",
                            exterior.file.string()));
        }
        return;
    }
    using Reading = std::function<Matrix3d(std::size_t)>;
    std::vector<std::pair<std::string, Reading>> readings = {
        {"camera axes of computer vision (x right, y down, z forward)",
         [&](std::size_t i) { return flip_camera_axes(oriented[i].to_level); }}};
    if (exterior.angles == AngleKind::opk) {
        readings.emplace_back("angles in radians", [&](std::size_t i) {
            const Vector3d a = raw(i);
            return a.cwiseAbs().maxCoeff() < 7 ? rotation_from_opk(a.x(), a.y(), a.z()) : oriented[i].to_level;
        });
        readings.emplace_back("columns that hold roll, pitch, yaw", [&](std::size_t i) {
            const Vector3d a = raw(i) * degree;
            return rotation_from_rpy(a.x(), a.y(), a.z());
        });
    } else if (exterior.angles == AngleKind::rpy) {
        readings.emplace_back("a gimbal's pitch, -90 at the nadir (add 90)", [&](std::size_t i) {
            const Vector3d a = raw(i) * degree;
            return rotation_from_rpy(a.x(), a.y() + std::numbers::pi / 2, a.z());
        });
        readings.emplace_back("angles in radians", [&](std::size_t i) {
            const Vector3d a = raw(i);
            return a.cwiseAbs().maxCoeff() < 7 ? rotation_from_rpy(a.x(), a.y(), a.z()) : oriented[i].to_level;
        });
    }
    std::vector<std::string> fitting;
    for (const auto& [name, reading] : readings) {
        bool all_down = true;
        for (std::size_t i = 0; all_down && i < oriented.size(); ++i) all_down = upward(reading(i)) < -horizon;
        if (all_down) fitting.push_back(name);
    }
    likely_ = fitting.empty()
                  ? "check order, unit and direction of the angles"
                  : fmt::format("all frames of the file look down with {}", fmt::join(fitting, ", or with "));
}

std::optional<Problem> ConventionCheck::problem(const Exterior& exterior, const PoseRecord& record,
                                                const OrientedPose& pose, const std::filesystem::path& frame) const {
    const double up = upward(pose.to_level);
    if (up < -horizon) return {};
    Problem problem{.file = frame.string()};
    if (!std::isfinite(up) || !pose.grid.allFinite()) {
        problem.message =
            fmt::format("its position ({}) cannot be transformed to the pose CRS; is the CRS the right one?",
                        pose_place(exterior, record));
    } else {
        problem.message =
            fmt::format("the optical axis lies {:.1f} degrees above the horizon ({}); allowed is at least 1 "
                        "degree below it; {}",
                        std::asin(std::clamp(up, 0.0, 1.0)) / degree, pose_place(exterior, record), likely_);
    }
    return problem;
}

} // namespace overflight
