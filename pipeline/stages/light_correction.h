// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/light_falloff.h"
#include "kernels/resample.h"
#include "stages/balance.h"
#include "stages/plan.h"
#include "stages/sample_frame.h"

#include <array>
#include <cstdint>
#include <vector>

namespace overflight {

/// A frame's balance as the kernels take it: gain and offset go into the resampling, the fall of light and the slope
/// over the ground, where there are any, into a pass over the samples while they are in the cache.
class LightCorrection {
public:
    LightCorrection() = default; ///< of a frame that stays as it is, without lane groups
    LightCorrection(const PlannedMission& mission, std::size_t frame, const FrameBalance& balance);

    const std::vector<kernels::LaneRadiometry>& radiometry() const { return radiometry_; } ///< one a lane group

    /// On a part of the tile `window` that was sampled with radiometry(); nothing happens where there is no falloff.
    void apply(const Grid& grid, const Window& window, SampledPart& part) const;
    /// On `count` samples of the part from `first` on that lie side by side on the grid, the first at (col, row).
    void apply_row(const Grid& grid, std::int64_t col, std::int64_t row, std::size_t first, std::size_t count,
                   SampledPart& part) const;

private:
    LaneLayout layout_;
    SampleType type_ = SampleType::u8;
    std::vector<kernels::LaneRadiometry> radiometry_;
    std::vector<kernels::LightFalloff> falloff_;      ///< one a lane group; empty: none
    std::vector<std::array<double, 4>> east_, north_; ///< slope per map unit, a lane group
    double x_ = 0, y_ = 0;                            ///< where the slope is 0
};

} // namespace overflight
