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

    /// Pixels side by side, member by member, with room for a few more than asked for.
    struct Row {
        std::vector<double> x0, y0, tx, ty, cx, cy;
        std::vector<float> through, veil;

        explicit Row(std::size_t count);
        SightLine line(std::size_t k, double reference) const {
            return {x0[k], y0[k], tx[k], ty[k], cx[k], cy[k], reference};
        }
        void put(std::size_t k, const Pixel& pixel);
        /// What lies less than a pixel beside pixel `c` of a row, from its neighbours: right to 1e-5 pixel like the
        /// pixels themselves. `aside` and `down`: columns and rows from there.
        void put(std::size_t k, const Row& here, std::size_t c, double aside, const Row& above, const Row& below,
                 double down);
    };
    /// Of `count` pixels from (col, row) on, to the first places of a row.
    void row(int col, int row, int count, Row& out) const;

    double reference() const { return reference_; }
    bool straight() const { return straight_; } ///< cx and cy are 0

    /// Map bounds (scene coordinates) of what the frame sees between two heights.
    Bounds footprint(double lowest, double highest) const;

private:
    static constexpr int step = 8, channels = 8; // x0 y0 tx ty cx cy through veil
    using Node = std::array<double, channels>;

    double reference_;
    bool straight_ = true;
    int cols_, rows_; ///< of nodes; node (0, 0) lies at pixel (-step, -step)
    std::vector<Node> nodes_;
};

} // namespace overflight::simulation
