// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/progress.h"
#include "core/report.h"
#include "flow/mosaic_chunks.h"
#include "graph.h"
#include "stages/plan.h"

#include <filesystem>
#include <string>

namespace overflight {

/// Where the product of a mission or of a pair of missions goes: <folder>/<name>.<extension>.
std::filesystem::path product_path(const Config& config, const std::string& name);

/// One mission, by its number in the plan: hash the inputs, survey the overlaps, solve the balance, compose and write
/// every tile, publish. What a change will read again is kept in `chunks`.
void make_mosaic(const Plan& plan, std::size_t mission, MosaicChunks& chunks, const Execution& execution,
                 Progress& progress, RunReport& report);

} // namespace overflight
