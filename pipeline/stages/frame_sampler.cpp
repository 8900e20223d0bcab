// SPDX-License-Identifier: Apache-2.0
#include "stages/frame_sampler.h"

#include "stages/tile_parts.h"

#include <algorithm>
#include <cmath>

namespace overflight {
namespace {

/// Frames whose sampling distance differs little share a kernel.
constexpr double widening_step = 1.0 / 64;

} // namespace

FrameSampler::FrameSampler(const PlannedMission& mission, Resampling resampling, FrameCache& cache,
                           const FrameBalance& balance)
    : mission_(mission), cache_(cache) {
    for (std::size_t frame = 0; frame < mission.frames.size(); ++frame) {
        const auto steps = static_cast<int>(std::lround(mission.frames[frame].widening / widening_step));
        auto& table = table_of_[steps];
        if (!table) {
            auto fresh = std::make_unique<kernels::PhaseTable>();
            kernels::make_phase_table(kernel_of(resampling), steps * widening_step, *fresh);
            table = std::move(fresh);
        }
        tables_.push_back(table.get());
        light_.emplace_back(mission, frame, balance);
    }
}

void FrameSampler::sample(std::size_t frame, const Window& window, SampledPart& part) const {
    sample_part(cache_, frame, *tables_[frame], light_[frame].radiometry(), part);
    light_[frame].apply(mission_.grid, window, part);
}

void FrameSampler::sample_gathered(std::size_t frame, const Window& window, const Window& part,
                                   std::span<const std::uint32_t> pixels, SampledPart& gathered) const {
    sample_part(cache_, frame, *tables_[frame], light_[frame].radiometry(), gathered);
    for (std::size_t k = 0, run = 1; k < pixels.size(); k += run, run = 1) { // pixels side by side
        const auto [row, col] = split(pixels[k], part);
        const std::size_t most = std::min(pixels.size() - k, static_cast<std::size_t>(part.width) - col);
        while (run < most && pixels[k + run] == pixels[k] + run) ++run;
        light_[frame].apply_row(mission_.grid, window.col + part.col + col, window.row + part.row + row, k, run,
                                gathered);
    }
}

} // namespace overflight
