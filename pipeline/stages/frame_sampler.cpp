// SPDX-License-Identifier: Apache-2.0
#include "stages/frame_sampler.h"

#include "stages/tile_parts.h"

#include <algorithm>
#include <cmath>

namespace overflight {
namespace {

/// Frames whose sampling distance differs little share a kernel.
constexpr double widening_step = 1.0 / 64;

/// To a sixteenth of the power of two below, so that the parts of uneven frames need few kernels.
double rounded(double widening) {
    constexpr double steps = 32; // of 0.5 .. 1, the upper half is used
    int exponent = 0;
    const double mantissa = std::frexp(widening, &exponent);
    return std::ldexp(std::round(mantissa * steps) / steps, exponent);
}

} // namespace

FrameSampler::FrameSampler(const PlannedMission& mission, Resampling resampling, FrameCache& cache,
                           const FrameBalance& balance)
    : mission_(mission), interpolation_(kernel_of(resampling)), cache_(cache) {
    for (std::size_t frame = 0; frame < mission.frames.size(); ++frame) {
        const double widening = mission.frames[frame].widening;
        tables_of_.push_back(&table(widening, widening));
        light_.emplace_back(mission, frame, balance);
    }
}

const kernels::PhaseTable& FrameSampler::table(double along, double down) const {
    const auto steps = [](double widening) { return static_cast<int>(std::lround(widening / widening_step)); };
    const Steps key(steps(along), steps(down));
    const std::scoped_lock lock(tables_mutex_);
    auto& table = tables_[key];
    if (!table) {
        auto fresh = std::make_unique_for_overwrite<kernels::PhaseTable>(); // most of its pages are not used
        kernels::make_phase_table(interpolation_, key.first * widening_step, key.second * widening_step, *fresh);
        table = std::move(fresh);
    }
    return *table;
}

/// What a part of a frame asks for.
const kernels::PhaseTable& FrameSampler::table_for(std::size_t frame, const FrameLocator& locator,
                                                   const Window& part) const {
    if (!mission_.frames[frame].uneven || interpolation_ == kernels::Interpolation::nearest) return *tables_of_[frame];
    const Eigen::Array2d spacing = locator.spacing(part);
    if (!spacing.allFinite()) return *tables_of_[frame];
    const auto widening = [&](double of) { return rounded(std::clamp(of, 1.0, kernels::widest(interpolation_))); };
    return table(widening(spacing.x()), widening(spacing.y()));
}

void FrameSampler::sample(std::size_t frame, const Window& window, const FrameLocator& locator,
                          SampledPart& part) const {
    sample_part(cache_, frame, table_for(frame, locator, part.part), light_[frame].radiometry(), part);
    light_[frame].apply(mission_.grid, window, part);
}

void FrameSampler::sample_gathered(std::size_t frame, const Window& window, const FrameLocator& locator,
                                   const Window& part, std::span<const std::uint32_t> pixels,
                                   SampledPart& gathered) const {
    sample_part(cache_, frame, table_for(frame, locator, part), light_[frame].radiometry(), gathered);
    for (std::size_t k = 0, run = 1; k < pixels.size(); k += run, run = 1) { // pixels side by side
        const auto [row, col] = split(pixels[k], part);
        const std::size_t most = std::min(pixels.size() - k, static_cast<std::size_t>(part.width) - col);
        while (run < most && pixels[k + run] == pixels[k] + run) ++run;
        light_[frame].apply_row(mission_.grid, window.col + part.col + col, window.row + part.row + row, k, run,
                                gathered);
    }
}

} // namespace overflight
