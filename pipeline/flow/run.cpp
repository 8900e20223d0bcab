// SPDX-License-Identifier: Apache-2.0
#include "flow/run.h"

#include "core/change_series.h"
#include "core/errors.h"
#include "core/limits.h"
#include "flow/change_product.h"
#include "flow/custody.h"
#include "flow/disk_use.h"
#include "flow/folder_lock.h"
#include "flow/known_terrain.h"
#include "flow/mosaic_product.h"
#include "flow/shared_findings.h"
#include "flow/stage_timer.h"
#include "flow/step_status.h"
#include "flow/survey.h"
#include "flow/survey_file.h"
#include "flow/timeline_product.h"
#include "flow/work_folder.h"
#include "io/frame_file.h"
#include "stages/ground_resolution.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <future>
#include <iterator>
#include <list>
#include <stdexcept>
#include <vector>

namespace overflight {
namespace {

/// How many threads a run has. Asked for before it has any: so many share the memory.
int find_threads(const Config& config, const RunOptions& options) {
    const int threads = options.threads > 0      ? options.threads
                        : config.run.threads > 0 ? config.run.threads
                                                 : find_limits().threads;
    keep_free_memory(threads);
    return threads;
}

Plan plan_run(const Config& config, const RunOptions& options, int threads, std::optional<StepKind> from,
              KnownTerrain& terrain) {
    const std::int64_t memory_mb = options.memory_mb > 0      ? options.memory_mb
                                   : config.run.memory_mb > 0 ? config.run.memory_mb
                                                              : find_limits().default_memory_mb();
    set_up_gdal(std::int64_t{16} << 20);
    Plan plan = make_plan(config, threads, memory_mb << 20, from ? disk_use(config, *from) : DiskUse(), &terrain);
    set_up_gdal(plan.memory.gdal_cache);
    return plan;
}

void check_mission(const Config& config, const std::string& name) {
    if (name.empty()) return;
    std::vector<std::string> names;
    for (const MissionConfig& mission : config.missions) names.push_back(mission.name);
    if (std::ranges::find(names, name) == names.end())
        throw InputError(
            Problem{.file = config.file.string(),
                    .key = "--mission",
                    .message = fmt::format("found \"{}\"; missions are {}", name, fmt::join(names, ", "))});
}

/// What a step makes whole is its own meanwhile; shards have files of their own, whoever makes them.
std::list<FolderLock> lock_products(const Config& config, const std::string& mission, StepKind kind) {
    std::list<FolderLock> locks;
    if (kind == StepKind::survey || kind == StepKind::merge)
        for (const MissionConfig& each : config.missions)
            if (mission.empty() || each.name == mission)
                locks.emplace_back(config.output.folder, WorkFolder(config, each.name).path(), name_of(kind));
    if (kind == StepKind::finish)
        for (const ChangeConfig& each : config.changes)
            locks.emplace_back(config.output.folder, WorkFolder(config, change_name(each)).path(), name_of(kind));
    return locks;
}

/// Plans, then does the work on a folder that is there.
RunOutcome carry_out(const Config& config, const RunOptions& options, Progress& progress, RunReport& report,
                     bool logged, std::optional<StepKind> kind,
                     const std::function<void(const Step&, MosaicChunks&)>& work) {
    check_mission(config, options.mission);
    StageTimer planning("plan", 0, report);
    HashesAhead hashes;
    KnownTerrain terrain;
    const bool surveys = !kind || kind == StepKind::survey;
    const int threads = find_threads(config, options);
    const bool beside = !options.serial && threads > 1;
    if (!(surveys && options.force)) terrain.read(config);
    if (surveys && beside)
        for (const FileState& file : terrain.unknown(config, options.mission)) hashes.begin(file);
    const Plan plan = plan_run(config, options, threads, kind, terrain);
    planning.stop();
    const Execution execution{plan.threads, options.serial, options.shuffle_tiles};
    report.threads = plan.threads;
    report.memory_mb = plan.memory_bytes >> 20;
    report.warnings = plan.warnings;
    std::filesystem::create_directories(config.output.folder);
    const FolderLock lock(config.output.folder, !kind);
    const std::list<FolderLock> own = kind ? lock_products(config, options.mission, *kind) : std::list<FolderLock>();
    if (logged) open_log(config, report);
    std::future<void> known = start_work(beside, [&] {
        for (const PlannedMission& mission : plan.missions)
            if (surveys && (options.mission.empty() || mission.config.name == options.mission))
                terrain.write(config, mission);
    });
    if (!beside) known.get();
    const auto chunks = std::make_shared<MosaicChunks>(plan);
    Publications publications(report, plan.threads);
    SharedFindings shared(hashes);
    work({plan, execution, progress, report, publications, shared, options.force}, *chunks);
    publications.settle();
    if (beside) known.get();
    return {report.gaps.empty() ? 0 : 1, chunks};
}

/// In their order, but for those that prefer the views of another: they come last, as they need its seams.
void for_each_mission(const Step& step, const std::string& only, const std::function<void(std::size_t)>& work) {
    for (const bool matched : {false, true}) {
        for (std::size_t mission = 0; mission < step.plan.missions.size(); ++mission) {
            const MissionConfig& config = step.plan.missions[mission].config;
            if (config.match_view_of.empty() == matched || (!only.empty() && config.name != only)) continue;
            work(mission);
            return_free_memory(step.plan.memory_bytes / 2);
        }
    }
}

void for_each_change(const Step& step, const std::function<void(std::size_t)>& work) {
    for (std::size_t change = 0; change < step.plan.changes.size(); ++change) {
        work(change);
        return_free_memory(step.plan.memory_bytes / 2);
    }
}

void report_agreement(const Step& step, std::size_t number, const Survey& survey) {
    const PlannedMission& mission = step.plan.missions[number];
    const FrameAgreement& found = survey.agreement;
    step.report.agreements.push_back({mission.config.name, found.places, found.fitting, found.shift_m});
    if (std::string warning = agreement_warning(mission, found); !warning.empty())
        step.report.warnings.push_back(std::move(warning));
}

/// The merge that put a mission's mosaic together, as its file says; null where there is none.
const StepStatus* merge_of(const std::string& mission, const std::vector<StepStatus>& statuses) {
    const StepStatus* last = nullptr;
    for (const StepStatus& status : statuses)
        if (status.step == "merge" && (status.part.empty() || status.part == mission) &&
            (status.state == "done" || status.state == "incomplete") && (!last || status.updated >= last->updated))
            last = &status;
    return last;
}

/// The last step reports for all: what is missing in the mosaics, how long the steps took. Shards may have been made
/// anew since they missed something: what counts is what was taken from them, here and in the merge.
void report_steps(const Step& step) {
    RunReport& report = step.report;
    const std::vector<StepStatus> statuses = read_statuses(step.plan.config.output.folder);
    for (std::size_t number = 0; number < step.plan.missions.size(); ++number) {
        const PlannedMission& mission = step.plan.missions[number];
        const WorkFolder work(step.plan.config, mission.config.name);
        if (const auto stored = read_survey(work.survey(), mission)) // may be gone by now, or of earlier frames
            report_agreement(step, number, stored->survey);
        report.resolutions.push_back(
            resolution_summary(mission.config.name, mission.frames, step.plan.config.resolution));
        const std::filesystem::path path = product_path(step.plan.config, mission.config.name);
        record_published(ProductKind::mosaic, path, report);
        if (const StepStatus* merge = merge_of(mission.config.name, statuses))
            std::ranges::copy_if(merge->gaps, std::back_inserter(report.gaps),
                                 [&](const RunReport::Gap& gap) { return gap.product == path.filename().string(); });
    }
    for (const StepStatus& status : statuses) {
        if (status.step == "run" || status.step == "finish") continue;
        report.stages.insert(report.stages.end(), status.stages.begin(), status.stages.end());
        for (const std::string& warning : status.warnings)
            if (std::find(report.warnings.begin(), report.warnings.end(), warning) == report.warnings.end())
                report.warnings.push_back(warning);
        if (status.computed + status.reused > 0)
            report.tiles.push_back({status.part, status.step, status.computed, status.reused, {}});
    }
}

} // namespace

Plan plan_run(const Config& config, const RunOptions& options, std::optional<StepKind> from) {
    KnownTerrain terrain;
    terrain.read(config);
    return plan_run(config, options, find_threads(config, options), from, terrain);
}

RunOutcome run_missions(const Config& config, const RunOptions& options, Progress& progress, RunReport& report) {
    return carry_out(
        config, options, progress, report, true, std::nullopt, [&](const Step& step, MosaicChunks& chunks) {
            for_each_mission(step, "", [&](std::size_t mission) {
                MissionFrames frames(step.plan, mission);
                const Survey survey = survey_mission(step, mission, frames);
                report_agreement(step, mission, survey);
                make_mosaic(step, mission, survey, frames, Gathering::make, &chunks);
            });
            for_each_change(step, [&](std::size_t change) { make_change(step, change, Gathering::make, chunks); });
            make_timelines(step);
        });
}

RunOutcome run_step(StepKind kind, const Config& config, const RunOptions& options, Progress& progress,
                    RunReport& report) {
    const bool shard = kind == StepKind::compose || kind == StepKind::detect; // many at a time: one log is not for them
    return carry_out(config, options, progress, report, !shard, kind, [&](const Step& step, MosaicChunks& chunks) {
        switch (kind) {
        case StepKind::survey:
            if (options.mission.empty()) forget_statuses(config.output.folder);
            return for_each_mission(step, options.mission, [&](std::size_t mission) {
                MissionFrames frames(step.plan, mission);
                report_agreement(step, mission, survey_mission(step, mission, frames));
            });
        case StepKind::compose:
            return for_each_mission(step, options.mission,
                                    [&](std::size_t mission) { compose_shards(step, mission, options.shards); });
        case StepKind::merge:
            for_each_mission(step, options.mission, [&](std::size_t mission) {
                MissionFrames frames(step.plan, mission);
                make_mosaic(step, mission, stored_survey(step.plan, mission), frames, Gathering::merge, nullptr);
            });
            if (!options.mission.empty()) return;
            return for_each_change(step, [&](std::size_t change) { model_change(step, change, chunks); });
        case StepKind::detect:
            return for_each_change(step,
                                   [&](std::size_t change) { score_shards(step, change, options.shards, chunks); });
        case StepKind::finish:
            report_steps(step);
            for_each_change(step, [&](std::size_t change) { make_change(step, change, Gathering::merge, chunks); });
            return make_timelines(step);
        }
    });
}

std::string describe_plan(const Config& config, const RunOptions& options) {
    const Plan plan = plan_run(config, options);
    std::string text = describe(plan);
    if (!std::filesystem::exists(config.output.folder / ".work")) return text;
    const Execution execution{plan.threads, false, false};
    NoProgress silent;
    RunReport unused;
    Publications none(unused, plan.threads);
    const HashesAhead nothing;
    SharedFindings shared(nothing);
    const Step step{plan, execution, silent, unused, none, shared, false};
    bool mosaics_stay = true;
    for (std::size_t mission = 0; mission < plan.missions.size(); ++mission) {
        const MosaicOutlook outlook = mosaic_outlook(step, mission);
        mosaics_stay = mosaics_stay && outlook.to_make == 0 &&
                       std::filesystem::exists(product_path(config, plan.missions[mission].config.name));
        text += fmt::format("redo        {}: {}\n", plan.missions[mission].config.name, outlook.sentence());
    }
    MosaicChunks chunks(plan);
    for (std::size_t change = 0; change < plan.changes.size(); ++change) {
        std::string outlook = "as the mosaics come out";
        try {
            if (mosaics_stay) outlook = change_outlook(step, change, chunks);
        } catch (const std::runtime_error&) { // a mosaic is damaged: a run makes it anew
        }
        text += fmt::format("            {}__{}: {}\n", plan.changes[change].config.before,
                            plan.changes[change].config.after, outlook);
    }
    return text;
}

} // namespace overflight
