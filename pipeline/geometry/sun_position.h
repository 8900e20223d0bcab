// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/ground_space.h"

#include <cstdint>
#include <string>

namespace overflight {

/// Where the sun stands, in degrees; the azimuth clockwise from true north.
struct SunPosition {
    double azimuth = 0, elevation = 0;
};

/// At a time (seconds since 1970, UTC) and a place (degrees): Meeus, Astronomical Algorithms (2nd ed. 1998), chapter 25
/// with the lower accuracy, as in NOAA's solar calculator; within 0.02 degrees from 1950 to 2050. Without refraction:
/// it is 0.03 degrees at an elevation of 30 degrees.
SunPosition sun_position(std::int64_t utc_seconds, double longitude, double latitude);

/// The same over a map, with the azimuth clockwise from grid north. Safe to use from several threads at once.
class SunOverMap {
public:
    explicit SunOverMap(const std::string& map_crs);

    SunPosition at(std::int64_t utc_seconds, double x, double y) const;

private:
    GroundSpace space_;
};

} // namespace overflight
