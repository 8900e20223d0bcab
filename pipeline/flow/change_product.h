// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/progress.h"
#include "core/report.h"
#include "flow/mosaic_chunks.h"
#include "graph.h"
#include "stages/plan.h"

namespace overflight {

/// One pair of missions, by its number in the plan, from their published mosaics: register, gather statistics, score
/// every tile, decide on thresholds, decide every tile, publish.
void detect_change(const Plan& plan, std::size_t change, MosaicChunks& chunks, const Execution& execution,
                   Progress& progress, RunReport& report);

} // namespace overflight
