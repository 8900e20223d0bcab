// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulation/flight.h"
#include "simulation/scene_view.h"
#include "simulation/workers.h"

#include <filesystem>
#include <vector>

// What is known about a scene, written in the formats that the pipeline and other tools read.
namespace overflight::simulation {

/// Ground of the scene at its posts, over an area (scene coordinates).
void write_ground(const std::filesystem::path& file, const Scene& scene, const PoseFrame& frame, const Bounds& area,
                  const Workers& workers, std::vector<SceneView>& views);

/// Ground and objects at one date; one height a cell of `resolution`, at its centre.
void write_surface(const std::filesystem::path& file, const Scene& scene, const PoseFrame& frame, const Bounds& area,
                   double resolution, const Workers& workers, std::vector<SceneView>& views);

/// True ortho (nominal exposure, no haze, no noise) and shadow mask of one date.
void write_ortho(const std::filesystem::path& ortho, const std::filesystem::path& shadow, const Scene& scene,
                 const MissionSettings& mission, const Grid& grid, const Workers& workers,
                 std::vector<SceneView>& views);

/// 1 where what lies on top differs between two dates, by the centre of the pixel.
void write_change_mask(const std::filesystem::path& file, const Scene& scene, const Grid& grid, const Workers& workers,
                       std::vector<SceneView>& before, std::vector<SceneView>& after);

/// Outlines of the changes between two dates, with kind, size and heights.
void write_change_objects(const std::filesystem::path& file, const Scene& scene, const PoseFrame& frame, int before,
                          int after);

/// What one frame cannot see, on the part of the grid below it.
void write_occlusion(const std::filesystem::path& file, const Scene& scene, const PoseFrame& frame,
                     const Exposure& exposure, const MissionSettings& mission, const Bounds& footprint,
                     const Grid& grid, const Workers& workers, std::vector<SceneView>& views);

/// Every check point in every frame that it falls into.
void write_check_points(const std::filesystem::path& file, const Scene& scene, const PoseFrame& frame,
                        const std::vector<Exposure>& exposures, const MissionSettings& mission, SceneView& view);

} // namespace overflight::simulation
