// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace overflight {

/// How well a change mask matches what is known to have changed.
struct ChangeScore {
    /// Pixels that are observed in the mask and lie in the truth.
    std::int64_t scored = 0, flagged = 0, known = 0, hit = 0; ///< hit: flagged and known
    /// Pixels farther than outside_margin_m from every known change.
    std::int64_t outside = 0, flagged_outside = 0;
    /// Patches of flagged pixels (neighbours by side or corner), and those of them that meet a known change.
    std::int64_t patches = 0, right_patches = 0;
    std::int64_t wide_patches = 0,
                 right_wide_patches = 0; ///< those at least wide_patch_px across, one way or the other

    struct Objects {
        std::string kind;
        std::int64_t found = 0, known = 0;
    };
    std::vector<Objects> objects; ///< by kind, in alphabetical order; without objects: empty

    double precision() const { return share(hit, flagged); }
    double recall() const { return share(hit, known); }
    double f1() const { return share(2 * hit, flagged + known); }
    Objects all_objects() const; ///< of all kinds together

    static double share(std::int64_t part, std::int64_t whole) {
        return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
    }
};

/// Ground around a known change in which a flagged pixel counts neither way: shadows that moved with an object.
inline constexpr double outside_margin_m = 5;

inline constexpr int wide_patch_px = 10;

/// What is scored: 0 unchanged, 1 changed, 255 not observed.
struct ScoredMask {
    Grid grid;
    std::function<void(const Window&, std::span<std::uint8_t>)> read;
};

/// Either file may be empty, not both; known are the pixels of the truth raster or, without one, of the objects.
/// `truth`: a raster, non-zero where changed (its nodata value: not scored), on pixels of the mask's grid but of any
/// extent. `objects`: polygons in any vector file, with a field `kind` or without, or a CSV of rectangles
/// xmin,ymin,xmax,ymax, in the CRS of the mask. An object counts where all of it lies on the grid and some of it is
/// observed; it is found where at least half of its pixels (by their centres) are flagged.
/// Throws InputError for files that cannot be read or do not match the mask's grid.
ChangeScore score_change(const ScoredMask& mask, const std::filesystem::path& truth,
                         const std::filesystem::path& objects);

} // namespace overflight
