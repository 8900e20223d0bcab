// SPDX-License-Identifier: Apache-2.0
#include "core/utc_time.h"
#include "geometry/sun_position.h"

#include <gtest/gtest.h>

namespace overflight {
namespace {

TEST(SunPosition, AgreesWithMeeus) {
    // Astronomical Algorithms, example 25.a: 1992 October 13, 0h: right ascension 198.38083, declination -7.78507
    // degrees. Seen from where it culminates (its right ascension equals the sidereal time) and from the pole.
    const std::int64_t time = *utc_seconds("1992-10-13T00:00:00Z");
    EXPECT_NEAR(sun_position(time, 0, 90).elevation, -7.785, 0.01);
    const double sidereal = 21.80106; // degrees, at Greenwich
    const SunPosition noon = sun_position(time, 198.38083 - sidereal, 30);
    EXPECT_NEAR(noon.elevation, 90 - 30 - 7.785, 0.01);
    EXPECT_NEAR(noon.azimuth, 180, 0.03);
}

TEST(SunPosition, AgreesWithTheReferenceAlgorithm) {
    // Reda & Andreas, Solar position algorithm (NREL/TP-560-34302), example A.5: 2003-10-17 12:30:30 at UTC - 7,
    // topocentric without refraction: zenith 50.12 - 0.016 (parallax, refraction), azimuth 194.34.
    const SunPosition sun = sun_position(*utc_seconds("2003-10-17T12:30:30-07:00"), -105.1786, 39.742476);
    EXPECT_NEAR(90 - sun.elevation, 50.12, 0.03);
    EXPECT_NEAR(sun.azimuth, 194.34, 0.02);
}

TEST(SunPosition, IsInTheEastInTheMorningAndHighestAtNoon) {
    const double longitude = 15, latitude = 50;
    double highest = -90;
    int best = -1;
    for (int minute = 0; minute < 24 * 60; minute += 10) {
        const SunPosition sun = sun_position(*utc_seconds("2020-06-21T00:00:00Z") + minute * 60, longitude, latitude);
        if (sun.elevation > highest) highest = sun.elevation, best = minute;
        if (sun.elevation > 0) {
            EXPECT_EQ(sun.azimuth < 180, minute < 11 * 60 + 2) << minute;
        }
    }
    EXPECT_NEAR(highest, 90 - 50 + 23.44, 0.02);
    EXPECT_NEAR(best, 11 * 60, 10);
}

TEST(SunPosition, CountsFromGridNorthOverAMap) {
    const SunOverMap sky(
        resolve_crs("EPSG:32633")); // 3 degrees east of the central meridian grid north is west of true north
    const std::int64_t time = *utc_seconds("2020-06-21T11:00:00Z");
    const SunPosition on_axis = sky.at(time, 500000, 5400000), east = sky.at(time, 720000, 5400000);
    const SunPosition truth = sun_position(time, 15, 48.751);
    EXPECT_NEAR(on_axis.azimuth, truth.azimuth, 0.01);
    EXPECT_NEAR(on_axis.elevation, truth.elevation, 0.01);
    const SunPosition there = sun_position(time, 17.993, 48.714);
    EXPECT_NEAR(east.elevation, there.elevation, 0.02);
    EXPECT_NEAR(east.azimuth, there.azimuth - 2.25, 0.05); // the convergence is 3 degrees times the latitude's sine
}

} // namespace
} // namespace overflight
