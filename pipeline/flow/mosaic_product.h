// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/progress.h"
#include "core/report.h"
#include "graph.h"
#include "stages/plan.h"

#include <filesystem>
#include <string>

namespace overflight {

/// Where the product of a mission or of a pair of missions goes: <folder>/<name>.<extension>.
std::filesystem::path product_path(const Config& config, const std::string& name);

/// One mission: hash the inputs, survey the overlaps, solve the balance, compose and write every tile, publish.
void make_mosaic(const Plan& plan, const PlannedMission& mission, const Execution& execution, Progress& progress,
                 RunReport& report);

} // namespace overflight
