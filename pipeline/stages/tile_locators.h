// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/locate.h"
#include "stages/plan.h"

#include <cstddef>
#include <map>

namespace overflight {

/// Locators of the frames that a tile asks for.
class TileLocators {
public:
    TileLocators(const PlannedMission& mission, const Window& tile, const TileHeights& heights)
        : mission_(mission), ground_(mission.grid, tile, *mission.space, heights) {}

    const FrameLocator& of(std::size_t frame) {
        const auto known = locators_.find(frame);
        if (known != locators_.end()) return known->second;
        return locators_.emplace(frame, FrameLocator(ground_, *mission_.frames[frame].camera)).first->second;
    }

    const TileGround& ground() const { return ground_; }

private:
    const PlannedMission& mission_;
    TileGround ground_;
    std::map<std::size_t, FrameLocator> locators_;
};

} // namespace overflight
