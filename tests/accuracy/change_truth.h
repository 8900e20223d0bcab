// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accuracy/flown_scene.h"
#include "simulation/score.h"

#include <string>

namespace overflight::accuracy {

/// What changed from one mission of the scene to another, written as the simulator does for those in a row.
struct ChangeTruth {
    std::filesystem::path raster, objects; ///< no objects where nothing changed
};
ChangeTruth change_truth(const FlownScene& scene, const std::string& before, const std::string& after);

/// The change product of a run against it.
ChangeScore score_of(const Config& config, const std::string& before, const std::string& after,
                     const ChangeTruth& truth);

} // namespace overflight::accuracy
