// SPDX-License-Identifier: Apache-2.0
#include "geometry/mission_cameras.h"

#include "core/angle.h"
#include "geometry/central_camera.h"
#include "geometry/crs.h"
#include "geometry/exterior.h"
#include "geometry/interior.h"
#include "geometry/ortho_camera.h"
#include "geometry/pose_frames.h"
#include "geometry/pose_index.h"
#include "geometry/raster_file.h"
#include "geometry/rotation.h"
#include "geometry/rpc_camera.h"
#include "geometry/text_file.h"
#include "geometry/vertical_datum.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace overflight {
namespace {

std::string utm_wkt(double lon, double lat) {
    return resolve_crs(fmt::format("EPSG:{}", utm_zone_epsg(lon, lat)));
}

std::string horizontal_wkt(const std::string& wkt) {
    return to_wkt(horizontal_part(spatial_reference(wkt)));
}

bool is_map(const std::string& wkt) {
    return !wkt.empty() && !spatial_reference(wkt).IsGeographic();
}

/// The projected CRS in which poses are listed.
std::string working_crs(const MissionConfig& mission, const Exterior& exterior) {
    if (is_map(exterior.crs)) return horizontal_wkt(exterior.crs);
    if (exterior.positions == PositionKind::grid) {
        throw InputError(mission_problem(
            mission, "pose_crs",
            fmt::format(
                "neither {} nor a .prj file beside it names the CRS of its positions; set pose_crs, for example "
                "\"EPSG:32651\"",
                exterior.file.filename().string())));
    }
    if (!mission.pose_crs.empty()) {
        const std::string wkt = resolve_pose_crs(mission);
        if (is_map(wkt)) return horizontal_wkt(wkt);
    }
    if (exterior.positions == PositionKind::topocentric) return utm_wkt(exterior.reference.x(), exterior.reference.y());
    if (exterior.poses.empty())
        throw InputError(
            Problem{.file = exterior.file.string(), .key = "mission.exterior", .message = "holds no pose"});
    // By differences to the first, as longitudes jump from 180 to -180.
    const Eigen::Vector3d& first = exterior.poses.front().position;
    double east = 0, north = 0;
    for (const PoseRecord& pose : exterior.poses) {
        east += std::remainder(pose.position.x() - first.x(), 360);
        north += pose.position.y() - first.y();
    }
    const auto count = static_cast<double>(exterior.poses.size());
    return utm_wkt(first.x() + east / count, first.y() + north / count);
}

/// Finds the camera of a pose.
class InteriorIndex {
public:
    explicit InteriorIndex(const std::vector<Interior>& interiors) : interiors_(interiors) {
        for (const Interior& interior : interiors) {
            by_id_.emplace(std::pair(camera_key(interior.id), 0), &interior); // the first, where nothing else is said
            by_id_.emplace(std::pair(camera_key(interior.id), interior.reconstruction), &interior);
        }
    }

    const Interior* find(const std::string& id, int reconstruction) const {
        if (id.empty()) return interiors_.size() == 1 ? &interiors_.front() : nullptr;
        auto found = by_id_.find({camera_key(id), reconstruction});
        if (found == by_id_.end()) found = by_id_.find({camera_key(id), 0});
        return found == by_id_.end() ? nullptr : found->second;
    }

