// SPDX-License-Identifier: Apache-2.0
#include "flow/run.h"

#include "core/limits.h"
#include "flow/change_product.h"
#include "flow/custody.h"
#include "flow/mosaic_product.h"
#include "flow/stage_timer.h"
#include "io/frame_file.h"

#include <fmt/format.h>

namespace overflight {
Plan plan_run(const Config& config, const RunOptions& options) {
    const Limits limits = find_limits();
    const int threads = options.threads > 0      ? options.threads
                        : config.run.threads > 0 ? config.run.threads
                                                 : limits.threads;
    const std::int64_t memory_mb = options.memory_mb > 0      ? options.memory_mb
                                   : config.run.memory_mb > 0 ? config.run.memory_mb
                                                              : limits.default_memory_mb();
    set_up_gdal(std::int64_t{16} << 20);
    Plan plan = make_plan(config, threads, memory_mb << 20);
    set_up_gdal(plan.memory.gdal_cache);
    return plan;
}

int run_missions(const Config& config, const RunOptions& options, Progress& progress, RunReport& report) {
    StageTimer planning("plan", 0, report);
    const Plan plan = plan_run(config, options);
    planning.stop();
    const Execution execution{plan.threads, options.serial, options.shuffle_tiles};
    report.threads = plan.threads;
    report.memory_mb = plan.memory_bytes >> 20;
    report.warnings = plan.warnings;

    std::filesystem::create_directories(config.output.folder);
    open_log(config, report);
    MosaicChunks chunks(plan);
    for (std::size_t mission = 0; mission < plan.missions.size(); ++mission) {
        make_mosaic(plan, mission, chunks, execution, progress, report);
        return_free_memory(plan.memory_bytes / 2);
    }
    for (std::size_t change = 0; change < plan.changes.size(); ++change) {
        detect_change(plan, change, chunks, execution, progress, report);
        return_free_memory(plan.memory_bytes / 2);
    }

    return report.gaps.empty() ? 0 : 1;
}

std::string describe_plan(const Config& config, const RunOptions& options) {
    return describe(plan_run(config, options));
}

} // namespace overflight
