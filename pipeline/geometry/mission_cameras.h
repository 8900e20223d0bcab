// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "geometry/frame_camera.h"
#include "geometry/ground_space.h"

#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace overflight {

/// What the camera loaders need to know of a frame file; read by the scan.
struct FrameFile {
    std::filesystem::path path;
    int width = 0, height = 0;
};

struct MissionCameras {
    /// One a frame file, in their order; null where the frame has no pose (then a problem of the frame, or of its row
    /// in the pose file, says so).
    std::vector<std::shared_ptr<const FrameCamera>> cameras;
    /// Camera centres: x, y, z in the pose CRS, and omega, phi, kappa in degrees, for the frames table; NaN for RPC and
    /// orthos.
    struct Pose {
        static constexpr double none = std::numeric_limits<double>::quiet_NaN();
        double x = none, y = none, z = none, omega = none, phi = none, kappa = none;
    };
    std::vector<Pose> poses;
    std::vector<std::string> camera_ids; ///< one a frame; empty for RPC and orthos
    std::string pose_crs;                ///< WKT; the CRS that the poses are in
    /// What the poses say of their heights: "ellipsoidal", a geoid grid's path, the name of a vertical CRS, or empty;
    /// for Terrain's constructor.
    std::string pose_heights;
    std::shared_ptr<const GroundSpace> space;
    std::vector<std::filesystem::path> inputs; ///< files that were read (interior, exterior, sidecars): for provenance
    std::vector<Problem> problems; ///< frames without pose, unknown cameras, missing statements: not fatal by itself
    std::vector<std::string> warnings; ///< poses without frame, angles that fit another convention better
};

/// The CRS (WKT) that a mission's poses are in, before any output CRS is known: the pose file's, its sidecar's, the
/// config's `pose_crs`, for RPC and frames with geographic poses a UTM zone of WGS 84. Throws InputError.
std::string mission_pose_crs(const MissionConfig& mission, const std::vector<FrameFile>& frames);

/// Reads interior and exterior orientation in any of the supported formats (told apart by content, not by name)
/// and builds a camera a frame, projecting from the map CRS given. Where the config leaves pose_space open, poses of a
/// projected CRS project in the map space (a warning says so), all others in the cartesian one. Throws InputError where
/// a file cannot be used at all.
MissionCameras load_mission_cameras(const MissionConfig& mission, const std::vector<FrameFile>& frames,
                                    const std::string& map_crs);

} // namespace overflight
