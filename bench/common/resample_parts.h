// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/resample.h"

#include <cstddef>
#include <cstdint>

namespace overflight {

/// Resamples a square tile in parts of 128 x 128 pixels, as when mosaics are composed: a part's source stays in the
/// cache, that of a whole row of a turned tile does not. `side`: of the tile, whole parts; positions and output
/// row-major.
template <typename Sample>
void resample_parts(const kernels::SourceWindow<Sample>& source, const kernels::PhaseTable& table,
                    const kernels::LaneRadiometry& radiometry, const std::int32_t* col, const std::int32_t* row,
                    std::size_t side, Sample* out, std::uint8_t* valid) {
    constexpr std::size_t part = 128;
    const auto lanes = static_cast<std::size_t>(source.lanes);
    for (std::size_t top = 0; top < side; top += part)
        for (std::size_t left = 0; left < side; left += part)
            for (std::size_t y = top; y < top + part; ++y) {
                const std::size_t at = y * side + left;
                kernels::resample(source, table, radiometry, col + at, row + at, part, out + at * lanes, valid + at);
            }
}

} // namespace overflight
