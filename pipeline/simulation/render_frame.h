// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulation/raster_files.h"
#include "simulation/sight_lines.h"
#include "simulation/workers.h"

#include <functional>
#include <vector>

namespace overflight::simulation {

/// Full scale of the samples per unit of radiance at exposure 1: a reflectance of about 0.45 in full sun is white.
inline constexpr double radiance_scale = 2.6;

/// Takes one frame: casts a line of sight a pixel, four more where neighbours see different things, and hands over
/// strips of rows (pixel-interleaved samples of output.bits) from the top. The same samples for any number of threads.
/// `views`: one a worker, at the mission's date.
void render_frame(const Exposure& exposure, const MissionSettings& mission, const SightLines& lines,
                  const OutputSettings& output, const Scene& scene, const Workers& workers,
                  std::vector<SceneView>& views,
                  const std::function<void(std::int64_t row, int rows, const void* samples)>& put);

} // namespace overflight::simulation
