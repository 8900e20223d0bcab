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
#include <vector>

namespace overflight {

/// One finished tile of a mosaic, in the shape of the product's chunks (edge tiles are padded with zeros).
struct ComposedTile {
    int chunk_width = 0, chunk_height = 0;
    std::vector<std::vector<std::byte>> bands;
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
    std::unique_ptr<Buffers> buffers_;
};

/// The hot loop of a mosaic: what happens to one tile. Safe to use from several threads at once, a scratch each.
class Composer {
public:
    /// What is referred to has to outlive the composer.
    Composer(const PlannedMission& mission, const MosaicConfig& config, FrameCache& cache, const FrameBalance& balance,
             const SeamMap& seams);

    /// Seams, then each frame they name: locate, resample, balance, blend. Where no seam comes near, one frame is all.
    void compose(std::int64_t tile, ComposeScratch& scratch, ComposedTile& out) const;

private:
    template <typename Sample>
    void compose_parts(const Window& window, ComposeScratch& scratch, ComposedTile& out) const;

    const PlannedMission& mission_;
    const MosaicConfig& config_;
    FrameCache& cache_;
    const SeamMap& seams_;
    Tiling tiling_;
    std::vector<LightCorrection> light_;                                 ///< a frame
    std::map<int, std::unique_ptr<const kernels::PhaseTable>> table_of_; ///< by widening, in steps
    std::vector<const kernels::PhaseTable*> tables_;                     ///< a frame
};

} // namespace overflight
