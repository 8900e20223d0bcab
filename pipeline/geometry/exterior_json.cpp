// SPDX-License-Identifier: Apache-2.0
#include "geometry/crs.h"
#include "geometry/exterior.h"
#include "geometry/ground_space.h"
#include "geometry/rotation.h"
#include "geometry/text_file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <numbers>
#include <optional>

namespace overflight {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;
using nlohmann::json;

std::optional<Vector3d> vector3(const json& object, const char* key) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    if (found == object.end() || !found->is_array() || found->size() < 3) return {};
    Vector3d vector;
    for (int i = 0; i < 3; ++i) {
        if (!(*found)[i].is_number()) return {};
        vector[i] = (*found)[i].get<double>();
    }
    return vector;
}

std::string text_member(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Angle-axis world -> camera (x right, y down, z forward), turned round.
Matrix3d camera_to_world(const Vector3d& angle_axis) {
    return flip_camera_axes(rotation_from_angle_axis(angle_axis).transpose());
}

/// Poses of orthority: position in the world CRS, angles in radians against its axes.
void add_orthority_pose(const json& properties, PoseRecord pose, Exterior& exterior, Problem problem) {
    const std::optional<Vector3d> xyz = vector3(properties, "xyz"), opk = vector3(properties, "opk");
    if (!xyz || !opk) {
        problem.message = "needed are the properties xyz and opk, three numbers each";
        exterior.reject(pose.name, std::move(problem));
        return;
    }
    if (opk->cwiseAbs().maxCoeff() > 2 * std::numbers::pi + 1e-6) {
        problem.key = "opk";
        problem.message = fmt::format("found {}, {}, {}; allowed are radians up to 2 pi; these look like degrees",
                                      opk->x(), opk->y(), opk->z());
        exterior.reject(pose.name, std::move(problem));
        return;
    }
    pose.position = *xyz;
    pose.rotation = rotation_from_opk(opk->x(), opk->y(), opk->z());
    exterior.poses.push_back(std::move(pose));
}

/// Shots of ODM: centre in longitude, latitude, altitude, angle-axis against east, north, up.
void add_odm_shot(const json& feature, const json& properties, PoseRecord pose, Exterior& exterior, Problem problem) {
    const auto geometry = feature.find("geometry");
    const std::optional<Vector3d> rotation = vector3(properties, "rotation");
    const std::optional<Vector3d> centre = geometry == feature.end() ? std::nullopt : vector3(*geometry, "coordinates");
    if (!rotation || !centre) {
        problem.message = "needed are the property rotation and a point with longitude, latitude and altitude";
        exterior.reject(pose.name, std::move(problem));
        return;
    }
    pose.position = *centre;
    pose.rotation = camera_to_world(*rotation);
    exterior.poses.push_back(std::move(pose));
}

} // namespace

void read_pose_geojson(const json& root, Exterior& exterior) {
    const auto features = root.find("features");
    const bool has_features = features != root.end() && features->is_array() && !features->empty();
    const json* first = has_features && features->front().is_object() && features->front().contains("properties")
                            ? &features->front()["properties"]
                            : nullptr;
    const bool odm = first && first->contains("rotation"), orthority = first && first->contains("opk");
    if (!odm && !orthority) {
        throw InputError(Problem{.file = exterior.file.string(),
                                 .key = "mission.exterior",
                                 .message =
                                     "no poses found; allowed are a FeatureCollection with the properties filename, "
                                     "xyz and opk (orthority) or filename and rotation (ODM's shots.geojson), "
                                     "OpenSfM's reconstruction.json, or a table (CSV)"});
    }
    if (odm) {
        exterior.positions = PositionKind::geographic;
        exterior.axes = AxesKind::level;
    } else if (const std::string crs = text_member(root, "world_crs"); !crs.empty()) {
        try {
            exterior.crs = resolve_crs(crs);
        } catch (const InputError& error) {
            throw InputError(Problem{
                .file = exterior.file.string(), .key = "world_crs", .message = error.problems().front().message});
        }
    }
    exterior.poses.reserve(features->size());
    for (std::size_t i = 0; i < features->size(); ++i) {
        const json& feature = (*features)[i];
        Problem problem{.file = exterior.file.string(), .key = fmt::format("features[{}]", i)};
        PoseRecord pose;
        const json properties = feature.is_object() ? feature.value("properties", json::object()) : json::object();
        if (properties.is_object()) pose.name = text_member(properties, "filename");
        if (base_name(pose.name).empty()) {
            problem.message = "found no property filename, allowed is the name of a frame";
            exterior.problems.push_back(std::move(problem));
            continue;
        }
        problem.key = pose.name;
        pose.camera = text_member(properties, "camera");
        if (odm) {
            add_odm_shot(feature, properties, std::move(pose), exterior, std::move(problem));
        } else {
            add_orthority_pose(properties, std::move(pose), exterior, std::move(problem));
        }
    }
}

