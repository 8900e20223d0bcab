// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "core/progress.h"
#include "core/report.h"
#include "flow/mosaic_chunks.h"
#include "flow/shard.h"
#include "flow/step_kind.h"
#include "graph.h"
#include "stages/plan.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace overflight {

/// How a run is carried out; nothing here changes a product.
struct RunOptions {
    int threads = 0;            ///< 0: by the config, then by the machine, cgroup or Slurm allocation
    std::int64_t memory_mb = 0; ///< 0: likewise
    bool serial = false;        ///< a plain loop in place of the graph
    bool shuffle_tiles = false;
    bool force = false;  ///< nothing that was finished before is used
    std::string mission; ///< the only one that survey, compose and merge work on; empty: all
    ShardRange shards;   ///< of compose and detect
};

/// Scan and plan with the threads and the memory that the options, the config and the machine allow. Throws InputError.
/// `from`: the first of the steps that are yet to be done in parts, none for a run in one.
Plan plan_run(const Config& config, const RunOptions& options, std::optional<StepKind> from = std::nullopt);

/// What a run or a step leaves beside its files.
struct RunOutcome {
    int exit_code = 0;                    ///< 0, or 1 where something is missing (see the report)
    std::shared_ptr<MosaicChunks> chunks; ///< for who reads the products next
};

/// All steps in this process. Tiles that are finished already, in products, in shards or in what a killed run left, are
/// taken as they are. Throws InputError before any work starts, RunError and Cancelled during it. `report` arrives with
/// program, host and config and is filled in.
RunOutcome run_missions(const Config& config, const RunOptions& options, Progress& progress, RunReport& report);

/// One step; likewise.
RunOutcome run_step(StepKind kind, const Config& config, const RunOptions& options, Progress& progress,
                    RunReport& report);

/// What `plan` prints: all checks, then the plan in words.
std::string describe_plan(const Config& config, const RunOptions& options);

} // namespace overflight