    std::string ids() const {
        std::vector<std::string> ids;
        for (const Interior& interior : interiors_) ids.push_back("'" + interior.id + "'");
        return fmt::format("{}", fmt::join(ids, ", "));
    }

private:
    const std::vector<Interior>& interiors_;
    std::map<std::pair<std::string, int>, const Interior*> by_id_; // and number of the reconstruction
};

/// Cameras file of the mission, or the cameras that came with the poses.
std::vector<Interior> mission_interiors(const MissionConfig& mission, const Exterior& exterior,
                                        std::vector<std::string>& warnings) {
    if (!exterior.cameras.empty() && poses_bring_cameras(mission)) return exterior.cameras;
    if (!mission.interior.empty()) {
        std::vector<Interior> interiors = read_interiors(mission.interior);
        std::set<std::string> ids;
        for (const Interior& interior : interiors) {
            if (ids.insert(camera_key(interior.id)).second) continue;
            warnings.push_back(fmt::format("{}: has the camera '{}' of several reconstructions; the first is used, as "
                                           "the poses are of another file",
                                           mission.interior.string(), interior.id));
            break;
        }
        return interiors;
    }
    throw InputError(mission_problem(mission, "interior",
                                     "is missing; frames need a camera file (orthority's YAML, ODM's cameras.json)"));
}

void warn_of_poses_without_frame(const Exterior& exterior, const std::vector<bool>& used,
                                 std::vector<std::string>& warnings) {
    std::vector<std::string> names;
    std::size_t count = 0;
    for (std::size_t i = 0; i < used.size(); ++i) {
        if (used[i]) continue;
        if (++count <= 5) names.push_back(exterior.poses[i].name);
    }
    if (count == 0) return;
    warnings.push_back(fmt::format("{}: {} of {} poses have no usable frame: {}{}", exterior.file.string(), count,
                                   used.size(), fmt::join(names, ", "), count > names.size() ? ", ..." : ""));
}

/// How a pose file spells names, where a frame's is not among them.
std::string example_name(const Exterior& exterior) {
    if (exterior.poses.empty()) return {};
    return fmt::format(", which has poses of '{}'{}", exterior.poses.front().name,
                       exterior.poses.size() > 1 ? ", ..." : "");
}

/// Poses of one name in several folders, of which the frames' own folders choose none.
Problem ambiguous_frames(const MissionConfig& mission, const Exterior& exterior, const std::filesystem::path& first,
                         const PoseIndex::Match& match, std::size_t count) {
    const PoseRecord &pose = exterior.poses[match.pose], &rival = exterior.poses[match.rival];
    return mission_problem(mission, "exterior",
                           fmt::format("the pose of {}{} could be {} ({}) or {} ({}); keep the frames in folders named "
                                       "as in the pose file, or give the files names of their own",
                                       first.string(),
                                       count > 1 ? fmt::format(", as of {} frames more,", count - 1) : "", pose.name,
                                       pose_place(exterior, pose), rival.name, pose_place(exterior, rival)));
}

std::string stated_pose_heights(const MissionConfig& mission, const Exterior& exterior) {
    if (!mission.pose_heights.empty()) {
        if (mission.pose_heights != "ellipsoidal" && !find_geoid_grid(mission.pose_heights))
            throw InputError(mission_problem(
                mission, "pose_heights",
                fmt::format("found \"{}\", which is no geoid grid, neither here nor in PROJ's folders; allowed are "
                            "\"ellipsoidal\" or the path of a grid that GDAL reads (.gtx, .tif)",
                            mission.pose_heights)));
        return mission.pose_heights;
    }
    if (const std::string stated = stated_heights(exterior.crs); !stated.empty()) return stated;
    return mission.pose_crs.empty() ? std::string() : stated_heights(resolve_pose_crs(mission));
}

/// Photogrammetric cameras see tens of degrees: a unit that is wrong shows here, not in the mosaic, of which hardly
/// anything is left.
void warn_of_narrow_views(const MissionConfig& mission, const std::vector<Interior>& interiors,
                          std::vector<std::string>& warnings) {
    constexpr double narrow = 10; // focal lengths a frame's side: 6 degrees
    for (const Interior& interior : interiors) {
        const double sides = interior.lens->focal_px().minCoeff() / std::max(interior.width, interior.height);
        if (sides > narrow)
            warnings.push_back(fmt::format(
                "mission '{}': camera '{}' sees {:.2g} degrees of the ground, by a focal length of {:.3g} times the "
                "larger side of its frames: is sensor_size missing, or focal_len in another unit?",
                mission.name, interior.id, 2 * std::atan(0.5 / sides) / degree, sides));
    }
}

void load_frame_cameras(const MissionConfig& mission, const std::vector<FrameFile>& frames, const std::string& map_crs,
                        MissionCameras& out) {
    Exterior exterior = read_exterior(mission);
    const std::vector<Interior> interiors = mission_interiors(mission, exterior, exterior.warnings);
    warn_of_narrow_views(mission, interiors, exterior.warnings);
    out.pose_crs = working_crs(mission, exterior);
    out.pose_heights = stated_pose_heights(mission, exterior);
    out.inputs.push_back(mission.exterior);
    if (!mission.interior.empty() && mission.interior != mission.exterior) out.inputs.push_back(mission.interior);
    out.inputs.insert(out.inputs.end(), exterior.sidecars.begin(), exterior.sidecars.end());
    out.problems = std::move(exterior.problems);
    out.warnings = std::move(exterior.warnings);

    PoseSpace space = mission.pose_space;
    if (space == PoseSpace::unset) {
        const bool grid = exterior.positions == PositionKind::grid;
        space = grid ? PoseSpace::map : PoseSpace::cartesian;
        if (grid) {
            out.warnings.push_back(
                fmt::format("mission '{}': pose_space is not set; poses of a projected CRS are used in "
                            "it as they are (\"map\"); set \"cartesian\" where they were not computed "
                            "in that CRS",
                            mission.name));
        }
    }
    const bool map = space == PoseSpace::map;
    const OGRSpatialReference pose_crs = spatial_reference(out.pose_crs);
    if (const double unit = pose_crs.GetLinearUnits(nullptr); map && std::abs(unit - 1) > 1e-9) {
        throw InputError(mission_problem(
            mission, "pose_space",
            fmt::format(
                "the pose CRS '{}' counts in units of {:.6g} m while heights are in metres; \"map\" needs a CRS in "
                "metres: set \"cartesian\"",
                crs_name(pose_crs), unit)));
    }
    out.space = std::make_shared<GroundSpace>(map ? GroundSpace::Kind::map : GroundSpace::Kind::cartesian, map_crs,
                                              out.pose_crs);
    if (!mission.pose_crs.empty() && is_map(exterior.crs)) {
        const HorizontalTransformation same(spatial_reference(resolve_pose_crs(mission)), pose_crs);
        if (!same.identity()) {
            out.warnings.push_back(
                fmt::format("{}: the poses name their CRS ('{}'), so mission.pose_crs ('{}') is not used",
                            exterior.file.string(), crs_name(pose_crs), mission.pose_crs));
        }
    }

    const PoseIndex poses(exterior, out.warnings);
    std::unordered_set<std::string> rejected;
    for (const std::string& name : exterior.rejected) {
        rejected.emplace(base_name(name));
        rejected.emplace(stem_of(base_name(name)));
    }
    const auto is_rejected = [&](const std::filesystem::path& frame) { // a problem says why already
        const std::string name = frame.filename().string();
        return rejected.contains(name) || rejected.contains(std::string(stem_of(name)));
    };
    const InteriorIndex cameras(interiors);
    std::vector<bool> used(exterior.poses.size(), false);
    std::unordered_map<std::size_t, std::size_t> frame_of; // by pose
    struct Match {
        std::size_t frame, pose;
        const Interior* interior;
    };
    std::vector<Match> matches;
    std::size_t ambiguous = 0, first_ambiguous = 0; // frames
    PoseIndex::Match first_match;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const FrameFile& frame = frames[i];
        // A frame's problem blames the frame's file, so that the frame can be left out and the run goes on.
        const auto problem = [&](const std::string& message) {
            out.problems.push_back(Problem{.file = frame.path.string(), .message = message});
        };
        const PoseIndex::Match found = poses.find(frame.path);
        if (found.kind == PoseIndex::Match::Kind::none) {
            if (!is_rejected(frame.path))
                problem(fmt::format("no pose of this frame in {}{}; the frame is left out",
                                    exterior.file.filename().string(), example_name(exterior)));
            continue;
        }
        const PoseRecord& pose = exterior.poses[found.pose];
        if (found.kind == PoseIndex::Match::Kind::elsewhere) {
            problem(fmt::format("no pose of this frame among those of its folder in {}, and {} ({}) is of another; the "
                                "frame is left out",
                                exterior.file.filename().string(), pose.name, pose_place(exterior, pose)));
            continue;
        }
        used[found.pose] = true;
        if (found.kind == PoseIndex::Match::Kind::ambiguous) {
            used[found.rival] = true;
            if (ambiguous++ == 0) {
                first_ambiguous = i;
                first_match = found;
            }
            continue;
        }
        if (const auto [first, fresh] = frame_of.emplace(found.pose, i); !fresh) {
            out.problems.push_back(mission_problem(
                mission, "frames",
                fmt::format("{} and {} would have the same pose ({}); name their folders in the pose file "
                            "(101MEDIA/DJI_0001.JPG), make a mission of each folder with a pose file of its own, or "
                            "give the files names of their own",
                            frames[first->second].path.string(), frame.path.string(), pose_place(exterior, pose))));
            continue;
        }
        const std::string& id = mission.camera_id.empty() ? pose.camera : mission.camera_id;
        const Interior* interior = cameras.find(id, pose.reconstruction);
        if (!interior) {
            const std::string where = pose_place(exterior, pose);
            problem(id.empty() ? fmt::format("{} names no camera and there are several: {}; set mission.camera_id",
                                             where, cameras.ids())
                               : fmt::format("found camera '{}' ({}), allowed are {}", id,
                                             mission.camera_id.empty() ? where : "mission.camera_id", cameras.ids()));
            continue;
        }
        if (interior->width != frame.width || interior->height != frame.height) {
            problem(
                fmt::format("found a frame of {} x {} pixels, allowed is {} x {}: the size that camera '{}' is given "
                            "for",
                            frame.width, frame.height, interior->width, interior->height, interior->id));
            continue;
        }
        matches.push_back({i, found.pose, interior});
    }
    if (ambiguous > 0)
        out.problems.push_back(
            ambiguous_frames(mission, exterior, frames[first_ambiguous].path, first_match, ambiguous));
    warn_of_poses_without_frame(exterior, used, out.warnings);

