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
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace overflight {

/// Takes pixels from a mission's frames: resampled, and balanced. Safe to use from several threads at once.
class FrameSampler {
public:
    /// What is referred to has to outlive it.
    FrameSampler(const PlannedMission& mission, Resampling resampling, FrameCache& cache, const FrameBalance& balance);

    /// A part of the tile `window` that `locator`, the frame's, located.
    void sample(std::size_t frame, const Window& window, const FrameLocator& locator, SampledPart& part) const;

    /// Pixels of a part of the tile that were located and gathered in one row, ascending: `pixels` are their places.
    void sample_gathered(std::size_t frame, const Window& window, const FrameLocator& locator, const Window& part,
                         std::span<const std::uint32_t> pixels, SampledPart& gathered) const;

private:
    const kernels::PhaseTable& table(double along, double down) const;
    const kernels::PhaseTable& table_for(std::size_t frame, const FrameLocator& locator, const Window& part) const;

    const PlannedMission& mission_;
    const kernels::Interpolation interpolation_;
    FrameCache& cache_;
    std::vector<LightCorrection> light_; ///< a frame
    using Steps = std::pair<int, int>;   ///< of the widening along a frame's lines and down its columns
    mutable std::mutex tables_mutex_;
    mutable std::map<Steps, std::unique_ptr<const kernels::PhaseTable>> tables_;
    std::vector<const kernels::PhaseTable*> tables_of_; ///< a frame: as its middle asks for
};

} // namespace overflight
