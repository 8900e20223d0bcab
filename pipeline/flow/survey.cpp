// SPDX-License-Identifier: Apache-2.0
#include "flow/survey.h"

#include "core/errors.h"
#include "flow/input_hashing.h"
#include "flow/overlap_checkpoint.h"
#include "flow/seam_placement.h"
#include "flow/shared_findings.h"
#include "flow/stage_timer.h"
#include "flow/survey_file.h"
#include "flow/tile_key.h"
#include "flow/work_folder.h"
#include "stages/adjustment_file.h"
#include "stages/balance_survey.h"
#include "stages/frame_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>

namespace overflight {
namespace {

std::vector<std::filesystem::path> files_of(const PlannedMission& mission) {
    std::vector<std::filesystem::path> files;
    for (const PlannedFrame& frame : mission.frames) files.push_back(frame.header.path);
    files.insert(files.end(), mission.inputs.begin(), mission.inputs.end());
    return files;
}

/// Number of the mission whose views are preferred.
std::optional<std::size_t> matched_mission(const Plan& plan, const PlannedMission& mission) {
    for (std::size_t i = 0; i < plan.missions.size(); ++i)
        if (mission.matched_views && plan.missions[i].config.name == mission.config.match_view_of) return i;
    return {};
}

/// Seams of the mission whose views are preferred, as its last survey left them; none where there is no such mission,
/// or no survey of it yet.
std::optional<SeamMap> matched_seams(const Plan& plan, const PlannedMission& mission) {
    const auto other = matched_mission(plan, mission);
    if (!other) return {};
    auto stored =
        read_survey(WorkFolder(plan.config, plan.missions[*other].config.name).survey(), plan.missions[*other]);
    if (!stored || stored->survey.seams.empty()) return {};
    return std::move(stored->survey.seams);
}

/// Files that are not what a stored survey saw. `remote_stay`: those of which the file system knows nothing count as
/// the same.
std::vector<std::string> changed_files(const StoredSurvey& stored, const std::vector<FileState>& files,
                                       bool remote_stay) {
    std::vector<std::string> names;
    std::unordered_map<std::string, const FileState*> before;
    for (const FileState& file : stored.files) before[file.path] = &file;
    for (const FileState& file : files) {
        const auto found = before.find(file.path);
        const bool remote = remote_stay && found != before.end() && found->second->bytes < 0 && file.bytes < 0;
        if (found == before.end() || (!remote && !found->second->same_as(file)))
            names.push_back(std::filesystem::path(file.path).filename().string());
        if (found != before.end()) before.erase(found);
    }
    for (const auto& [path, file] : before)
        names.push_back(std::filesystem::path(path).filename().string() + " (gone)");
    std::sort(names.begin(), names.end());
    return names;
}

/// By what a camera does and not by what it is: positions of points of the ground, a lattice over the footprint at two
/// heights. Whatever changes where the frame's pixels lie changes them.
ShortDigest geometry_of(const PlannedMission& mission, const PlannedFrame& frame) {
    constexpr int nodes = 4;
    const HeightRange range = mission.terrain->range();
    const Bounds& b = frame.footprint.bounds;
    std::vector<Eigen::Vector3d> ground;
    for (const double height : {double{range.min}, double{range.max} + 1})
        for (int row = 0; row < nodes; ++row)
            for (int col = 0; col < nodes; ++col)
                ground.emplace_back(b.xmin + (b.xmax - b.xmin) * col / (nodes - 1.0),
                                    b.ymin + (b.ymax - b.ymin) * row / (nodes - 1.0), height);
    mission.space->from_map(ground);
    KeyHash hash;
    for (const Eigen::Vector3d& point : ground) {
        const ImagePoint image = frame.camera->project(point);
        for (const double value : {image.u, image.v, image.w, frame.camera->off_nadir_tangent(point)})
            hash.add(std::isnan(value) ? 0.0 : value);
    }
    for (const auto& [x, y] : frame.footprint.outline) hash.add(x).add(y);
    if (frame.sun >= 0) {
        const SunPosition& sun = mission.suns[static_cast<std::size_t>(frame.sun)];
        hash.add(sun.azimuth).add(sun.elevation);
    }
    hash.add(frame.footprint.sampling_distance)
        .add(frame.widening)
        .add(frame.uneven)
        .add(frame.camera->width)
        .add(frame.camera->height);
    return hash.finish();
}

/// The mission whose views are preferred, by its cameras; of none where there is no such mission.
ShortDigest matched_views(const Plan& plan, const PlannedMission& mission) {
    KeyHash views;
    if (const auto other = matched_mission(plan, mission))
        for (const PlannedFrame& frame : plan.missions[*other].frames)
            views.add(geometry_of(plan.missions[*other], frame));
    return views.finish();
}

/// Of all frames; where a mission prefers the views of another, the other's count for each of its own.
std::vector<ShortDigest> geometries_of(const Plan& plan, const PlannedMission& mission) {
    const ShortDigest views = matched_views(plan, mission);
    std::vector<ShortDigest> geometries;
    for (const PlannedFrame& frame : mission.frames)
        geometries.push_back(KeyHash().add(geometry_of(mission, frame)).add(views).finish());
    return geometries;
}

/// Of the frame that the balance leaves as it is; empty where there is none.
std::string reference_name(const PlannedMission& mission) {
    const auto found = std::ranges::find(mission.frames, mission.config.reference_frame,
                                         [](const PlannedFrame& frame) { return frame.header.path; });
    if (found == mission.frames.end()) return "";
    return frame_names(mission)[static_cast<std::size_t>(found - mission.frames.begin())];
}

/// What a survey depends on beside its files.
ShortDigest settings_of(const Plan& plan, const PlannedMission& mission, const std::optional<SeamMap>& matched) {
    KeyHash hash;
    if (matched) hash.add(matched->to_text());
    return hash.add(matched_views(plan, mission))
        .add(survey_version)
        .add(content_keys(plan.config, mission.config))
        .add(mosaic_settings(plan, mission))
        .add(reference_name(mission))
        .add(state_of_models(mission))
        .finish();
}

/// Of the ground under each tile. That of a surface stands in keys whole, as what hides a tile may stand far away.
std::vector<ShortDigest> terrain_of(const Step& step, const PlannedMission& mission) {
    const Tiling tiling(mission.grid);
    std::vector<ShortDigest> digests(static_cast<std::size_t>(tiling.count()));
    const ShortDigest place = KeyHash().add(mission.terrain->georeference()).finish();
    if (mission.terrain == mission.surface) {
        std::ranges::fill(digests, place);
        return digests;
    }
    const TerrainConfig& terrain = step.plan.config.terrain_of(mission.config);
    const Grid& grid = mission.grid;
    std::vector<ShortDigest>& known = step.shared.ground(KeyHash()
                                                             .add(place)
                                                             .add(terrain.file.string())
                                                             .add(grid.west)
                                                             .add(grid.north)
                                                             .add(grid.resolution)
                                                             .add(grid.width)
                                                             .add(grid.height)
                                                             .finish());
    known.resize(digests.size());
    for_each_in_order(
        tiling.count(), slots_for(step.execution), step.execution,
        [&](std::int64_t tile, int) {
            if (mission.tile_frames.at(tile).empty()) return;
            ShortDigest& digest = known[static_cast<std::size_t>(tile)];
            if (digest == ShortDigest{}) {
                KeyHash hash;
                hash.add(place);
                mission.terrain->posts_under(grid, tiling.window(tile),
                                             [&](std::span<const std::byte> posts) { hash.add_bytes(posts); });
                digest = hash.finish();
            }
            digests[static_cast<std::size_t>(tile)] = digest;
        },
        [](std::int64_t, int) {});
    return digests;
}

constexpr std::int64_t reference_cache_bytes = std::int64_t{32} << 20;

bool balances(const MosaicConfig& config, const PlannedMission& mission) {
    return config.balance != Balance::none && (mission.frames.size() > 1 || !mission.config.reference_mosaic.empty());
}

/// What the overlaps of a mission's frames come from.
ShortDigest key_of_overlaps(const StoredSurvey& survey) {
    KeyHash key;
    key.add(survey.settings);
    for (const FileState& file : survey.files)
        key.add(file.path).add(file.bytes).add(file.modified_ns).add(file.changed_ns);
    return key.finish();
}

/// What frames show of the same ground.
Overlaps compare_overlaps(const Step& step, const PlannedMission& mission, MissionFrames& frames,
                          OverlapCheckpoint& checkpoint) {
    FrameCache& cache = frames.cache();
    std::optional<BalanceReference> reference;
    if (!mission.config.reference_mosaic.empty()) reference.emplace(mission, mission.grid.crs_wkt);
    FrameCache* reference_cache = reference ? &reference->cache(reference_cache_bytes) : nullptr;
    const auto windows = survey_windows(mission, reference ? 1 : 2);
    Overlaps overlaps;
    const std::int64_t first = step.force ? 0 : checkpoint.resume(overlaps),
                       count = static_cast<std::int64_t>(windows.size()) - first;
    step.progress.begin("survey " + mission.config.name, static_cast<double>(count), "windows");
    std::vector<Overlaps> in_flight(static_cast<std::size_t>(slots_for(step.execution)));
    for_each_in_order(
        count, slots_for(step.execution), step.execution,
        [&](std::int64_t index, int slot) {
            const auto& [tile, window] = windows[static_cast<std::size_t>(first + index)];
            in_flight[static_cast<std::size_t>(slot)] =
                survey_window(mission, cache, tile, window, reference ? &*reference : nullptr, reference_cache);
        },
        [&](std::int64_t index, int slot) {
            overlaps.append(in_flight[static_cast<std::size_t>(slot)]);
            // with damage the frames are read once more, so that it is told of
            if (checkpoint.due() && frames.damage().empty()) checkpoint.write(first + index + 1, overlaps);
            step.progress.advance(1);
        });
    step.progress.end();
    if (frames.damage().empty() && count > 0) checkpoint.write(first + count, overlaps);
    return overlaps;
}

FrameAgreement compare_frames(const Step& step, const PlannedMission& mission, FrameCache& cache) {
    const FrameComparison comparison(mission);
    std::vector<std::optional<float>> shifts(comparison.windows().size());
    for_each_in_order(
        static_cast<std::int64_t>(shifts.size()), slots_for(step.execution), step.execution,
        [&](std::int64_t index, int) {
            const auto i = static_cast<std::size_t>(index);
            shifts[i] = comparison.shift_m(comparison.windows()[i], cache);
        },
        [](std::int64_t, int) {});
    return comparison.agreement(shifts);
}

bool whole(const StoredSurvey& stored) {
    return stored.survey.damage.empty() && std::all_of(stored.survey.hashes.begin(), stored.survey.hashes.end(),
                                                       [](const FileHash& hash) { return hash.trouble.empty(); });
}

bool is_current(const StoredSurvey& stored, const StoredSurvey& now) {
    return stored.settings == now.settings && whole(stored) && changed_files(stored, now.files, false).empty();
}

/// Fingerprints of cameras and ground.
Survey survey_geometry(const Step& step, const PlannedMission& mission) {
    Survey survey;
    survey.geometry = geometries_of(step.plan, mission);
    survey.terrain = terrain_of(step, mission);
    return survey;
}

void take_hashes(const PlannedMission& mission, std::vector<FileHash> hashes, Survey& survey) {
    survey.hashes = std::move(hashes);
    for (std::size_t i = 0; i < mission.frames.size(); ++i)
        if (!survey.hashes[i].trouble.empty())
            survey.damage.emplace_back(
                fmt::format("SHA-256 of frame {}", mission.frames[i].header.path.filename().string()),
                survey.hashes[i].trouble);
}

} // namespace

Survey survey_mission(const Step& step, std::size_t number, MissionFrames& frames) {
    const PlannedMission& mission = step.plan.missions[number];
    const WorkFolder work(step.plan.config, mission.config.name);
    std::filesystem::create_directories(work.path());
    std::optional<SeamMap> matched;
    if (const auto other = matched_mission(step.plan, mission)) matched = stored_survey(step.plan, *other).seams;
    StoredSurvey fresh;
    fresh.settings = settings_of(step.plan, mission, matched);
    fresh.files = states_of(files_of(mission));
    std::optional<StoredSurvey> before;
    if (!step.force) before = read_survey(work.survey(), mission);
    const MosaicConfig& mosaic = step.plan.config.mosaic;
    const auto adjustment = adjustment_path(step.plan.config.output.folder, mission.config.name);
    if (before && is_current(*before, fresh)) {
        if (mosaic.adjustment.empty() && balances(mosaic, mission))
            write_adjustment(adjustment, mission, before->survey.balance);
        return std::move(before->survey);
    }

    InputHashing hashing(step, mission, fresh.files, before, work.survey());
    fresh.survey = survey_geometry(step, mission);
    Survey& survey = fresh.survey;
    bool incomparable = false;
    if (!mosaic.adjustment.empty()) {
        survey.balance = read_adjustment(adjustment_path(mosaic.adjustment, mission.config.name), mission);
    } else if (balances(mosaic, mission)) {
        StageTimer surveying("survey " + mission.config.name, 0, step.report);
        OverlapCheckpoint checkpoint(work.overlaps(), key_of_overlaps(fresh), step.plan.config.run.checkpoint_s);
        const Overlaps overlaps = compare_overlaps(step, mission, frames, checkpoint);
        incomparable = overlaps.pairs.empty();
        survey.balance = solve_balance(balance_task(mission, mosaic), overlaps);
        surveying.stop();
        write_adjustment(adjustment, mission, survey.balance);
    }
    survey.agreement = compare_frames(step, mission, frames.cache());
    if (incomparable && survey.agreement.places > 0)
        step.report.warnings.push_back(fmt::format(
            "mission {}: frames overlap, but hold no samples there that are neither clipped nor next to 0; their "
            "brightness is left as it is",
            mission.config.name));
    StageTimer placing("seams " + mission.config.name, 0, step.report);
    survey.seams = place_seams(mission, mosaic, survey.balance, matched ? &*matched : nullptr, step.plan.memory_bytes,
                               frames.cache(), step.execution, step.progress);
    placing.stop();
    take_hashes(mission, hashing.take(), survey);
    for (std::size_t i = 0; i < fresh.files.size(); ++i) fresh.files[i].sha256 = survey.hashes[i].sha256;
    step.shared.keep(fresh.files);
    for (const auto& damage : frames.damage()) survey.damage.emplace_back(damage.what, damage.cause);
    write_survey(work.survey(), fresh, mission);
    std::filesystem::remove(work.overlaps());
    return std::move(fresh.survey);
}

Survey expected_survey(const Step& step, std::size_t number, bool& balance_known) {
    const PlannedMission& mission = step.plan.missions[number];
    const WorkFolder work(step.plan.config, mission.config.name);
    StoredSurvey fresh;
    fresh.settings = settings_of(step.plan, mission, matched_seams(step.plan, mission));
    fresh.files = states_of(files_of(mission));
    std::optional<StoredSurvey> before = read_survey(work.survey(), mission);
    balance_known = true;
    if (before && is_current(*before, fresh)) return std::move(before->survey);
    InputHashing hashing(step, mission, fresh.files, before, std::nullopt);
    Survey survey = survey_geometry(step, mission);
    take_hashes(mission, hashing.take(), survey);
    const MosaicConfig& mosaic = step.plan.config.mosaic;
    if (!mosaic.adjustment.empty()) {
        survey.balance = read_adjustment(adjustment_path(mosaic.adjustment, mission.config.name), mission);
    } else if (balances(mosaic, mission)) {
        balance_known = false;
        if (before && before->settings != ShortDigest{}) survey.balance = before->survey.balance;
    }
    if (mission.frames.size() > 1 && mosaic.seams == Seams::optimal) balance_known = false;
    if (before && before->settings != ShortDigest{}) survey.seams = before->survey.seams;
    return survey;
}

Survey stored_survey(const Plan& plan, std::size_t number) {
    const PlannedMission& mission = plan.missions[number];
    const WorkFolder work(plan.config, mission.config.name);
    std::optional<StoredSurvey> stored = read_survey(work.survey(), mission);
    const auto refuse = [&](const std::string& why) {
        throw RunError(
            fmt::format("mission {}: {}; run overflight survey with this config first", mission.config.name, why));
    };
    if (!stored) refuse(fmt::format("there is no survey in {}", work.survey().string()));
    if (stored->settings != settings_of(plan, mission, matched_seams(plan, mission)))
        refuse("the survey was made with other settings");
    const std::vector<std::string> changed = changed_files(*stored, states_of(files_of(mission)), true);
    if (!changed.empty())
        refuse(fmt::format("changed since the survey: {}{}", changed.front(),
                           changed.size() > 1 ? fmt::format(" and {} more", changed.size() - 1) : ""));
    return std::move(stored->survey);
}

} // namespace overflight
