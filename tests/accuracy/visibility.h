// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accuracy/flown_scene.h"

#include <cstdint>
#include <string>

// What is hidden, what lies in shadow, and what a mosaic shows in place of it, against the simulator's own masks and
// lines of sight.
namespace overflight::accuracy {

/// Pixels that are flagged and pixels that ought to be.
struct FlagErrors {
    std::int64_t both = 0, flagged = 0, wanted = 0, pixels = 0;

    /// Intersection over union.
    double iou() const {
        const auto either = static_cast<double>(flagged + wanted - both);
        return either > 0 ? static_cast<double>(both) / either : 1;
    }
};

/// The config with surface model and sun of each mission.
Config on_surfaces(const FlownScene& scene, const Config& config);

/// What single frames cannot see, frame by frame, as the pipeline finds it.
FlagErrors frame_occlusion_errors(const FlownScene& scene, const Config& config, const std::string& mission);

/// The flag `occluded` of a mosaic: what no frame sees.
FlagErrors mosaic_occlusion_errors(const FlownScene& scene, const Config& config, const std::string& mission);

/// The flag `shadow` of a mosaic, where it is valid.
FlagErrors shadow_errors(const FlownScene& scene, const Config& config, const std::string& mission);

/// Pixels of a mosaic that show another object than the one that stands there (a roof or wall in place of ground, a
/// wall in place of a roof), by following the line of sight that each was taken along.
struct WrongSurface {
    std::int64_t wrong = 0, shown = 0;               ///< of all that hold data
    std::int64_t wrong_and_certain = 0, certain = 0; ///< of those that are not flagged uncertain

    double share() const { return static_cast<double>(wrong) / static_cast<double>(shown); }
    double certain_share() const { return static_cast<double>(wrong_and_certain) / static_cast<double>(certain); }
};
WrongSurface wrong_surface(const FlownScene& scene, const Config& config, const std::string& mission);

} // namespace overflight::accuracy
