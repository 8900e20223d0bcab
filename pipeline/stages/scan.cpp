// SPDX-License-Identifier: Apache-2.0
#include "stages/scan.h"

#include "core/file_pattern.h"
#include "geometry/convex_clip.h"
#include "geometry/cut_lines.h"
#include "io/frame_neighbours.h"
#include "stages/balance_reference.h"
#include "stages/bands.h"
#include "stages/frame_names.h"
#include "stages/height_checks.h"
#include "stages/own_files.h"
#include "stages/sunlight.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

namespace overflight {
namespace {

struct Globbed {
    std::vector<std::filesystem::path> paths;
    std::vector<std::string> without_match, without_frame; ///< patterns: of the latter all matches are other files
};

/// Masks, overviews and notes that GDAL keeps beside images.
bool belongs_to_another(const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    return name.ends_with(".msk") || name.ends_with(".ovr") || name.ends_with(".aux.xml");
}

Globbed expand(const std::vector<std::string>& patterns, const Config& config) {
    std::set<std::filesystem::path> paths;
    Globbed result;
    const OwnFiles own(config);
    for (const std::string& pattern : patterns) {
        std::vector<std::filesystem::path> found = matching_files(pattern);
        if (found.empty() && config.run.allow_remote && !is_file_pattern(pattern)) found.emplace_back(pattern);
        if (found.empty()) result.without_match.push_back(pattern);
        if (is_file_pattern(pattern) && !found.empty()) {
            std::erase_if(
                found, [&](const std::filesystem::path& file) { return belongs_to_another(file) || own.hold(file); });
            if (found.empty()) result.without_frame.push_back(pattern);
        }
        paths.insert(found.begin(), found.end());
    }
    result.paths.assign(paths.begin(), paths.end());
    return result;
}

/// The kind of frame that most of a mission is made of: a stray file must not decide what the mosaic is.
std::tuple<int, SampleType> usual_kind(const std::vector<PlannedFrame>& frames) {
    std::map<std::tuple<int, SampleType>, int> counts;
    for (const PlannedFrame& frame : frames) ++counts[{frame.header.bands, frame.header.type}];
    return std::max_element(counts.begin(), counts.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

void read_headers(PlannedMission& mission, const Config& config, std::vector<Problem>& problems) {
    const Globbed files = expand(mission.config.frames, config);
    const auto refuse = [&](const std::string& pattern, const char* why) {
        Problem problem = mission.config.where;
        problem.key = "mission.frames";
        problem.message = fmt::format("\"{}\" matches {}", pattern, why);
        problems.push_back(problem);
    };
    for (const std::string& pattern : files.without_match)
        refuse(pattern, "no file (relative paths are relative to the config)");
    for (const std::string& pattern : files.without_frame)
        refuse(pattern, "no frame, only masks and notes of others or files named as this config's products are");
    const FrameNeighbours neighbours(files.paths);
    for (const std::filesystem::path& path : files.paths) {
        try {
            PlannedFrame frame;
            const auto beside = neighbours.of(path);
            frame.header = read_frame_header(path, config.run.allow_remote, beside ? &*beside : nullptr);
            mission.frames.push_back(std::move(frame));
        } catch (const InputError& error) {
            mission.gaps.push_back({mission.config.name, path.filename().string(), error.problems().front().message});
        }
    }
    if (mission.frames.empty()) {
        for (const Gap& gap : mission.gaps) problems.push_back({gap.what, 0, 0, "", gap.cause});
        return;
    }
    const auto [bands, type] = usual_kind(mission.frames);
    mission.layout = LaneLayout{bands};
    mission.type = type;
    std::erase_if(mission.frames, [&, bands = bands, type = type](const PlannedFrame& frame) {
        if (frame.header.bands == bands && frame.header.type == type) return false;
        mission.gaps.push_back(
            {mission.config.name, frame.header.path.filename().string(),
             fmt::format("has {} bands of {}, the mission's frames have {} of {}", frame.header.bands,
                         sample_name(frame.header.type), bands, sample_name(type))});
        return true;
    });
    mission.band_names = mission.frames.front().header.band_names;
    for (PlannedFrame& frame : mission.frames)
        frame.header.order = order_of_bands(mission.band_names, frame.header.band_names);
}

std::vector<FrameFile> frame_files(const PlannedMission& mission) {
    std::vector<FrameFile> files;
    for (const PlannedFrame& frame : mission.frames)
        files.push_back({frame.header.path, frame.header.width, frame.header.height});
    return files;
}

/// Where the config refuses to go without heights: a problem that names the frames that see ground beyond the model.
void refuse_uncovered(const PlannedMission& mission, const Config& config, std::vector<Problem>& problems) {
    const TerrainConfig& terrain = config.terrain_of(mission.config);
    if (terrain.outside != OutsideTerrain::refuse) return;
    std::size_t beyond = 0;
    const PlannedFrame* worst = nullptr;
    for (const PlannedFrame& frame : mission.frames) {
        const Footprint& seen = frame.footprint;
        if (seen.terrain_coverage >= 1) continue;
        if (config.output.bounds) {
            const Bounds& b = *config.output.bounds;
            const auto wanted =
                clipped(seen.outline, {{b.xmin, b.ymin}, {b.xmax, b.ymin}, {b.xmax, b.ymax}, {b.xmin, b.ymax}});
            if (wanted.empty() || mission.terrain->coverage(wanted) >= 1) continue;
        }
        ++beyond;
        if (worst == nullptr || seen.terrain_coverage < worst->footprint.terrain_coverage) worst = &frame;
    }
    if (worst == nullptr) return;
    Problem problem = mission.config.where;
    problem.key = "terrain.outside";
    problem.message = fmt::format(
        "the terrain {} does not cover what mission \"{}\" sees: {} of {} frames look beyond it, {} the furthest "
        "({:.0f} % of its "
        "border lies on it); allowed with outside = \"constant\" (a height there) or \"gap\" (left empty), or with "
        "output.bounds within it",
        (mission.terrain == mission.surface ? terrain.surface : terrain.file).string(), mission.config.name, beyond,
        mission.frames.size(), worst->header.path.filename().string(), 100 * worst->footprint.terrain_coverage);
    problems.push_back(problem);
}

/// A mission's inputs. One file may serve several keys: it is listed, hashed and watched once.
class InputList {
public:
    explicit InputList(PlannedMission& mission) : files_(mission.inputs) { files_.clear(); }

    void add(const std::filesystem::path& file) {
        if (seen_.insert(file.string()).second) files_.push_back(file);
    }
    void add(const std::vector<std::filesystem::path>& files) {
        for (const std::filesystem::path& file : files) add(file);
    }

private:
    std::vector<std::filesystem::path>& files_;
    std::unordered_set<std::string> seen_;
};

void load_heights(PlannedMission& mission, const Config& config, const std::string& map_crs,
                  const std::string& pose_heights, TerrainOverviews* overviews, const std::shared_ptr<PostCache>& posts,
                  InputList& inputs) {
    const TerrainConfig& terrain = config.terrain_of(mission.config);
    if (!terrain.file.empty()) inputs.add(terrain.file);
    if (!terrain.surface.empty() && mission.config.camera != CameraKind::ortho) {
        TerrainConfig surface = terrain;
        surface.file = terrain.surface;
        try {
            mission.surface = std::make_shared<const Terrain>(surface, map_crs, pose_heights, overviews, posts);
        } catch (const InputError& error) {
            std::vector<Problem> problems = error.problems();
            for (Problem& problem : problems)
                if (problem.key == "terrain.file") problem.key = "terrain.surface";
            throw InputError(std::move(problems));
        }
        inputs.add(terrain.surface);
    }
    if (mission.surface && (config.mosaic.true_ortho || terrain.file.empty())) {
        if (!terrain.file.empty()) Terrain::glance(terrain, map_crs, pose_heights, {}); // nothing asks for its heights
        mission.terrain = mission.surface;
    } else {
        mission.terrain = std::make_shared<const Terrain>(terrain, map_crs, pose_heights, overviews, posts);
    }
    for (const auto& model : {mission.terrain, mission.surface}) {
        if (!model) continue;
        inputs.add(model->files());
        inputs.add(model->geoid_files());
    }
}

/// The user's first choices and last resorts, by patterns of file names.
void rank_frames(PlannedMission& mission, std::vector<Problem>& problems) {
    const auto rank = [&](const std::vector<std::string>& patterns, const char* key, int rank_of_these) {
        for (const std::string& pattern : patterns) {
            bool any = false;
            for (PlannedFrame& frame : mission.frames) {
                if (!matches_end(frame.header.path, pattern)) continue;
                frame.rank = rank_of_these;
                any = true;
            }
            if (any) continue;
            Problem problem = mission.config.where;
            problem.key = key;
            problem.message = fmt::format("\"{}\" matches no frame", pattern);
            problems.push_back(problem);
        }
    };
    rank(mission.config.avoid, "mission.avoid", 2);
    rank(mission.config.prefer, "mission.prefer", 0);
}

/// What the balance and the seams keep to, besides the frames.
void check_references(PlannedMission& mission, const std::string& map_crs, InputList& inputs,
                      std::vector<Problem>& problems) {
    const auto collect = [&](const auto& check) {
        try {
            check();
        } catch (const InputError& error) {
            problems.insert(problems.end(), error.problems().begin(), error.problems().end());
        }
    };
    const MissionConfig& config = mission.config;
    if (!config.reference_frame.empty() &&
        std::none_of(mission.frames.begin(), mission.frames.end(),
                     [&](const PlannedFrame& frame) { return frame.header.path == config.reference_frame; })) {
        Problem problem = config.where;
        problem.key = "mission.reference_frame";
        problem.message = fmt::format("{} is not among the mission's frames", config.reference_frame.string());
        problems.push_back(problem);
    }
    if (!config.reference_mosaic.empty()) {
        inputs.add(config.reference_mosaic);
        collect([&] { inputs.add(BalanceReference(mission, map_crs).files()); });
    }
    if (!config.cut_lines.empty()) {
        collect([&] { CutLines(config.cut_lines, map_crs, frame_names(mission)); });
        inputs.add(config.cut_lines);
    }
}

void place(PlannedMission& mission, const Config& config, const std::string& map_crs, TerrainOverviews* overviews,
           const std::shared_ptr<PostCache>& posts, Scan& result, std::vector<Problem>& problems) {
    MissionCameras cameras = load_mission_cameras(mission.config, frame_files(mission), map_crs);
    for (std::string& warning : cameras.warnings)
        result.warnings.push_back(fmt::format("mission \"{}\": {}", mission.config.name, warning));
    std::unordered_set<std::string> paths;
    if (!cameras.problems.empty())
        for (const PlannedFrame& frame : mission.frames) paths.insert(frame.header.path.string());
    for (const Problem& problem : cameras.problems) {
        // a problem that blames a frame leaves that frame out; all others concern the mission
        if (paths.contains(problem.file))
            mission.gaps.push_back(
                {mission.config.name, std::filesystem::path(problem.file).filename().string(), problem.message});
        else
            problems.push_back(problem);
    }
    mission.space = cameras.space;
    mission.pose_crs = cameras.pose_crs;
    InputList inputs(mission);
    inputs.add(cameras.inputs);
    for (const PlannedFrame& frame : mission.frames) inputs.add(frame.header.beside);
    load_heights(mission, config, map_crs, cameras.pose_heights, overviews, posts, inputs);

    if (!config.mosaic.adjustment.empty()) {
        const auto adjustment = adjustment_path(config.mosaic.adjustment, mission.config.name);
        if (!std::filesystem::exists(adjustment))
            problems.push_back({config.file.string(), 0, 0, "mosaic.adjustment",
                                fmt::format("there is no {}; a run without this key writes it to its output.folder",
                                            adjustment.string())});
        inputs.add(adjustment);
    }

    std::vector<PlannedFrame> placed;
    std::map<std::tuple<std::string, int, int>, int> camera_numbers; // by id and size
    for (std::size_t i = 0; i < mission.frames.size(); ++i) {
        if (!cameras.cameras[i]) continue;
        PlannedFrame& frame = mission.frames[i];
        frame.camera = cameras.cameras[i];
        frame.pose = cameras.poses[i];
        frame.camera_number = camera_numbers
                                  .try_emplace({cameras.camera_ids[i], frame.header.width, frame.header.height},
                                               static_cast<int>(camera_numbers.size()))
                                  .first->second;
        const std::optional<Footprint> footprint = find_footprint(*frame.camera, *mission.space, *mission.terrain);
        if (footprint) {
            frame.footprint = *footprint;
            placed.push_back(std::move(frame));
        } else {
            mission.gaps.push_back({mission.config.name, frame.header.path.filename().string(),
                                    why_no_ground(*frame.camera, *mission.space, *mission.terrain)});
        }
    }
    mission.frames = std::move(placed);
    rank_frames(mission, problems);
    check_references(mission, map_crs, inputs, problems);
    refuse_uncovered(mission, config, problems);
    warn_of_heights(mission, config, map_crs, cameras.pose_heights, result.warnings);
    find_suns(mission, map_crs, result.warnings);
    if (mission.config.camera == CameraKind::ortho && !config.terrain_of(mission.config).surface.empty())
        result.warnings.push_back(fmt::format(
            "mission \"{}\": orthos are taken as they are; terrain.surface is not used, and no shadows are flagged",
            mission.config.name));
    if (mission.frames.empty()) {
        std::string causes;
        for (std::size_t i = 0; i < std::min<std::size_t>(3, mission.gaps.size()); ++i)
            causes += fmt::format("; {}: {}", mission.gaps[i].what, mission.gaps[i].cause);
        Problem problem = mission.config.where;
        problem.key = "mission";
        problem.message = fmt::format("\"{}\" has no usable frame{}", mission.config.name, causes);
        problems.push_back(problem);
    }
}

/// What several missions share is wrong once.
void throw_problems(const std::vector<Problem>& problems) {
    std::vector<Problem> distinct;
    for (const Problem& problem : problems)
        if (std::none_of(distinct.begin(), distinct.end(),
                         [&](const Problem& other) { return other.text() == problem.text(); }))
            distinct.push_back(problem);
    if (!distinct.empty()) throw InputError(std::move(distinct));
}

} // namespace

Scan scan(const Config& config, TerrainOverviews* overviews, std::shared_ptr<PostCache> posts) {
    Scan result;
    std::vector<Problem> problems;
    const auto collect = [&](const auto& step) {
        try {
            step();
        } catch (const InputError& error) {
            problems.insert(problems.end(), error.problems().begin(), error.problems().end());
        }
    };
    for (const MissionConfig& mission : config.missions) {
        PlannedMission planned;
        planned.config = mission;
        read_headers(planned, config, problems);
        result.missions.push_back(std::move(planned));
    }
    throw_problems(problems);

    collect([&] {
        const bool given = !config.output.crs.empty();
        if (!given) // what is wrong is of the mission's files
            result.map_crs = mission_pose_crs(config.missions.front(), frame_files(result.missions.front()));
        try {
            if (given) result.map_crs = resolve_crs(config.output.crs);
            metres_per_unit(result.map_crs); // refuses geographic output before anything is placed
        } catch (const InputError& error) {
            std::vector<Problem> named = error.problems();
            for (Problem& problem : named) {
                if (problem.file.empty()) problem.file = config.file.string();
                problem.key = "output.crs";
                if (!given)
                    problem.message =
                        "is not set, so that it is that of the first mission's frames: " + problem.message;
            }
            throw InputError(std::move(named));
        }
    });
    throw_problems(problems);

    for (PlannedMission& mission : result.missions)
        collect([&] { place(mission, config, result.map_crs, overviews, posts, result, problems); });
    throw_problems(problems);
    return result;
}

} // namespace overflight
