// SPDX-License-Identifier: Apache-2.0
#include "geometry/geodesy.h"

#include "core/angle.h"

#include <algorithm>
#include <cmath>

namespace overflight {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

struct MeridianPoint {
    double sin_lat = 0, cos_lat = 1, height = 0;
};

MeridianPoint meridian_point(const Vector3d& xyz, const Ellipsoid& ellipsoid) {
    const double e2 = ellipsoid.e2(), a = ellipsoid.a, b = a * (1 - ellipsoid.f);
    const double second_e2 = e2 / (1 - e2);
    const double p = std::sqrt(xyz.x() * xyz.x() + xyz.y() * xyz.y());
    double tan_beta = a * xyz.z() / (b * p); // parametric latitude of a point on the ellipsoid
    MeridianPoint point;
    for (int i = 0; i < 2; ++i) {
        const double cos_beta = 1 / std::sqrt(1 + tan_beta * tan_beta), sin_beta = tan_beta * cos_beta;
        const double up = xyz.z() + second_e2 * b * sin_beta * sin_beta * sin_beta;
        const double out = p - e2 * a * cos_beta * cos_beta * cos_beta;
        const double norm = std::sqrt(up * up + out * out);
        point.sin_lat = up / norm;
        point.cos_lat = out / norm;
        tan_beta = (1 - ellipsoid.f) * point.sin_lat / point.cos_lat;
    }
    point.height = p * point.cos_lat + xyz.z() * point.sin_lat - a * std::sqrt(1 - e2 * point.sin_lat * point.sin_lat);
    return point;
}

} // namespace

Vector3d geocentric_from_geodetic(const Vector3d& lon_lat_height, const Ellipsoid& ellipsoid) {
    const double lon = lon_lat_height.x() * degree, lat = lon_lat_height.y() * degree, h = lon_lat_height.z();
    const double e2 = ellipsoid.e2();
    const double sin_lat = std::sin(lat), cos_lat = std::cos(lat);
    const double n = ellipsoid.a / std::sqrt(1 - e2 * sin_lat * sin_lat);
    return {(n + h) * cos_lat * std::cos(lon), (n + h) * cos_lat * std::sin(lon), (n * (1 - e2) + h) * sin_lat};
}

double ellipsoidal_height(const Vector3d& xyz, const Ellipsoid& ellipsoid) {
    return meridian_point(xyz, ellipsoid).height;
}

Vector3d geodetic_from_geocentric(const Vector3d& xyz, const Ellipsoid& ellipsoid) {
    const MeridianPoint point = meridian_point(xyz, ellipsoid);
    return {std::atan2(xyz.y(), xyz.x()) / degree, std::atan2(point.sin_lat, point.cos_lat) / degree, point.height};
}

Matrix3d enu_axes(double lon_degrees, double lat_degrees) {
    const double lon = lon_degrees * degree, lat = lat_degrees * degree;
    const double sl = std::sin(lon), cl = std::cos(lon), sp = std::sin(lat), cp = std::cos(lat);
    Matrix3d axes;
    axes << -sl, -sp * cl, cp * cl, cl, -sp * sl, cp * sl, 0, cp, sp;
    return axes;
}

int utm_zone_epsg(double lon_degrees, double lat_degrees) {
    const int zone = std::clamp(static_cast<int>(std::floor((std::remainder(lon_degrees, 360) + 180) / 6)) + 1, 1, 60);
    return (lat_degrees < 0 ? 32700 : 32600) + zone;
}

} // namespace overflight
