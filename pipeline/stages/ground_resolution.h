// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "core/grid.h"
#include "core/report.h"
#include "geometry/footprint.h"
#include "geometry/mission_cameras.h"
#include "io/product.h"

#include <span>
#include <string>
#include <vector>

namespace overflight {

struct ComposedTile;
struct PlannedFrame;
struct PlannedMission;

/// What a frame resolves on the ground, by its geometry and the user's figures: an estimate. Lens, motion, haze and
/// film are not in it.
struct GroundResolution {
    double finest = 0, median = 0, coarsest = 0; ///< sampling distances over the footprint, metres (see Footprint)
    double height = 0;                           ///< of the camera above the ground at the frame's centre; NaN unknown
    double estimate = 0;  ///< limit_m * height / hmin_m, or `finest` where hmin_m or the height is not known; metres
    bool too_low = false; ///< from below hmin_m, or finer than limit_m where there is no hmin_m
};

/// `unit_m`: metres on the ground in a unit of the map.
GroundResolution ground_resolution(const Footprint& footprint, const MissionCameras::Pose& pose, CameraKind camera,
                                   double unit_m, const ResolutionConfig& config);

/// What a mission's frames, and the products' resolution (metres on the ground), are to be warned of.
std::vector<std::string> resolution_warnings(const std::string& mission, std::span<const PlannedFrame> frames,
                                             double output_resolution, const ResolutionConfig& config);

/// Warns where frames are so much finer than the products that no kernel is widened as far; empty else.
std::string widening_warning(const std::string& mission, std::span<const PlannedFrame> frames, double output_resolution,
                             Resampling resampling);

/// Whether a product is sampled finer than the limit, by more than what a map's own scale makes of it.
bool finer_than_limit(double output_resolution, const ResolutionConfig& config);

/// For the run's report. `frames` is not empty.
RunReport::Resolution resolution_summary(const std::string& mission, std::span<const PlannedFrame> frames,
                                         const ResolutionConfig& config);

/// For the frames table: the sampling distances and, where a limit is stated, height, estimate and flag.
std::vector<TableColumn> resolution_columns(std::span<const PlannedFrame> frames, const ResolutionConfig& config);

/// Pixels between the nodes of the layer ground_sampling_distance.
inline constexpr int sampling_step = 64;

/// For every sampling_step x sampling_step pixels of a tile, row-major: the root of the area on level ground of a pixel
/// of the frame that shows the middle (or, where none does, the first pixel that is shown), by the Jacobian of its
/// projection there; metres. NaN where no frame shows anything or the terrain has no height.
void sampling_distances(const PlannedMission& mission, const Window& tile, const ComposedTile& composed,
                        std::vector<float>& distances);

} // namespace overflight
