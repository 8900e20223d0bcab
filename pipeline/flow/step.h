// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/progress.h"
#include "core/report.h"
#include "flow/publications.h"
#include "graph.h"
#include "stages/plan.h"

namespace overflight {

class SharedFindings;

/// What every step works with.
struct Step {
    const Plan& plan;
    const Execution& execution;
    Progress& progress;
    RunReport& report;
    Publications& publications;
    SharedFindings& shared;
    bool force = false; ///< nothing that was finished before is used
};

} // namespace overflight
