// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change.h"
#include "stages/ground_cover.h"

#include <cstdint>
#include <span>
#include <vector>

namespace overflight {

inline constexpr double weight_scale = 0.01; ///< of stored weights: s means (s - 1) * weight_scale

/// What a tile's scores were made of, each over the tile, row-major; 0: not observed. Scores as ChangeScorer::score()
/// stores them.
struct ScoreEvidence {
    std::vector<std::uint8_t> fine;        ///< score of the pixels' difference by itself
    std::vector<std::uint8_t> unexplained; ///< what parallax, shadows and sampling leave of it
    std::vector<std::uint8_t> coarse;      ///< score of the difference around, less the same
    std::vector<std::uint8_t> structure;   ///< weight of a difference around: less where structure stayed, or is flat
    std::vector<std::uint8_t> first_look;  ///< score before frames that look from more alike sides were asked
    std::vector<std::uint8_t> shadow;      ///< weight of a difference: less where it may be a shadow's that moved
};

inline constexpr std::size_t score_evidence_layers = 6; ///< vectors of ScoreEvidence

/// What is known of a pixel of two mosaics that makes a change there less certain, as bits.
namespace change_context {
inline constexpr std::uint8_t observed = 1;
inline constexpr std::uint8_t seam = 2;          ///< of either mission: blended from two frames
inline constexpr std::uint8_t uncertain = 4;     ///< of either: near an edge of the surface
inline constexpr std::uint8_t shadow_before = 8; ///< by the surface model and the sun
inline constexpr std::uint8_t shadow_after = 16;
inline constexpr std::uint8_t vegetation = 32; ///< both missions show some: it grows, and leaves move
inline constexpr std::uint8_t water = 64;      ///< both missions show some: it glitters, and its waves move
} // namespace change_context

/// Flags of a mosaic (quality) over a window.
struct FlagsView {
    Window window;
    std::span<const std::uint8_t> flags;
};

/// Context of a tile's pixels. `before` covers the tile, `after` also what the shift reaches, where the grid does.
void find_change_context(const Window& tile, const FlagsView& before, const FlagsView& after, const ShiftField& field,
                         std::span<std::uint8_t> context);

/// Adds what both missions' ground cover says of pixels: those of which `mask` is 1, or all where it is empty. The
/// views cover the tile, that of `after` also what the shift reaches, and GroundCover::halo more, where the grid does.
void add_ground_cover(const Window& tile, std::span<const std::uint8_t> mask, GroundCover& before, GroundCover& after,
                      const ShiftField& field, std::span<std::uint8_t> context);

} // namespace overflight
