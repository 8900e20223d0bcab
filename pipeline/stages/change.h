// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "core/sample.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace overflight {

/// Change between two missions on one grid, as functions on arrays: who reads, schedules and writes is the caller.
/// Every function is pure; results do not depend on threads, tile order or instruction set. The passes, in order:
///
///  1. registration  change_registration.h  per window: measure_shift(); once: fit_shift_field()
///  2. statistics    change_statistics.h    per tile of a sample: gather_change_sample(); once, tiles in a fixed order:
///  fit_change_model()
///  3. score         change_score.h         per tile: ChangeScorer::score(), its ScoreStatistics added to those of the
///  run
///  4. candidates    change_decision.h      per tile: find_candidates() on the scores of the tile and its halo;
///                   change_objects.h       their parts, joined to objects across tiles: ObjectCollector
///  5. decision      change_objects.h       once: keep_discoveries(), by the null of all scores, fit_score_null()
///  6. mask          change_mask.h          per tile: ChangeMask::paint()
///
/// Tiles are those of Tiling (origins are multiples of 8, which the levels at lower resolution rely on). Pass 3 takes
/// both missions with a halo: change_halo around the tile, for the second mission after_halo(field). Pass 4 takes
/// scores with decision_halo(). Windows are cut to the grid by the caller: what is outside counts as not observed.
inline constexpr int change_halo = 40;

inline constexpr int change_max_bands = 8;

/// Square blocks of pixels of a grid, row by row; they may reach beyond it.
struct PixelBlocks {
    std::int64_t col = 0, row = 0; ///< first pixel of the first block
    int side = 1;                  ///< pixels
    int cols = 0, rows = 0;        ///< blocks

    int count() const { return cols * rows; }
};

/// A level for each band at which samples saturate; the largest float where they do not.
using BandLevels = std::array<float, change_max_bands>;
inline constexpr BandLevels no_saturation = [] {
    BandLevels levels{};
    levels.fill(std::numeric_limits<float>::max());
    return levels;
}();

/// One band of one mission over a window, row-major.
struct BandView {
    const void* samples = nullptr;
    std::ptrdiff_t stride = 0; ///< in samples
    SampleType type = SampleType::u8;

    float at(std::ptrdiff_t index) const {
        switch (type) {
        case SampleType::u8:
            return static_cast<const std::uint8_t*>(samples)[index];
        case SampleType::u16:
            return static_cast<const std::uint16_t*>(samples)[index];
        case SampleType::f32:
            return static_cast<const float*>(samples)[index];
        }
        return 0;
    }
};

/// One mission over a window of the grid: 1 to 8 bands (more are ignored) and validity, a byte a pixel, 0 where nothing
/// was observed. Invalid samples are never read as values.
struct MissionView {
    Window window;
    std::vector<BandView> bands;
    const std::uint8_t* valid = nullptr; ///< null: all valid
    std::ptrdiff_t valid_stride = 0;

    /// Whether the window holds a pixel of the grid, and something was observed there.
    bool seen(std::int64_t col, std::int64_t row) const {
        return col >= window.col && row >= window.row && col < window.col + window.width &&
               row < window.row + window.height &&
               (valid == nullptr || valid[(row - window.row) * valid_stride + (col - window.col)] != 0);
    }
    /// A pixel of the grid that lies in the window.
    float at(std::size_t band, std::int64_t col, std::int64_t row) const {
        return bands[band].at((row - window.row) * bands[band].stride + (col - window.col));
    }
};

/// What the `after` mission must be shifted by: its content for pixel (c, r) lies at (c + dx, r + dy). Bilinear between
/// nodes; node (i, j) lies on pixel (i * step, j * step).
struct ShiftField {
    int step = 256;
    int cols = 0, rows = 0; ///< 0: no shift anywhere
    std::vector<float> dx, dy;

    enum class Model : std::uint8_t { none, translation, affine, mesh } model = Model::none;
    int windows = 0;               ///< measured
    int accepted = 0;              ///< of them consistent with the model
    double residual_px = 0;        ///< RMSE per axis on held-out windows after the model; nothing unless registered()
    double residual_before_px = 0; ///< the same without any shift

    bool registered() const { return accepted > 0; }
    bool identity() const { return cols == 0; }
    double largest() const; ///< largest absolute component, pixels
    /// (dx, dy) at a pixel of the grid; beyond the nodes as at the nearest.
    std::pair<float, float> at(double col, double row) const;
    /// The same in whole pixels.
    std::pair<std::int64_t, std::int64_t> nearest(double col, double row) const;
};

/// Halo that the second mission needs in pass 3: change_halo, the shift and the interpolation's support.
int after_halo(const ShiftField& field);

} // namespace overflight
