// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/workspaces.h"
#include "flow/mission_frames.h"
#include "flow/mosaic_view.h"
#include "flow/pair_views.h"
#include "io/tile_journal.h"
#include "stages/change_score.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace overflight {

/// Looks again at what a tile's scores flag, by frames that look at it from more alike sides; see
/// stages/change_second_look.h. Frames are opened when the first is asked for. Safe to use from several threads.
class SecondLook {
public:
    /// What is referred to has to outlive the use.
    SecondLook(const Plan& plan, const PlannedChange& change, const MosaicView& before, const MosaicView& after,
               const PairViewsFinder& views, const ChangeModel& model, const ShiftField& field);
    ~SecondLook();

    /// Lowers scores of a tile that `scorer` made by these views.
    void lower(const Window& tile, const PairViews& views, ChangeScorer& scorer, std::span<std::uint8_t> scores) const;

    /// What could not be read of frames so far, sorted; more with time. All count as one input, `input`: a tile does
    /// not say which frames it was looked at with.
    std::vector<JournalGap> damage() const;
    static constexpr const char* input = "second look";

private:
    struct Frames;
    struct Workspace;

    void look(const Window& tile, const Window& area, const PairViews& views, ChangeScorer& scorer, Workspace& work,
              std::span<std::uint8_t> scores) const;
    const Frames& frames() const;

    const Plan& plan_;
    const PlannedChange& change_;
    const MosaicView &before_, &after_;
    const PairViewsFinder& views_;
    const ChangeModel& model_;
    const ShiftField& field_;
    mutable std::mutex opening_;
    mutable std::unique_ptr<Frames> frames_;
    Workspaces<Workspace> workspaces_;
};

} // namespace overflight
