// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "core/errors.h"
#include "geometry/interior.h"

#include <Eigen/Core>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace overflight {

/// Where a pose file counts positions from.
enum class PositionKind : std::uint8_t {
    grid,        ///< x, y, z of a projected CRS
    geographic,  ///< longitude, latitude in degrees, height
    topocentric, ///< metres east, north, up in the tangent frame at the reference
};

/// What a pose file counts angles against.
enum class AxesKind : std::uint8_t {
    grid,        ///< grid east, grid north, up of the projected CRS
    level,       ///< true east, true north, up at the camera
    topocentric, ///< the tangent frame at the reference
};

/// The kind of angles that a table of text held.
enum class AngleKind : std::uint8_t { none, opk, rpy };

struct PoseRecord {
    std::string name;   ///< of the frame's file, with or without extension, with the folders that the pose file names
    std::string camera; ///< empty where the file does not say
    Eigen::Vector3d position;
    Eigen::Matrix3d rotation;        ///< photogrammetric camera axes -> the axes of AxesKind
    Eigen::Vector3d angles{0, 0, 0}; ///< as they stood in a table of text
    int line = 0;                    ///< in the file; 0 where the format has none
    int reconstruction = 0;          ///< of OpenSfM, counted from 1: each optimises its cameras anew; 0 elsewhere
};

/// A pose file as it stands, of any format.
struct Exterior {
    std::filesystem::path file;
    PositionKind positions = PositionKind::grid;
    AxesKind axes = AxesKind::grid;
    std::string crs;                    ///< WKT, or empty where neither file nor sidecar says
    Eigen::Vector3d reference{0, 0, 0}; ///< longitude, latitude, height of a topocentric frame
    std::vector<PoseRecord> poses;
    std::vector<Interior> cameras; ///< where the file brings them along
    std::vector<std::filesystem::path> sidecars;
    std::vector<Problem> problems;     ///< single poses that cannot be used
    std::vector<std::string> rejected; ///< names of those poses
    std::vector<std::string> warnings;
    AngleKind angles = AngleKind::none;

    void reject(const std::string& name, Problem problem) {
        rejected.push_back(name);
        problems.push_back(std::move(problem));
    }
};

/// Reads a mission's pose file: tables of many programs, GeoJSON of orthority and of ODM, OpenSfM's reconstruction.
/// Told apart by content. Throws InputError where the file cannot be used at all.
Exterior read_exterior(const MissionConfig& mission);

/// Whether the mission's cameras are those that its pose file brings along: no other file is named.
bool poses_bring_cameras(const MissionConfig& mission);

/// A problem of a config key of the mission, placed at its table.
Problem mission_problem(const MissionConfig& mission, const std::string& key, const std::string& message);

/// WKT of the mission's pose_crs; throws InputError that names the key: unknown to PROJ, or of no map.
std::string resolve_pose_crs(const MissionConfig& mission);

/// "file:line" of a pose, as far as it is known, without folders.
std::string pose_place(const Exterior& exterior, const PoseRecord& pose);

// One reader a family of formats; `text` is the file's content.
void read_pose_table(const std::string& text, Exterior& exterior);
void read_pose_geojson(const nlohmann::json& root, Exterior& exterior);
void read_opensfm(const nlohmann::json& root, const MissionConfig& mission, Exterior& exterior);

} // namespace overflight
