// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

namespace overflight {

struct Ellipsoid {
    double a = 6378137.0;                     ///< semi-major axis, metres
    double f = 1 / 298.257223563;             ///< flattening
    double e2() const { return f * (2 - f); } ///< first eccentricity squared
};

/// Longitude, latitude in degrees and ellipsoidal height -> earth-centred x, y, z.
Eigen::Vector3d geocentric_from_geodetic(const Eigen::Vector3d& lon_lat_height, const Ellipsoid& ellipsoid);

/// Height above the ellipsoid of earth-centred x, y, z.
double ellipsoidal_height(const Eigen::Vector3d& xyz, const Ellipsoid& ellipsoid);

/// Earth-centred x, y, z -> longitude, latitude, height, by Bowring's iteration: below 1e-6 m for heights of -10 km to
/// 1000 km.
Eigen::Vector3d geodetic_from_geocentric(const Eigen::Vector3d& xyz, const Ellipsoid& ellipsoid);

/// Columns: east, north, up at a place, in earth-centred axes.
Eigen::Matrix3d enu_axes(double lon_degrees, double lat_degrees);

/// EPSG code of the WGS 84 UTM zone of a place (without the exceptions of Norway and Svalbard).
int utm_zone_epsg(double lon_degrees, double lat_degrees);

} // namespace overflight
