// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/composed_tile.h"
#include "stages/frame_sampler.h"
#include "stages/plan.h"
#include "stages/sample_frame.h"
#include "stages/seams.h"
#include "stages/tile_locators.h"
#include "stages/visibility.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace overflight {

/// A part in which the seams' frames do not show all.
struct TileGap {
    explicit TileGap(const Window& window) : part(window) {}
    TileGap(const Window& window, std::size_t frame, const std::vector<std::uint32_t>& hidden)
        : part(window), hidden_from(frame), missing(hidden) {}

    Window part;
    std::optional<std::size_t> hidden_from; ///< the frame that all that is missing is hidden from; none: not known
    std::vector<std::uint32_t> missing;     ///< pixels of the part, ascending; where none is known, to be found
    std::vector<std::size_t> order;         ///< of the candidates, by rank and angle
    std::vector<std::uint8_t> near;         ///< a candidate: 1 where it may show some of what was missing at first
    std::vector<std::uint32_t> shown;       ///< those of the missing that lie on the frame asked last
    Window shown_box;                       ///< around those (relative to the tile), where there are any
    SampledPart located;                    ///< where, in one row
};

/// Takes what the seams' frames do not show of a tile from the others, the most vertical first.
template <typename Sample>
class GapFiller {
public:
    /// Working space; reused from tile to tile.
    struct Scratch {
        SampledPart sampled, gathered;
        std::vector<Window> asked; ///< of each candidate, beyond what is expected of it
        std::vector<std::uint32_t> wanted, places;
    };

    /// `visibility`: null where all that lies on a frame is seen. What is referred to has to outlive it.
    GapFiller(const PlannedMission& mission, const FrameSampler& sampler, const TileSeams& seams, const Window& tile,
              TileLocators& locators, TileVisibility* visibility, Scratch& scratch, ComposedTile& out)
        : mission_(mission), sampler_(sampler), seams_(seams), tile_(tile), locators_(locators),
          visibility_(visibility), scratch_(scratch), out_(out) {}

    /// What stays missing gets no_value.
    void fill(std::vector<TileGap>& gaps);

private:
    /// Finds which missing pixels of a part lie on a frame.
    void find_shown(TileGap& gap, std::size_t frame);
    /// Takes of those what the frame sees.
    void take(TileGap& gap, std::size_t frame);
    /// The order in which candidates are asked.
    std::vector<std::size_t> by_angle(const Window& part) const;

    const PlannedMission& mission_;
    const FrameSampler& sampler_;
    const TileSeams& seams_;
    const Window& tile_;
    TileLocators& locators_;
    TileVisibility* const visibility_;
    Scratch& scratch_;
    ComposedTile& out_;
};

} // namespace overflight
