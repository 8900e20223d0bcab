// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "io/frame_cache.h"
#include "stages/balance.h"
#include "stages/composed_tile.h"
#include "stages/frame_sampler.h"
#include "stages/plan.h"
#include "stages/seam_map.h"

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace overflight {

/// Working space of one tile; reused from tile to tile.
class ComposeScratch {
public:
    ComposeScratch();
    ~ComposeScratch();

private:
    friend class Composer;
    struct Buffers;
    std::unique_ptr<Buffers> buffers_;
};

/// The hot loop of a mosaic: what happens to one tile. Safe to use from several threads at once, a scratch each.
class Composer {
public:
    /// `surface_error_m` as in the config. What is referred to has to outlive the composer.
    Composer(const PlannedMission& mission, const MosaicConfig& config, FrameCache& cache, const FrameBalance& balance,
             const SeamMap& seams, double surface_error_m = 0);

    /// Seams, then each frame they name: locate, resample, balance, blend. Where no seam comes near, one frame is all.
    /// On a surface, what a frame cannot see is left out of it; what is missing then is taken from the others.
    void compose(std::int64_t tile, ComposeScratch& scratch, ComposedTile& out) const;

    /// Any window of the mission's grid as one frame alone shows it; `out` is of the window's size, without shadows.
    void compose_alone(std::size_t frame, const Window& window, ComposeScratch& scratch, ComposedTile& out) const;

private:
    /// By the seams in the scratch.
    void compose_window(const Window& window, ComposeScratch& scratch, ComposedTile& out) const;
    template <typename Sample>
    void compose_parts(const Window& window, ComposeScratch& scratch, ComposedTile& out) const;

    /// Finds which pixels of the sampled part are hidden from the frame, or not surely seen, where they have weight
    /// (none given: everywhere).
    void find_occluded(std::size_t frame, const Window& part, std::span<const std::uint16_t> weight,
                       ComposeScratch& scratch) const;
    /// Marks what is hidden in the sampled part as not shown, and flags all that was found.
    void hide_occluded(const Window& part, ComposeScratch& scratch) const;

    void flag_shadows(const Window& window, ComposeScratch& scratch, ComposedTile& out) const;

    const PlannedMission& mission_;
    const MosaicConfig& config_;
    const FrameSampler sampler_;
    const SeamMap& seams_;
    Tiling tiling_;
    bool hides_;                                      ///< whether pixels lie on a surface
    std::vector<std::pair<double, double>> sunlight_; ///< of the mission's suns: see TileVisibility::shade
    double surface_error_px_;
};

} // namespace overflight
