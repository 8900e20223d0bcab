// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "core/progress.h"
#include "core/report.h"
#include "graph.h"
#include "stages/plan.h"

#include <cstdint>
#include <string>

namespace overflight {

/// How a run is carried out; nothing here changes a product.
struct RunOptions {
    int threads = 0;            ///< 0: by the config, then by the machine, cgroup or Slurm allocation
    std::int64_t memory_mb = 0; ///< 0: likewise
    bool serial = false;        ///< a plain loop in place of the graph
    bool shuffle_tiles = false;
};

/// A whole run: scan, plan, every mission's mosaic, every change product, the report beside them.
/// Returns the exit code: 0, or 1 where something is missing (see the report). Throws InputError before any work
/// starts, RunError and Cancelled during it. `report` arrives with program, host and config and is filled in.
int run_missions(const Config& config, const RunOptions& options, Progress& progress, RunReport& report);

/// All checks, and the plan of what a run with these options would do. Throws InputError.
Plan plan_run(const Config& config, const RunOptions& options);

/// What `plan` prints: all checks, then the plan in words.
std::string describe_plan(const Config& config, const RunOptions& options);

} // namespace overflight
