// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/plan.h"

#include <cstdint>

namespace overflight {

/// What the steps of a run cost: an estimate from the sizes in the plan and rates measured with bench/chain, to ask a
/// batch system for time with, and printed as an estimate.
struct StepEstimate {
    /// Of one core for what can be divided among cores and tasks, of the task for what is bound by the file system.
    double survey_s = 0;  ///< hashes of every input, frames at reduced scale
    double compose_s = 0; ///< mosaic tiles
    double merge_s = 0;   ///< chunks into the mosaics
    double model_s = 0;   ///< registration and statistics of the changes, by the step that merges
    double detect_s = 0;  ///< change tiles
    double finish_s = 0;  ///< chunks into the change products, the report

    std::int64_t mosaic_tiles = 0; ///< that hold data
    std::int64_t change_tiles = 0;
    std::uintmax_t input_bytes = 0; ///< frames as stored

    /// Seconds of a whole run on one machine.
    double run_seconds(int threads) const {
        return (survey_s + compose_s + model_s + detect_s) / threads + merge_s + finish_s;
    }
};

StepEstimate estimate_steps(const Plan& plan);

} // namespace overflight