void read_opensfm(const json& root, const MissionConfig& mission, Exterior& exterior) {
    if (root.empty() || !root.front().is_object() || !root.front().contains("shots")) {
        throw InputError(Problem{.file = exterior.file.string(),
                                 .key = "mission.exterior",
                                 .message =
                                     "a JSON list without shots; OpenSfM's reconstruction.json is a list of objects "
                                     "with cameras, shots and reference_lla"});
    }
    if (mission.pose_world == PoseWorld::unset) {
        throw InputError(mission_problem(
            mission, "pose_world",
            fmt::format(
                "{} does not say what its world is; set pose_world = \"enu\" (OpenSfM's own topocentric frame at "
                "reference_lla) or \"grid\" (a projected CRS minus an offset, as ODM exports)",
                exterior.file.filename().string())));
    }
    const bool grid = mission.pose_world == PoseWorld::grid;
    exterior.positions = grid ? PositionKind::grid : PositionKind::topocentric;
    exterior.axes = grid ? AxesKind::grid : AxesKind::topocentric;
    if (grid && mission.pose_crs.empty()) {
        throw InputError(mission_problem(
            mission, "pose_crs",
            fmt::format("{} does not name the projected CRS of its grid; set pose_crs, for example \"EPSG:32651\"",
                        exterior.file.filename().string())));
    }
    if (root.size() > 1) {
        exterior.warnings.push_back(fmt::format("{}: holds {} reconstructions, which hang together only if each was "
                                                "georeferenced",
                                                exterior.file.string(), root.size()));
    }
    std::vector<Problem> camera_problems;
    int number_of_this = 0;
    bool first = true;
    Vector3d first_reference = Vector3d::Zero();
    for (const json& reconstruction : root) {
        ++number_of_this;
        if (!reconstruction.is_object()) continue;
        const json lla = reconstruction.value("reference_lla", json::object());
        const auto number = [&](const char* key) -> std::optional<double> {
            const auto found = lla.find(key);
            return found != lla.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
        };
        const std::optional<double> lon = number("longitude"), lat = number("latitude");
        if (!lon || !lat) {
            throw InputError(Problem{.file = exterior.file.string(),
                                     .key = "reference_lla",
                                     .message = "needed are latitude, longitude and altitude of the reference"});
        }
        const Vector3d reference(*lon, *lat, number("altitude").value_or(0));
        Vector3d offset = Vector3d::Zero();
        if (grid) { // the offset is the reference in the grid
            exterior.crs = resolve_pose_crs(mission);
            OGRSpatialReference wgs84;
            wgs84.SetWellKnownGeogCS("WGS84");
            offset = reference;
            HorizontalTransformation(wgs84, spatial_reference(exterior.crs)).forward(std::span(&offset, 1));
        } else if (first) {
            exterior.reference = first_reference = reference;
        } else if (reference != first_reference) {
            throw InputError(
                Problem{.file = exterior.file.string(),
                        .key = "reference_lla",
                        .message = "differs between the reconstructions; split the file into one a mission"});
        }
        first = false;
        if (reconstruction.contains("cameras")) {
            for (Interior& interior : opensfm_cameras(reconstruction["cameras"], exterior.file, camera_problems)) {
                interior.reconstruction = number_of_this;
                exterior.cameras.push_back(std::move(interior));
            }
        }
        const json shots = reconstruction.value("shots", json::object());
        for (const auto& [name, shot] : shots.items()) {
            const std::optional<Vector3d> rotation = vector3(shot, "rotation"),
                                          translation = vector3(shot, "translation");
            if (!rotation || !translation) {
                exterior.reject(name, {.file = exterior.file.string(),
                                       .key = name,
                                       .message = "needed are rotation and translation, three numbers each"});
                continue;
            }
            PoseRecord pose;
            pose.name = name;
            pose.camera = text_member(shot, "camera");
            pose.reconstruction = number_of_this;
            pose.rotation = camera_to_world(*rotation);
            pose.position = offset - rotation_from_angle_axis(*rotation).transpose() * *translation;
            exterior.poses.push_back(std::move(pose));
        }
    }
    if (!camera_problems.empty() && poses_bring_cameras(mission)) throw InputError(std::move(camera_problems));
}

} // namespace overflight
