// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/frame_cache.h"
#include "stages/light_correction.h"
#include "stages/plan.h"
#include "stages/seam_map.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace overflight {

/// Where the seams of a mosaic go, on cells of some pixels. Steps, each for all tiles before the next:
/// 1. view_tile: which frames see a cell, the nadir-most first; tiles in any order, from several threads.
/// 2. find_band: the cells near the borders of the nadir-most frames, where seams may move.
/// 3. compare_tile: how much the three nadir-most frames disagree in those cells; tiles in any order, from several
///    threads.
/// 4. place: the frames' cores grow into the band, through the cells of most disagreement first, so that what does not
///    look the same in two frames (parallax, what moved) ends up in one of them as a whole and the fronts meet where
///    the frames agree: watersheds of the disagreement, as Gracias et al. 2009 and Soille 2006 place seams. Then
///    borders are shortened where that costs nothing.
/// With nadir seams only step 1 is needed.
///
/// With match_view_of, "nadir-most" stands for the view nearest to that of the other mission: where its mosaic shows
/// one frame beside another, so does this, and seams may move elsewhere only.
class SeamSurvey {
public:
    /// matched_seams: of the mission in match_view_of; null: its nadir-most frames count. Must outlive the survey.
    SeamSurvey(const PlannedMission& mission, std::int64_t memory_bytes, const SeamMap* matched_seams = nullptr);
    ~SeamSurvey();

    /// The mosaic's grid with cells for pixels: of 8 x 8, or more where they would not fit into the memory. The last
    /// cells may reach beyond the mosaic.
    const Grid& cells() const;

    /// Frames that a user's cut lines give to the cells of a window: -1 where they give none, row-major; see
    /// cut_lines.h.
    using ForcedFrames = std::function<std::vector<std::int32_t>(const Window& cells)>;
    /// Asked tile by tile, by several threads.
    void force(ForcedFrames frames);

    void view_tile(std::int64_t tile);
    /// Tiles to be compared.
    std::vector<std::int64_t> find_band();
    void compare_tile(std::int64_t tile, FrameCache& cache, const std::vector<LightCorrection>& light);
    /// Labels of all cells: nadir-most where find_band was not called.
    SeamMap place();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Nadir-most seams on the whole, without more ado: for small missions.
SeamMap nadir_seams(const PlannedMission& mission);

} // namespace overflight
