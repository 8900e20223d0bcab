// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/bands.h"
#include "stages/change_decision.h"
#include "stages/change_evidence.h"
#include "stages/change_statistics.h"
#include "stages/outline.h"

#include <array>
#include <span>

namespace overflight {

/// Sums over pixels of one object, and where they are.
struct ObjectPart {
    std::int64_t pixels = 0, score_sum = 0; ///< of stored scores
    std::uint8_t score_max = 0;
    std::array<double, change_max_bands> before{}, after{}; ///< sums of the bands' values
    std::int64_t seen_after = 0;                            ///< pixels that `after` is the sum of
    /// Pairs of pixels along rows, one inside and one just outside of the border, and the sums of their brightness.
    std::int64_t pairs = 0;
    double inside_before = 0, outside_before = 0, inside_after = 0, outside_after = 0;
    /// Pixels by context; doubtful: any of the others.
    std::int64_t seam = 0, uncertain = 0, shadow = 0, vegetation = 0, water = 0, doubtful = 0;
    std::array<std::int64_t, score_evidence_layers> evidence{}; ///< sums of stored values, see add_evidence()
    std::vector<PixelRun> runs;

    void add(const ObjectPart& other);
};

/// A change as a thing: pixels of the mask that touch by side or corner.
struct ChangeObject {
    std::int64_t pixels = 0;
    std::int64_t col = 0, row = 0, col_end = 0, row_end = 0; ///< bounding box on the grid
    double score = 0, score_max = 0;                         ///< mean and largest, in standard deviations
    double false_discovery = 1;                              ///< by its largest score: see false_discovery_rates()
    std::vector<PixelRun> runs;                              ///< its pixels; none crosses a tile's border
    std::vector<Ring> outline;                               ///< see trace_outline()
    double perimeter_px = 0;                                 ///< of the outer ring and the holes
    std::array<double, change_max_bands> before{}, after{};  ///< mean values of the bands
    /// By the contrast to what lies around it: appeared, disappeared (at least twice as much contrast in one mission as
    /// in the other) or altered.
    const char* kind = "altered";
    /// Against what normalisation expects of the ground before: brighter, darker (by 3 % at least) or similar.
    const char* tone = "similar";
    /// What may explain it: shadow (darker or brighter by a third or more, by nearly the same factor in all bands),
    /// vegetation (greener or less green, by NDVI or excess green), or nothing.
    const char* context = "";
    /// Shares of its pixels on a seam, near an edge of the surface, in shadow in one of the missions alone, and where
    /// both show vegetation or water.
    double seam = 0, uncertain = 0, shadow = 0, vegetation = 0, water = 0;
    std::array<double, score_evidence_layers> evidence{}; ///< mean stored values, 0 where there is no such layer
    /// 1, less half the share of pixels that any of these holds for, and half where `context` may explain it.
    double confidence = 1;
};

/// The objects' parts in one tile. `mask` over the tile, `scores` over `window` around it as for find_candidates();
/// `before` covers the tile, `after` also what the shift reaches, where the grid does; `context` the tile: see
/// find_change_context() and add_ground_cover().
std::vector<ObjectPart> find_object_parts(const Window& tile, const Window& window, std::span<const std::uint8_t> mask,
                                          std::span<const std::uint8_t> scores, const MissionView& before,
                                          const MissionView& after, const ShiftField& field,
                                          std::span<const std::uint8_t> context);

/// Adds a layer of evidence over a tile, row-major, to the tile's parts.
void add_evidence(const Window& tile, std::size_t layer, std::span<const std::uint8_t> samples,
                  std::vector<ObjectPart>& parts);

/// Joins parts across tiles. Memory: a row of the grid, the objects that reach into the tiles to come, and what is
/// done. Tiles in index order, each of them.
class ObjectCollector {
public:
    /// `roles`: of the bands that both missions have.
    ObjectCollector(const Tiling& tiling, const ChangeModel& model, const BandRoles& roles);

    void add(std::int64_t tile, std::vector<ObjectPart> parts);

    /// After the last tile: all objects, by mean score times confidence, the highest first, then by place.
    std::vector<ChangeObject> take();

private:
    using Label = std::int32_t; ///< of an open object; -1: none

    Label root(Label label);
    void join(Label a, Label b);
    void finish_row();

    Tiling tiling_;
    const ChangeModel* model_;
    BandRoles roles_;
    std::vector<ObjectPart> open_;
    std::vector<Label> parent_;
    std::vector<Label> above_, below_; ///< last row of the tiles above, of this row of tiles
    std::vector<Label> left_, right_;  ///< last column of the tile to the left, of this tile
    std::vector<ChangeObject> done_;
};

/// Drops the candidates that are not among those with a false discovery rate of `most`; order stays.
void keep_discoveries(const ScoreNull& null, double most, std::vector<ChangeObject>& candidates);

} // namespace overflight
