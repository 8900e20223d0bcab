// SPDX-License-Identifier: Apache-2.0
#include "geometry/exterior.h"

#include "geometry/crs.h"
#include "geometry/ground_space.h"
#include "geometry/text_file.h"

#include <fmt/format.h>

namespace overflight {
namespace {

/// The CRS file beside a table of poses: NAME.prj, or Pix4D's PREFIX_wkt.prj.
void read_sidecar_crs(Exterior& exterior) {
    std::vector<std::filesystem::path> candidates = {std::filesystem::path(exterior.file).replace_extension(".prj")};
    const std::string name = exterior.file.filename().string();
    if (const std::size_t end = name.find("calibrated_external_camera_parameters"); end != std::string::npos)
        candidates.push_back(exterior.file.parent_path() / (name.substr(0, end) + "wkt.prj"));
    for (const std::filesystem::path& candidate : candidates) {
        std::error_code error;
        if (!std::filesystem::is_regular_file(candidate, error)) continue;
        exterior.crs = resolve_crs(candidate.string());
        exterior.sidecars.push_back(candidate);
        return;
    }
}

} // namespace

Problem mission_problem(const MissionConfig& mission, const std::string& key, const std::string& message) {
    Problem problem = mission.where;
    problem.key = "mission." + key;
    problem.message = fmt::format("mission '{}': {}", mission.name, message);
    return problem;
}

std::string resolve_pose_crs(const MissionConfig& mission) {
    std::string wkt;
    try {
        wkt = resolve_crs(mission.pose_crs);
    } catch (const InputError& error) {
        const Problem& found = error.problems().front(); // names a file where pose_crs is one
        throw InputError(mission_problem(mission, "pose_crs",
                                         found.file.empty() ? found.message : found.file + ": " + found.message));
    }
    if (const OGRSpatialReference crs = spatial_reference(wkt); crs.IsGeocentric()) {
        throw InputError(mission_problem(
            mission, "pose_crs",
            fmt::format("found '{}' ({}), which is earth-centred; allowed are a projected or a geographic one",
                        mission.pose_crs, crs_name(crs))));
    }
    return wkt;
}

bool poses_bring_cameras(const MissionConfig& mission) {
    std::error_code error;
    return mission.interior.empty() || std::filesystem::equivalent(mission.interior, mission.exterior, error);
}

std::string pose_place(const Exterior& exterior, const PoseRecord& pose) {
    const std::string file = exterior.file.filename().string();
    return pose.line > 0 ? fmt::format("{}:{}", file, pose.line) : file;
}

Exterior read_exterior(const MissionConfig& mission) {
    if (mission.exterior.empty())
        throw InputError(mission_problem(mission, "exterior", "is missing; frames need a file with their poses"));
    const std::string text = read_text(mission.exterior, "mission.exterior");
    Exterior exterior;
    exterior.file = mission.exterior;
    if (!looks_like_json(text)) {
        read_sidecar_crs(exterior);
        read_pose_table(text, exterior);
    } else {
        const nlohmann::json root = parse_json(text, mission.exterior, "points");
        if (root.is_array()) {
            read_opensfm(root, mission, exterior);
        } else {
            read_pose_geojson(root, exterior);
        }
    }
    if (exterior.positions != PositionKind::topocentric && exterior.crs.empty() && !mission.pose_crs.empty())
        exterior.crs = resolve_pose_crs(mission);
    // Longitude and latitude may stand in columns named x and y.
    if (exterior.positions == PositionKind::grid && !exterior.crs.empty() &&
        spatial_reference(exterior.crs).IsGeographic()) {
        exterior.positions = PositionKind::geographic;
        if (exterior.axes == AxesKind::grid) exterior.axes = AxesKind::level;
    }
    return exterior;
}

} // namespace overflight