    std::vector<std::size_t> order;
    for (const Match& match : matches) order.push_back(match.pose);
    const std::vector<OrientedPose> oriented = orient_poses(exterior, order, pose_crs, !map);
    const ConventionCheck check(exterior, oriented, order, out.warnings);
    const Ellipsoid ellipsoid = ellipsoid_of(pose_crs);
    for (std::size_t k = 0; k < matches.size(); ++k) {
        const Match& match = matches[k];
        const FrameFile& frame = frames[match.frame];
        const OrientedPose& pose = oriented[k];
        if (std::optional<Problem> problem = check.problem(exterior, exterior.poses[match.pose], pose, frame.path)) {
            out.problems.push_back(std::move(*problem));
            continue;
        }
        const Eigen::Vector3d opk = opk_from_rotation(pose.to_grid) / degree;
        out.poses[match.frame] = {pose.grid.x(), pose.grid.y(), pose.grid.z(), opk.x(), opk.y(), opk.z()};
        out.camera_ids[match.frame] = match.interior->id;
        out.cameras[match.frame] =
            map ? make_central_camera(match.interior->lens, frame.width, frame.height, pose.grid, pose.to_grid, {})
                : make_central_camera(match.interior->lens, frame.width, frame.height, pose.geocentric,
                                      pose.to_geocentric, ellipsoid);
    }
}

