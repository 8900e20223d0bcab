// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/progress.h"

#include <filesystem>
#include <string>

namespace overflight {

/// Renders the missions that a scene file describes, with all that is known about them:
///   <folder>/overflight.toml                      a run config for the missions
///   <folder>/terrain/dtm.tif, dsm_<mission>.tif   ground as it was rendered; ground and what stands on it
///   <folder>/<mission>/frames/<name>.tif          with <name>_RPC.TXT beside it
///   <folder>/<mission>/interior.yaml, exterior.csv (as flown, with errors), exterior_true.csv, .prj
///   <folder>/truth/ortho_<mission>.tif, shadow_<mission>.tif (1 in shadow)
///   <folder>/truth/change_<first>_<later>.tif (1 changed), changes_<first>_<later>.geojson
///   <folder>/truth/occlusion_<mission>/<name>.tif (0 seen, 1 hidden, 255 not in the frame)
///   <folder>/truth/check_points_<mission>.csv     ground and frame coordinates by the true pose
/// Same scene file, same bytes, for any number of threads (0: as many as the machine has).
/// Throws InputError for a bad scene file, with every problem, before anything is written; RunError for a full disk.
void simulate(const std::filesystem::path& scene_toml, Progress& progress, int threads = 0);

/// Every key of a scene file with its default and help, as commented TOML.
std::string scene_reference();

} // namespace overflight
