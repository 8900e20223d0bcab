// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "io/frame_cache.h"
#include "kernels/resample.h"
#include "stages/balance.h"
#include "stages/light_correction.h"
#include "stages/plan.h"
#include "stages/seam_map.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace overflight {

/// One finished tile of a mosaic, in the shape of the product's chunks: planes of chunk_height rows of chunk_width,
/// edge tiles made up with nodata. Samples are those of the mission's frames; what is not seen is 0 in bytes and words,
/// NaN in floats, quality::no_frame in source_frame. Unspecified where valid_pixels is 0.
struct ComposedTile {
    int chunk_width = 0, chunk_height = 0;
    std::vector<std::vector<std::byte>> bands;
    /// With an analysis layer: every pixel of one frame alone, that of source_frame. Empty where it is what `bands`
    /// are.
    std::vector<std::vector<std::byte>> hard_bands;
    std::vector<std::uint32_t> source_frame;
    std::vector<std::uint8_t> quality;
    std::int64_t valid_pixels = 0;
};

/// Working space of one tile; reused from tile to tile.
class ComposeScratch {
public:
    ComposeScratch();
    ~ComposeScratch();

private:
    friend class Composer;
    struct Buffers;
    struct Gap;
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
    void begin(int width, int height, ComposedTile& out) const;
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
    /// Takes what the seams' frames do not show from the others, the most vertical first.
    template <typename Sample, typename Locators>
    void fill_gaps(const Window& window, Locators& locators, ComposeScratch& scratch, ComposedTile& out) const;
    /// Finds which missing pixels of a part lie on a frame.
    template <typename Locators>
    void find_shown(ComposeScratch::Gap& gap, std::size_t frame, Locators& locators, ComposeScratch& scratch) const;
    /// Takes of those what the frame sees.
    template <typename Sample>
    void fill_gap(const Window& window, ComposeScratch::Gap& gap, std::size_t frame, ComposeScratch& scratch,
                  ComposedTile& out) const;

    void flag_shadows(const Window& window, ComposeScratch& scratch, ComposedTile& out) const;

    const PlannedMission& mission_;
    const MosaicConfig& config_;
    FrameCache& cache_;
    const SeamMap& seams_;
    Tiling tiling_;
    bool hides_;                                      ///< whether pixels lie on a surface
    std::vector<std::pair<double, double>> sunlight_; ///< of the mission's suns: see TileVisibility::shade
    double surface_error_px_;
    std::vector<LightCorrection> light_;                                 ///< a frame
    std::map<int, std::unique_ptr<const kernels::PhaseTable>> table_of_; ///< by widening, in steps
    std::vector<const kernels::PhaseTable*> tables_;                     ///< a frame
};

} // namespace overflight
