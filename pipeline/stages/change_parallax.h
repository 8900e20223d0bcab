// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/patch_search.h"
#include "stages/change_features.h"
#include "stages/change_statistics.h"

#include <array>
#include <span>

namespace overflight {

/// How far apart two missions show what stands above or below the terrain that their pixels lie on, by blocks of the
/// pair's grid: what the mission before shows at a pixel, the one after shows up to (dx, dy) pixels from there, or as
/// far the other way, along the line between.
struct ParallaxField {
    static constexpr int block = 16; ///< pixels a side

    PixelBlocks blocks;        ///< origins are multiples of `block`; none: no parallax anywhere
    std::vector<float> dx, dy; ///< a value a block; NaN: not known, counts as none
};

/// Between two missions' leans in blocks of the pair's grid (see BlockViews), of things up to `relief` metres
/// above or below the terrain. `resolution`: of the grid.
ParallaxField parallax_between(const PixelBlocks& blocks, std::span<const std::array<float, 2>> before,
                               std::span<const std::array<float, 2>> after, double relief, double resolution);

/// Takes from scores what parallax explains. At half resolution, 3 x 3 patches of the bands' variates are looked for in
/// the other mission along the line on which parallax may have moved them, as in stereo matching, and a little beside
/// it. What differs where it is and is found there scores less, by the ratio of the two distances; both ways, and the
/// worse of them counts, so that a thing which only one mission has stays. Where most of the difference around was
/// explained, what is left is likely to be what things hide in one mission only, and scores less too. So does the side
/// of something upright, which one mission sees and the other does not: a strip along an edge that both show.
class ParallaxSearch {
public:
    static constexpr int largest_parallax = 16; ///< pixels; what moves further is searched so far
    /// Samples at half resolution around a block that are read.
    static constexpr int reach = largest_parallax / 2 + 4;

    /// Where on the grid planes of scores begin, and which of their pixels are looked at: whole blocks, the outermost
    /// of which only tell what differs around the others.
    struct Area {
        std::int64_t col = 0, row = 0;
        int first = 0, end_col = 0, end_row = 0;
    };

    /// Searches. `before` and `after`: bands at half resolution, the latter registered, from the same pixel on as
    /// `fine`.
    void explain(const ParallaxField& parallax, const ChangeModel& model, std::span<const Plane> before,
                 std::span<const Plane> after, const Area& area, Plane& fine);

    /// Undoes explain() for differences with none around them, which are of things that came or went. Scales scores,
    /// above the null's centre, by the share of the differences around that explain() left. Both inside the outermost
    /// blocks and two pixels of those. `coarse`: at half resolution.
    void weigh_rest(const Area& area, Plane& fine, Plane& coarse) const;

private:
    /// Variates of a mission at half resolution, and what they may be between the samples.
    struct Mixed {
        std::vector<Plane> values, lowest, highest;
        void mix(std::span<const Plane> bands, const float* coefficients, const float* offsets, int variates);
    };
    /// Of a mission around a block; of values, lowest and highest.
    struct Lines {
        std::array<const float*, change_max_features> values{}, lowest{}, highest{};
    };

    static Lines lines(const Mixed& mission, int col, int row);
    void find_offsets(float dx, float dy);
    void search(float zero, const Area& area, int col, int row, Plane& fine);
    bool shows_side(int col, int row) const;
    enum class Differences { strongest, mean };
    static void sum_differences(const Area& area, const Plane& fine, Differences kind, std::vector<std::int32_t>& sums,
                                const std::vector<std::int32_t>* without = nullptr);
    static void sum_around(int cols, int rows, const std::vector<std::int32_t>& values,
                           std::vector<std::int32_t>& sums);
    float belief(std::size_t place) const;

    Mixed before_, after_;
    std::vector<kernels::PatchOffset> forward_, backward_;
    float along_x_ = 0, along_y_ = 0, length_ = 0; ///< direction of the parallax and, at half resolution, its length
    bool searched_ = false;
    Plane unsearched_;                                          ///< the fine scores before the search
    std::vector<std::int32_t> differed_, differed_mean_, left_; ///< sums of scores around, before and after it
    std::vector<std::int32_t> sides_, sides_around_;            ///< 1 where shows_side(), and their number around
};

} // namespace overflight
