// SPDX-License-Identifier: Apache-2.0
#include "simulation/flight.h"

#include "core/angle.h"
#include "simulation/hash.h"

#include <Eigen/Geometry>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace overflight::simulation {

namespace {

Eigen::Matrix3d about(const Eigen::Vector3d& axis, double angle) {
    return Eigen::AngleAxisd(angle, axis).toRotationMatrix();
}

/// How a camera hangs in the aircraft, whose axes are x right, y forward, z up.
Eigen::Matrix3d mount(const CameraSettings& camera) {
    const double tilt = camera.tilt_deg * degree;
    const auto x = Eigen::Vector3d::UnitX(), y = Eigen::Vector3d::UnitY();
    switch (camera.view) {
    case View::left:
        return about(y, tilt);
    case View::right:
        return about(y, -tilt);
    case View::forward:
        return about(x, tilt);
    case View::backward:
        return about(x, -tilt);
    case View::vertical:
        break;
    }
    return Eigen::Matrix3d::Identity();
}

ExactCamera camera_at(const CameraSettings& interior, const Pose& pose, PoseSpace space, const PoseFrame& frame) {
    ExactCamera camera;
    camera.interior = interior;
    camera.center = pose.position;
    camera.rotation = rotation_from(pose.angles.x(), pose.angles.y(), pose.angles.z());
    if (space == PoseSpace::cartesian) {
        camera.rotation = frame.local_axes(pose.position) * camera.rotation;
        frame.map_to_earth({&camera.center, 1});
    }
    return camera;
}

} // namespace

std::vector<Exposure> plan_flight(const Scene& scene, const PoseFrame& frame, int mission_index, double mean_ground) {
    const Settings& settings = scene.settings();
    const MissionSettings& mission = settings.missions[static_cast<std::size_t>(mission_index)];
    std::vector<std::size_t> cameras;
    for (std::size_t c = 0; c < settings.cameras.size(); ++c) {
        const auto& ids = mission.cameras;
        if (ids.empty() || std::find(ids.begin(), ids.end(), settings.cameras[c].id) != ids.end()) cameras.push_back(c);
    }
    // The vertical camera, or else the first, sets the distances of exposures and strips.
    std::size_t lead = cameras.front();
    for (const std::size_t c : cameras) {
        if (settings.cameras[c].view == View::vertical) {
            lead = c;
            break;
        }
    }
    const CameraSettings& leader = settings.cameras[lead];
    const double gsd = leader.pixel_um / 1000 / leader.focal_mm * mission.flying_height_m;
    const double across = gsd * static_cast<double>(leader.width), along = gsd * static_cast<double>(leader.height);

    const double heading = mission.heading_deg * degree;
    const double sine = std::abs(std::sin(heading)), cosine = std::abs(std::cos(heading));
    const double length = settings.scene.width_m * sine + settings.scene.height_m * cosine;
    const double breadth = settings.scene.width_m * cosine + settings.scene.height_m * sine;
    const auto count = [](double extent, double footprint, double step) {
        return 1 + static_cast<int>(std::ceil(std::max(0.0, extent - footprint) / step - 1e-9));
    };
    const double base = along * (1 - mission.overlap), spacing = across * (1 - mission.sidelap);
    const int strips = count(breadth, across, spacing), stations = count(length, along, base);

    const auto seed = static_cast<std::uint64_t>(settings.scene.seed);
    std::vector<Exposure> exposures;
    for (int strip = 0; strip < strips; ++strip) {
        const double way = strip % 2 == 0 ? heading : heading + 180 * degree;
        for (int station = 0; station < stations; ++station) {
            const double side = (strip - 0.5 * (strips - 1) + mission.shift) * spacing;
            const double ahead = (station - 0.5 * (stations - 1)) * base * (strip % 2 == 0 ? 1 : -1);
            Random random(hash(seed, {1009, mission.seed, mission_index, strip, station}));
            const Eigen::Vector3d forward(std::sin(heading), std::cos(heading), 0),
                right(std::cos(heading), -std::sin(heading), 0);
            Eigen::Vector3d place = right * side + forward * ahead;
            for (int k = 0; k < 3; ++k) place[k] += random.normal() * mission.position_jitter_m;
            const double roll = random.normal() * mission.attitude_jitter_deg * degree;
            const double pitch = random.normal() * mission.attitude_jitter_deg * degree;
            const double yaw = way + (mission.crab_deg + random.normal() * mission.attitude_jitter_deg) * degree;
            const Eigen::Matrix3d body = about(Eigen::Vector3d::UnitZ(), -yaw) *
                                         about(Eigen::Vector3d::UnitX(), pitch) * about(Eigen::Vector3d::UnitY(), roll);
            if (leader.view != View::vertical) { // fly beside what is to be seen
                const Eigen::Vector3d axis =
                    about(Eigen::Vector3d::UnitZ(), -way) * mount(leader) * -Eigen::Vector3d::UnitZ();
                place -= mission.flying_height_m / -axis.z() * Eigen::Vector3d(axis.x(), axis.y(), 0);
            }
            for (const std::size_t c : cameras) {
                Exposure exposure;
                exposure.camera = c;
                exposure.name =
                    fmt::format("{}_{}_{:02}_{:03}", mission.name, settings.cameras[c].id, strip + 1, station + 1);
                exposure.key =
                    hash(seed, {1013, mission.seed, mission_index, strip, station, static_cast<std::int64_t>(c)});
                Random errors(exposure.key);
                exposure.truth.position = place + Eigen::Vector3d(settings.scene.center_x, settings.scene.center_y,
                                                                  mean_ground + mission.flying_height_m);
                exposure.truth.angles = angles_of(body * mount(settings.cameras[c]));
                exposure.as_flown = exposure.truth;
                exposure.as_flown.position += Eigen::Vector3d(mission.error_east_m, mission.error_north_m, 0);
                Eigen::Vector3d turn;
                for (int k = 0; k < 3; ++k) {
                    exposure.as_flown.position[k] += errors.normal() * mission.position_error_m;
                    turn[k] = errors.normal() * mission.attitude_error_deg * degree;
                }
                if (turn.norm() > 0) {
                    exposure.as_flown.angles =
                        angles_of(about(turn.normalized(), turn.norm()) * body * mount(settings.cameras[c]));
                }
                exposure.exact = camera_at(settings.cameras[c], exposure.truth, mission.pose_space, frame);
                const double gain = errors.normal(), offset = errors.normal();
                for (int b = 0; b < settings.output.bands; ++b) {
                    exposure.gain.push_back(1 + mission.gain_spread * (gain + 0.3 * errors.normal()));
                    exposure.offset.push_back(mission.offset +
                                              mission.offset_spread * (offset + 0.3 * errors.normal()));
                }
                exposures.push_back(std::move(exposure));
            }
        }
    }
    return exposures;
}

std::vector<std::optional<Eigen::Vector2d>> project(const Exposure& exposure, const MissionSettings& mission,
                                                    const PoseFrame& frame, std::vector<Eigen::Vector3d> map_points) {
    if (mission.pose_space == PoseSpace::cartesian) frame.map_to_earth(map_points);
    std::vector<std::optional<Eigen::Vector2d>> out;
    out.reserve(map_points.size());
    for (const Eigen::Vector3d& point : map_points) out.push_back(exposure.exact.project(point));
    return out;
}

} // namespace overflight::simulation
