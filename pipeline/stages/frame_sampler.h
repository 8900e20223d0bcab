// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "io/frame_cache.h"
#include "kernels/resample.h"
#include "stages/balance.h"
#include "stages/light_correction.h"
#include "stages/plan.h"
#include "stages/sample_frame.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

namespace overflight {

/// Takes pixels from a mission's frames: resampled, and balanced. Safe to use from several threads at once.
class FrameSampler {
public:
    /// What is referred to has to outlive it.
    FrameSampler(const PlannedMission& mission, Resampling resampling, FrameCache& cache, const FrameBalance& balance);

    /// A located part of the tile `window`.
    void sample(std::size_t frame, const Window& window, SampledPart& part) const;

    /// Pixels of a part of the tile that were located and gathered in one row, ascending: `pixels` are their places.
    void sample_gathered(std::size_t frame, const Window& window, const Window& part,
                         std::span<const std::uint32_t> pixels, SampledPart& gathered) const;

private:
    const PlannedMission& mission_;
    FrameCache& cache_;
    std::vector<LightCorrection> light_;                                 ///< a frame
    std::map<int, std::unique_ptr<const kernels::PhaseTable>> table_of_; ///< by widening, in steps
    std::vector<const kernels::PhaseTable*> tables_;                     ///< a frame
};

} // namespace overflight
