// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/plan.h"

#include <string>
#include <vector>

namespace overflight {

/// A band's name without case, spaces and signs; red, green, blue and nir for what else these are called.
std::string plain_band_name(const std::string& name);

/// Numbers of two missions' bands, counted from 0, in the order in which they are compared.
struct BandPairing {
    std::vector<int> before, after;
    int common = 0; ///< so many at the head of both are the same bands
};

/// Bands of the same name are the same, wherever they lie: red, green and blue first, then as in `before`, then what
/// one alone has. Where no name is in both, bands are the same by their numbers. At most `most` of each.
BandPairing pair_bands(const std::vector<std::string>& before, const std::vector<std::string>& after, int most);

/// Of a change's missions, by the bands of their frames.
BandPairing paired_bands(const Plan& plan, const PlannedChange& change);

} // namespace overflight
