// SPDX-License-Identifier: Apache-2.0
#include "flow/mission_frames.h"

#include <fmt/format.h>

namespace overflight {

FrameCache& MissionFrames::cache() {
    if (cache_) return *cache_;
    for (const PlannedFrame& frame : mission_.frames) headers_.push_back(frame.header);
    const auto on_gap = [this](const FrameCache::Gap& gap) {
        const std::scoped_lock lock(mutex_);
        damage_.insert(
            {fmt::format("frame {}, columns {} to {}, rows {} to {}", headers_[gap.frame].path.filename().string(),
                         gap.window.col, gap.window.col + gap.window.width - 1, gap.window.row,
                         gap.window.row + gap.window.height - 1),
             gap.cause, gap.frame});
    };
    cache_ = std::make_unique<FrameCache>(headers_, cache_bytes_, plan_.config.run.allow_remote, on_gap);
    return *cache_;
}

std::set<MissionFrames::Damage> MissionFrames::damage() const {
    const std::scoped_lock lock(mutex_);
    return damage_;
}

} // namespace overflight
