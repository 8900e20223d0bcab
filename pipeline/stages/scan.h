// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/plan.h"

#include <memory>
#include <string>
#include <vector>

namespace overflight {

struct Scan {
    std::string map_crs;                  ///< WKT of the output CRS
    std::vector<PlannedMission> missions; ///< without grids
    std::vector<std::string> warnings;
};

/// Reads the headers of all frames, poses, cameras and terrain, and projects the footprints; decodes nothing.
/// A frame that cannot be used (unreadable, without pose, of other bands than its mission) is a gap of its mission;
/// everything else that is wrong is thrown as one InputError. `overviews`: of terrain that was opened before;
/// `posts` holds decoded posts (none given: each model for itself).
Scan scan(const Config& config, TerrainOverviews* overviews = nullptr, std::shared_ptr<PostCache> posts = nullptr);

} // namespace overflight
