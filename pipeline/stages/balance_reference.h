// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/frame_camera.h"
#include "geometry/ground_space.h"
#include "io/frame_cache.h"

#include <filesystem>
#include <memory>
#include <string>

namespace overflight {

struct PlannedMission;

/// A georeferenced raster whose colours a mission's frames are balanced to.
class BalanceReference {
public:
    /// Reads the header. Throws InputError, with key mission.reference_mosaic, where the file cannot be used: no
    /// georeference, other bands or samples than the mission's frames.
    BalanceReference(const PlannedMission& mission, const std::string& map_crs);

    const FrameHeader& header() const { return header_; }
    const std::vector<std::filesystem::path>& files() const { return header_.beside; } ///< beside its own
    const FrameCamera& camera() const { return *camera_; }
    const GroundSpace& space() const { return *space_; }

    /// Of the one frame 0; opened at the first call, which is not for several threads.
    FrameCache& cache(std::int64_t budget_bytes);

private:
    FrameHeader header_;
    std::shared_ptr<const FrameCamera> camera_;
    std::shared_ptr<const GroundSpace> space_;
    std::unique_ptr<FrameCache> cache_;
};

} // namespace overflight
