// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/bands.h"
#include "stages/change.h"

#include <cstdint>
#include <vector>

namespace overflight {

namespace ground_cover {
inline constexpr std::uint8_t vegetation = 1, water = 2;
}

/// What may cover the ground, for what it makes of a change. Vegetation: NDVI (Rouse 1974) of at least 0.3 or, without
/// near infrared, excess green (Woebbecke 1995) of at least 0.05. Water: even, and by NDWI (McFeeters 1996) above 0 or,
/// without near infrared, dark and not reddish, over most of 40 x 40 pixels or beside such: single dark pixels are
/// anything. Samples are as they come, without calibration, so that these are hints. Looks at no more pixels than it is
/// asked for and are around those.
class GroundCover {
public:
    /// Pixels around one that its water depends on.
    static constexpr int halo = 40;

    /// `view` covers what will be asked for and the halo around it, where the grid does; it must outlive the use.
    /// `brightness`: median over the mission, bands averaged.
    GroundCover(const MissionView& view, const BandRoles& roles, float brightness);

    /// What of ground_cover:: is at a pixel of the grid; 0 where nothing is seen or bands do not tell.
    std::uint8_t at(std::int64_t col, std::int64_t row);

private:
    enum class Answer : std::uint8_t { unknown, no, yes };

    float sample(int band, std::int64_t col, std::int64_t row) const;
    bool is_green(std::int64_t col, std::int64_t row) const;
    bool look_at_cell(std::int64_t cell_col, std::int64_t cell_row) const;
    template <typename Find>
    bool answer(std::vector<Answer>& answers, std::int64_t cell_col, std::int64_t cell_row, const Find& find);
    bool is_watery(std::int64_t cell_col, std::int64_t cell_row);
    bool is_amid_water(std::int64_t cell_col, std::int64_t cell_row);
    bool is_water(std::int64_t cell_col, std::int64_t cell_row);

    const MissionView& view_;
    const BandRoles roles_;
    const float brightness_;
    std::int64_t first_col_ = 0, first_row_ = 0; ///< cells of the grid
    int cols_ = 0, rows_ = 0;
    std::vector<Answer> watery_, amid_, water_; ///< a cell
};

} // namespace overflight
