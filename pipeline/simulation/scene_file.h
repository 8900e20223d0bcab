// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulation/scene_settings.h"

namespace overflight::simulation {

/// Reads and checks a scene file. Throws InputError with every problem, by file, line and column.
Settings load_scene(const std::filesystem::path& file);

} // namespace overflight::simulation
