// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/balance.h"
#include "stages/change.h"
#include "stages/plan.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace overflight {

/// How a mission's frames look at square blocks of pixels of a grid: taken in the middle of a few blocks at a time, for
/// the frame that shows each of them.
class BlockViews {
public:
    /// `frames`: numbers of frames, one a block; quality::no_frame where there is none. `mission` must outlive the use.
    BlockViews(const PlannedMission& mission, const Grid& grid, const PixelBlocks& blocks,
               std::span<const std::uint32_t> frames);
    ~BlockViews();

    /// By how much, and where to, what stands above the terrain leans: change of place on the map, east and north, by
    /// the metre of height. NaN where there is no frame.
    std::vector<std::array<float, 2>> lean() const;

    /// The value that a frame's largest sample has in the mosaic after the balance: where it is saturated. The largest
    /// float where samples are floats or there is no frame. Of `bands`, by their numbers and in this order.
    std::vector<BandLevels> saturation(const FrameBalance& balance, const std::vector<int>& bands) const;

private:
    struct State;
    std::unique_ptr<const State> state_;
};

} // namespace overflight
