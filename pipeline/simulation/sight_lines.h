// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulation/flight.h"
#include "simulation/scene_view.h"

#include <array>
#include <vector>

namespace overflight::simulation {

/// Lines of sight of all pixels of a frame: exact at every eighth pixel, cubic between. Camera models are so smooth
/// over eight pixels that this is exact to 1e-5 pixel. Safe to share between threads once made.
class SightLines {
public:
    /// `reference`: a height in the middle of the scene's; `range`: half the span of heights.
    SightLines(const Exposure& exposure, const MissionSettings& mission, const PoseFrame& frame, const Point2& center,
               double reference, double range);

    /// `through` and `veil`: share of the surface's light that arrives, and haze added to it.
    struct Pixel {
        SightLine line;
        double through = 1, veil = 0;
    };

    /// At a position (centre-based), up to two pixels outside the frame. x0 is NaN where no line of sight exists.
    Pixel at(double col, double row) const;

    /// Of `count` pixels from (col, row) on.
    void row(int col, int row, int count, Pixel* out) const;

    /// Map bounds (scene coordinates) of what the frame sees between two heights.
    Bounds footprint(double lowest, double highest) const;

private:
    static constexpr int step = 8, channels = 8; // x0 y0 tx ty cx cy through veil
    using Node = std::array<double, channels>;

    double reference_;
    int cols_, rows_; ///< of nodes; node (0, 0) lies at pixel (-step, -step)
    std::vector<Node> nodes_;
};

} // namespace overflight::simulation
