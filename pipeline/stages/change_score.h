// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_evidence.h"
#include "stages/change_parallax.h"
#include "stages/change_statistics.h"
#include "stages/score_statistics.h"

#include <array>
#include <memory>
#include <span>

namespace overflight {

/// What is known of how two missions' frames look at blocks of a tile and its surroundings.
struct PairViews {
    ParallaxField parallax;
    PixelBlocks blocks; ///< of what follows: side and origin are multiples of 8; none: not known
    std::vector<BandLevels> saturation_before, saturation_after;
    std::vector<std::array<float, change_max_bands>> drift; ///< how much brighter than expected `after` is
};

/// Evidence that counts.
struct EvidenceUse {
    bool details = true;      ///< fine scores
    bool surroundings = true; ///< coarse scores
    bool structure = true;    ///< ContextWeight
    bool shadows = true;      ///< ShadowWeight
};

/// Scores tiles. Coarse evidence: the larger of the two half-resolution MAD distances with texture, weighted by
/// context: less where the structure stayed the same (StructureChange over about 40 and, by correlation alone, 130
/// pixels: as under another sun or view angle) and where both missions are flat (crops). Fine evidence: MAD distance of
/// the bands, the smallest within one pixel both ways (after Thonfeld 2016), so that misregistration does not count and
/// small objects do; less what parallax explains (ParallaxSearch) and what may be a moved shadow (ShadowWeight, also of
/// the coarse), measured by the null of ground as rich in detail (DetailWidth); discounted against the coarse, which it
/// also keeps to the outline of what changed.
class ChangeScorer {
public:
    explicit ChangeScorer(const EvidenceUse& use = {});
    ~ChangeScorer();
    ChangeScorer(ChangeScorer&&) noexcept;
    ChangeScorer& operator=(ChangeScorer&&) noexcept;

    /// Pixels around a tile for which fine scores are made, and parallax is looked at.
    static constexpr int fine_halo = ParallaxField::block;
    static constexpr int views_halo = 48; ///< pixels; whole blocks that hold change_halo

    /// tile.width * tile.height scores, row-major. `views` cover the tile and views_halo around it. Buffers are kept
    /// between tiles; no tile's result depends on another. `evidence`: filled where it is asked for.
    void score(const Window& tile, const MissionView& before, const MissionView& after, const ShiftField& field,
               const PairViews& views, const ChangeModel& model, std::span<std::uint8_t> score,
               ScoreEvidence* evidence = nullptr);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace overflight
