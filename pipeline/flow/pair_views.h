// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/block_cache.h"
#include "flow/mosaic_view.h"
#include "flow/survey.h"
#include "stages/change_score.h"
#include "stages/plan.h"
#include "stages/radiometric_drift.h"

#include <memory>
#include <span>
#include <vector>

namespace overflight {

/// Finds what the scores of a tile have to know of the frames that show it and its surroundings.
class PairViewsFinder {
public:
    /// Pixels of both mosaics around a tile that its scores depend on by way of the views.
    static constexpr int halo = Tiling::size;

    /// Reads the surveys of both missions; throws RunError where there is none. What is referred to must outlive the
    /// use.
    PairViewsFinder(const Plan& plan, const PlannedChange& change, const MosaicView& before, const MosaicView& after,
                    const ChangeModel& model);

    const Survey& survey_before() const { return survey_before_; }
    const Survey& survey_after() const { return survey_after_; }

    PairViews around(const Window& tile) const;

    /// The same where one frame of each mission is all that is looked at: pixels of a window and its surroundings,
    /// which also say how the two frames drift.
    PairViews of_frames(const Window& window, std::size_t frame_before, const MissionView& before,
                        std::size_t frame_after, const MissionView& after) const;

private:
    using Ratios = std::shared_ptr<const BrightnessRatios>;

    /// Without the drift.
    PairViews views_of(const PixelBlocks& blocks, std::span<const std::uint32_t> frames_before,
                       std::span<const std::uint32_t> frames_after) const;
    std::vector<Ratios> ratios_around(const Window& tile) const;
    BrightnessRatios ratios_in(const Window& tile) const;

    const Plan& plan_;
    const PlannedChange& change_;
    const MosaicView &before_, &after_;
    const ChangeModel& model_;
    const Survey survey_before_, survey_after_;
    mutable BlockCache<BrightnessRatios> ratios_; ///< by tile: each has a part in the drift around nine
};

} // namespace overflight
