// SPDX-License-Identifier: Apache-2.0
#include "geometry/sun_position.h"

#include "core/angle.h"

#include <array>
#include <cmath>

namespace overflight {
namespace {

double sine(double degrees) {
    return std::sin(degrees * degree);
}

double cosine(double degrees) {
    return std::cos(degrees * degree);
}

} // namespace

SunPosition sun_position(std::int64_t utc_seconds, double longitude, double latitude) {
    const double day = static_cast<double>(utc_seconds) / 86400 + 2440587.5; // Julian
    const double t = (day - 2451545) / 36525;
    const double mean_longitude = 280.46646 + t * (36000.76983 + t * 0.0003032);
    const double anomaly = 357.52911 + t * (35999.05029 - t * 0.0001537);
    const double center = sine(anomaly) * (1.914602 - t * (0.004817 + t * 0.000014)) +
                          sine(2 * anomaly) * (0.019993 - t * 0.000101) + sine(3 * anomaly) * 0.000289;
    const double node = 125.04 - 1934.136 * t;
    const double apparent = mean_longitude + center - 0.00569 - 0.00478 * sine(node);
    const double obliquity =
        23.0 + (26.0 + (21.448 - t * (46.815 + t * (0.00059 - t * 0.001813))) / 60) / 60 + 0.00256 * cosine(node);
    const double declination = std::asin(sine(obliquity) * sine(apparent)) / degree;
    const double right_ascension = std::atan2(cosine(obliquity) * sine(apparent), cosine(apparent)) / degree;
    const double sidereal = 280.46061837 + 360.98564736629 * (day - 2451545) + t * t * 0.000387933;
    const double hour_angle = sidereal + longitude - right_ascension;
    const double up = sine(latitude) * sine(declination) + cosine(latitude) * cosine(declination) * cosine(hour_angle);
    const double east = -cosine(declination) * sine(hour_angle);
    const double north =
        cosine(latitude) * sine(declination) - sine(latitude) * cosine(declination) * cosine(hour_angle);
    const double azimuth = std::atan2(east, north) / degree;
    return {azimuth < 0 ? azimuth + 360 : azimuth, std::asin(std::fmin(1.0, std::fmax(-1.0, up))) / degree};
}

SunOverMap::SunOverMap(const std::string& map_crs) : space_(GroundSpace::Kind::geographic, map_crs, map_crs) {}

SunPosition SunOverMap::at(std::int64_t utc_seconds, double x, double y) const {
    std::array<Eigen::Vector3d, 2> points = {Eigen::Vector3d(x, y, 0), Eigen::Vector3d(x, y, 0)};
    space_.from_map(points);
    const Eigen::Vector3d place = points[0];
    points[1] = place + Eigen::Vector3d(0, 1e-4, 0);
    space_.to_map(points);
    const Eigen::Vector3d north = points[1] - points[0];
    SunPosition sun = sun_position(utc_seconds, place.x(), place.y());
    sun.azimuth = std::fmod(sun.azimuth + std::atan2(north.x(), north.y()) / degree + 360, 360);
    return sun;
}

} // namespace overflight
