// SPDX-License-Identifier: Apache-2.0
#include "core/angle.h"
#include "simulation/flight.h"
#include "simulation/scene_file.h"
#include "simulation/small_scene.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>

namespace overflight::simulation {
namespace {

struct Flown {
    Settings settings;
    std::vector<Exposure> exposures;
};

Flown fly(const SmallScene& scene) {
    const TemporaryFolder folder;
    Flown flown{load_scene(scene.write(folder / "scene.toml", folder / "out")), {}};
    const PoseFrame frame(flown.settings.scene.crs);
    flown.exposures = plan_flight(Scene(flown.settings), frame, 0, 250);
    return flown;
}

TEST(Flight, overlaps_as_asked) {
    SmallScene scene;
    scene.scene = "width_m = 3000\nheight_m = 2000";
    scene.first = "flying_height_m = 500\noverlap = 0.7\nsidelap = 0.4\nheading_deg = 90";
    const Flown flown = fly(scene);
    // 400 x 320 pixels of 0.5 m on the ground, across and along
    std::map<long, std::vector<double>> strips; // by northing: eastings
    for (const Exposure& e : flown.exposures)
        strips[std::lround(100 * e.truth.position.y())].push_back(e.truth.position.x());
    ASSERT_GT(strips.size(), 5u);
    for (auto strip = strips.begin(); std::next(strip) != strips.end(); ++strip)
        EXPECT_NEAR(static_cast<double>(std::next(strip)->first - strip->first) / 100, 200 * 0.6, 0.02);
    for (auto& [northing, eastings] : strips) {
        ASSERT_GT(eastings.size(), 10u);
        for (std::size_t k = 1; k < eastings.size(); ++k)
            EXPECT_NEAR(std::abs(eastings[k] - eastings[k - 1]), 160 * 0.3, 1e-6);
    }
}

TEST(Flight, navigation_errs_by_the_deviations_given) {
    SmallScene scene;
    scene.scene = "width_m = 3000\nheight_m = 2000";
    scene.first = "flying_height_m = 500\nattitude_jitter_deg = 3\nposition_jitter_m = 10";
    const Flown exact = fly(scene);
    scene.first += "\nposition_error_m = 0.4\nattitude_error_deg = 0.2";
    const Flown flown = fly(scene);
    ASSERT_GT(flown.exposures.size(), 300u);
    ASSERT_EQ(flown.exposures.size(), exact.exposures.size());
    double position = 0, angle = 0, bias = 0;
    for (std::size_t k = 0; k < flown.exposures.size(); ++k) {
        const Exposure& e = flown.exposures[k];
        EXPECT_EQ(e.truth.position, exact.exposures[k].truth.position); // errors move no camera
        EXPECT_EQ(e.truth.angles, exact.exposures[k].truth.angles);
        EXPECT_EQ(exact.exposures[k].as_flown.position, exact.exposures[k].truth.position);
        const Eigen::Vector3d off = e.as_flown.position - e.truth.position;
        position += off.squaredNorm(), bias += off.sum();
        const auto rotation = [](const Pose& pose) {
            return rotation_from(pose.angles.x(), pose.angles.y(), pose.angles.z());
        };
        const Eigen::Matrix3d turn = rotation(e.as_flown) * rotation(e.truth).transpose();
        angle += std::pow(std::acos(std::min(1.0, 0.5 * (turn.trace() - 1))) / degree, 2);
    }
    const double axes = 3 * static_cast<double>(flown.exposures.size());
    EXPECT_NEAR(std::sqrt(position / axes), 0.4, 0.03);
    EXPECT_NEAR(bias / axes, 0, 0.04);
    EXPECT_NEAR(std::sqrt(angle / axes), 0.2, 0.015);
}

TEST(Flight, wind_turns_the_aircraft_and_shakes_it) {
    SmallScene scene;
    scene.scene = "width_m = 3000\nheight_m = 2000";
    scene.first = "flying_height_m = 500\nheading_deg = 0\ncrab_deg = 6\nattitude_jitter_deg = 1.5";
    const Flown flown = fly(scene);
    double tilt = 0, crab = 0, n = 0;
    for (const Exposure& e : flown.exposures) {
        const Eigen::Matrix3d r = rotation_from(e.truth.angles.x(), e.truth.angles.y(), e.truth.angles.z());
        const Eigen::Vector3d axis = -r.col(2), forward = r.col(1); // what it looks at; the top of the frame
        tilt += std::pow(std::acos(-axis.z()) / degree, 2);
        const double heading = std::atan2(forward.x(), forward.y()) / degree;
        crab += heading - 180 * std::round((heading - 6) / 180);
        ++n;
    }
    EXPECT_NEAR(std::sqrt(tilt / n / 2), 1.5, 0.15); // roll and pitch
    EXPECT_NEAR(crab / n, 6, 0.3);
}

TEST(Flight, cameras_that_fly_together_look_where_they_hang) {
    SmallScene scene;
    scene.cameras.clear();
    for (const char* view : {"vertical", "left", "right"}) {
        scene.cameras += fmt::format("[[camera]]\nid = \"{0}\"\nview = \"{0}\"\ntilt_deg = 35\nwidth = 400\n"
                                     "height = 320\nfocal_mm = 10\npixel_um = 10\n",
                                     view);
    }
    scene.first = "flying_height_m = 500\nheading_deg = 0\nattitude_jitter_deg = 1";
    const Flown flown = fly(scene);
    ASSERT_EQ(flown.exposures.size() % 3, 0u);
    for (std::size_t k = 0; k < flown.exposures.size(); k += 3) {
        std::array<Eigen::Vector3d, 3> axis;
        for (std::size_t c = 0; c < 3; ++c) {
            const Exposure& e = flown.exposures[k + c];
            EXPECT_EQ(e.camera, c);
            EXPECT_EQ(e.truth.position, flown.exposures[k].truth.position);
            axis[c] = -rotation_from(e.truth.angles.x(), e.truth.angles.y(), e.truth.angles.z()).col(2);
        }
        EXPECT_NEAR(std::acos(axis[0].dot(axis[1])) / degree, 35, 1e-6);
        EXPECT_NEAR(std::acos(axis[0].dot(axis[2])) / degree, 35, 1e-6);
        EXPECT_NEAR(std::acos(axis[1].dot(axis[2])) / degree, 70, 1e-6);
        const bool north = rotation_from(flown.exposures[k].truth.angles.x(), flown.exposures[k].truth.angles.y(),
                                         flown.exposures[k].truth.angles.z())(1, 1) > 0;
        EXPECT_EQ(axis[1].x() < 0, north); // left of a flight to the north is west
        EXPECT_EQ(axis[2].x() > 0, north);
    }
}

} // namespace
} // namespace overflight::simulation
