// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/frame_cache.h"
#include "stages/plan.h"

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace overflight {

/// Decoded frames of a mission, opened when first needed, and what of them turned out to be broken.
class MissionFrames {
public:
    struct Damage {
        std::string what, cause;
        std::size_t frame = 0;

        friend auto operator<=>(const Damage&, const Damage&) = default;
    };

    /// For composing, or with a cache of so many bytes.
    MissionFrames(const Plan& plan, std::size_t mission) : MissionFrames(plan, mission, plan.memory.frame_cache) {}
    MissionFrames(const Plan& plan, std::size_t mission, std::int64_t cache_bytes)
        : plan_(plan), mission_(plan.missions[mission]), cache_bytes_(cache_bytes) {}

    FrameCache& cache();

    /// What was found broken so far, sorted. Safe to call while frames are read.
    std::set<Damage> damage() const;

private:
    const Plan& plan_;
    const PlannedMission& mission_;
    const std::int64_t cache_bytes_;
    mutable std::mutex mutex_;
    std::set<Damage> damage_;
    std::vector<FrameHeader> headers_;
    std::unique_ptr<FrameCache> cache_;
};

} // namespace overflight