/// RPC models of the frames, from a YAML file if one is named, else from tags and sidecars.
class RpcSource {
public:
    explicit RpcSource(const MissionConfig& mission) {
        file_ = mission.interior.empty() ? mission.exterior : mission.interior;
        if (!file_.empty()) entries_ = read_rpc_yaml(file_);
    }

    const std::filesystem::path& file() const { return file_; }

    /// Null where the frame has none; throws InputError where one is broken.
    std::optional<RpcModel> find(const FrameFile& frame, std::vector<std::filesystem::path>& inputs) const {
        if (file_.empty()) return read_rpc(frame.path, inputs);
        const std::string name = frame.path.filename().string(), stem(stem_of(name));
        for (const auto& [key, entry] : entries_) {
            if (key != name && key != stem && stem_of(key) != stem) continue;
            if (entry.width > 0 && (entry.width != frame.width || entry.height != frame.height)) {
                throw InputError(
                    Problem{.file = frame.path.string(),
                            .message = fmt::format("found a frame of {} x {} pixels, allowed is {} x {}: the "
                                                   "size that the RPC in {} is given for",
                                                   frame.width, frame.height, entry.width, entry.height,
                                                   file_.filename().string())});
            }
            return entry.model;
        }
        return {};
    }

private:
    std::filesystem::path file_;
    std::map<std::string, RpcEntry> entries_;
};

std::string rpc_pose_crs(const MissionConfig& mission, const std::vector<FrameFile>& frames) {
    if (!mission.pose_crs.empty()) {
        const std::string wkt = resolve_pose_crs(mission);
        if (is_map(wkt)) return horizontal_wkt(wkt);
    }
    const RpcSource source(mission);
    for (const FrameFile& frame : frames) {
        try {
            std::vector<std::filesystem::path> inputs;
            if (const std::optional<RpcModel> model = source.find(frame, inputs))
                return utm_wkt(model->long_off, model->lat_off);
        } catch (const InputError&) { // said when the cameras are loaded; the next frame's place does as well
        }
    }
    throw InputError(
        mission_problem(mission, "camera",
                        "no frame has an RPC: neither tags in the file, nor NAME_RPC.TXT or NAME.RPB beside "
                        "it, nor a YAML file named by interior"));
}

void load_rpc_cameras(const MissionConfig& mission, const std::vector<FrameFile>& frames, const std::string& map_crs,
                      MissionCameras& out) {
    const RpcSource source(mission);
    out.pose_crs = rpc_pose_crs(mission, frames);
    out.pose_heights = "ellipsoidal";
    out.space = std::make_shared<GroundSpace>(GroundSpace::Kind::geographic, map_crs, out.pose_crs);
    if (!source.file().empty()) out.inputs.push_back(source.file());
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const FrameFile& frame = frames[i];
        try {
            if (const std::optional<RpcModel> model = source.find(frame, out.inputs)) {
                out.cameras[i] = make_rpc_camera(*model, frame.width, frame.height);
                continue;
            }
            out.problems.push_back(Problem{.file = frame.path.string(),
                                           .message =
                                               "no RPC of this frame: neither tags in the file, nor NAME_RPC.TXT or "
                                               "NAME.RPB beside it, nor an entry in a YAML file; the frame is left "
                                               "out"});
        } catch (const InputError& error) {
            out.problems.insert(out.problems.end(), error.problems().begin(), error.problems().end());
        }
    }
}

