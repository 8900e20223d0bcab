// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_parallax.h"

#include <cstdint>
#include <span>
#include <vector>

namespace overflight {

/// A change shows from wherever it is looked at. What two missions show differently just because they look at it from
/// different sides (what stands upright and what it hides, slopes, leaves, glitter) does not where they look at it
/// alike. So differences where the frames behind two mosaics look from different sides are looked at again, by a pair
/// of frames that look more alike (see most_alike_views()), and count no more than they do there.

/// Pixels around an area for which second scores have to be known, where the grid has them: a whole block of parallax.
inline constexpr int second_look_halo = ParallaxField::block;

/// Pixels a side of an area: frames may look best at what lies further off that are not the best here.
inline constexpr int largest_second_look = 128;

/// Areas of a tile with scores that may make a change where the missions show what stands above the terrain two pixels
/// apart or more: windows on the grid, which begin at whole blocks of parallax and may overlap. Not those of which a
/// third changed: what is so large does not come from sides.
std::vector<Window> areas_for_second_look(const Window& tile, std::span<const std::uint8_t> scores,
                                          const ParallaxField& parallax);

/// The largest parallax of a block in an area, in pixels.
float largest_parallax(const ParallaxField& parallax, const Window& area);

/// Lowers a tile's scores in an area to one and a half times the strongest second score within 8 pixels, as what leans
/// lies a little off and no look is without noise. What the second look does not show stays as it is. `second`: scores
/// over the window `seen`, which holds the area.
void lower_to_second_look(const Window& tile, std::span<std::uint8_t> scores, const Window& area, const Window& seen,
                          std::span<const std::uint8_t> second);

} // namespace overflight
