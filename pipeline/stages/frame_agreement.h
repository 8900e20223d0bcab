// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/frame_cache.h"
#include "stages/plan.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace overflight {

/// How well the frames of a mission fit each other on the ground, where they overlap: what wrong heights, angles or
/// cameras move apart. Measured as two missions are registered (see measure_shift()), on pixels of which about a
/// thousand lie across a frame, or on the frames' own where these are larger.
struct FrameAgreement {
    std::int32_t places = 0;  ///< where two frames were compared, and texture can tell
    std::int32_t fitting = 0; ///< of them, where both show the same within the reach
    float shift_m = 0;        ///< median over these of how far apart it lies on the ground; NaN: nowhere
    float pixel_m = 0;        ///< side of the pixels that were compared; the reach is 16 of these
};

/// A window that two frames show.
struct SharedWindow {
    std::size_t a = 0, b = 0;
    Window window; ///< on the grid of comparison
};

/// Compares frames on a few windows, spread over the mission. Safe to use from several threads.
class FrameComparison {
public:
    explicit FrameComparison(const PlannedMission& mission);

    const std::vector<SharedWindow>& windows() const { return windows_; }

    /// How far apart two frames show the same, in metres; NaN where they show nothing alike; nothing where they do
    /// not both show most of the window, or there is no texture.
    std::optional<float> shift_m(const SharedWindow& place, FrameCache& cache) const;

    FrameAgreement agreement(std::span<const std::optional<float>> shifts) const;

private:
    const PlannedMission& mission_;
    Grid grid_;
    std::vector<SharedWindow> windows_;
};

/// What to warn of, in one line; empty where there is nothing.
std::string agreement_warning(const PlannedMission& mission, const FrameAgreement& agreement);

} // namespace overflight