/// CRS and geotransform of an orthoimage; throws InputError.
struct OrthoPlace {
    std::string crs;
    std::array<double, 6> geotransform;
};

OrthoPlace ortho_place(const MissionConfig& mission, const FrameFile& frame) {
    const Dataset dataset = open_local_raster(frame.path, "mission.frames");
    OrthoPlace place{};
    const OGRSpatialReference* crs = dataset->GetSpatialRef();
    if (dataset->GetGeoTransform(place.geotransform.data()) != CE_None) {
        throw InputError(Problem{.file = frame.path.string(),
                                 .message = "has no geotransform; camera = \"ortho\" needs georeferenced images"});
    }
    if (crs && !crs->IsEmpty()) {
        place.crs = to_wkt(horizontal_part(*crs));
    } else if (!mission.pose_crs.empty()) {
        place.crs = horizontal_wkt(resolve_pose_crs(mission));
    } else {
        throw InputError(Problem{.file = frame.path.string(),
                                 .key = "mission.pose_crs",
                                 .message = "the image names no CRS; set pose_crs of the mission"});
    }
    return place;
}

std::string ortho_pose_crs(const MissionConfig& mission, const std::vector<FrameFile>& frames) {
    std::vector<Problem> problems;
    for (const FrameFile& frame : frames) {
        try {
            return ortho_place(mission, frame).crs;
        } catch (const InputError& error) {
            problems.insert(problems.end(), error.problems().begin(), error.problems().end());
        }
    }
    if (problems.empty()) problems.push_back(mission_problem(mission, "frames", "holds no frame"));
    throw InputError(std::move(problems));
}

void load_ortho_cameras(const MissionConfig& mission, const std::vector<FrameFile>& frames, const std::string& map_crs,
                        MissionCameras& out) {
    out.pose_crs = ortho_pose_crs(mission, frames);
    const OGRSpatialReference common = spatial_reference(out.pose_crs);
    out.space = std::make_shared<GroundSpace>(GroundSpace::Kind::map, map_crs, out.pose_crs);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const FrameFile& frame = frames[i];
        try {
            const OrthoPlace place = ortho_place(mission, frame);
            if (place.crs != out.pose_crs &&
                !HorizontalTransformation(spatial_reference(place.crs), common).identity()) {
                throw InputError(Problem{
                    .file = frame.path.string(),
                    .message =
                        fmt::format("found the CRS '{}', allowed is that of the mission's first image, '{}'; make a "
                                    "mission of each",
                                    crs_name(spatial_reference(place.crs)), crs_name(common))});
            }
            out.cameras[i] = make_ortho_camera(place.geotransform, frame.width, frame.height);
            if (!out.cameras[i]) {
                throw InputError(
                    Problem{.file = frame.path.string(), .message = "its geotransform maps all pixels to one line"});
            }
        } catch (const InputError& error) {
            out.problems.insert(out.problems.end(), error.problems().begin(), error.problems().end());
        }
    }
}

} // namespace

std::string mission_pose_crs(const MissionConfig& mission, const std::vector<FrameFile>& frames) {
    switch (mission.camera) {
    case CameraKind::rpc:
        return rpc_pose_crs(mission, frames);
    case CameraKind::ortho:
        return ortho_pose_crs(mission, frames);
    case CameraKind::frame:
        break;
    }
    return working_crs(mission, read_exterior(mission));
}

MissionCameras load_mission_cameras(const MissionConfig& mission, const std::vector<FrameFile>& frames,
                                    const std::string& map_crs) {
    MissionCameras out;
    out.cameras.resize(frames.size());
    out.camera_ids.resize(frames.size());
    out.poses.resize(frames.size());
    switch (mission.camera) {
    case CameraKind::frame:
        load_frame_cameras(mission, frames, map_crs, out);
        break;
    case CameraKind::rpc:
        load_rpc_cameras(mission, frames, map_crs, out);
        break;
    case CameraKind::ortho:
        load_ortho_cameras(mission, frames, map_crs, out);
        break;
    }
    return out;
}

} // namespace overflight
