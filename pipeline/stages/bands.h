// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/plan.h"

#include <string>
#include <vector>

namespace overflight {

/// A band's name without case, spaces and signs; red, green, blue and nir for what else these are called. Empty where
/// it tells nothing: gray, undefined, "band 4".
std::string plain_band_name(const std::string& name);

/// Where the bands `wanted` lie among those that a frame `has`, counted from 0. Empty where they lie in that order
/// already, or where not all have names that tell them apart.
std::vector<int> order_of_bands(const std::vector<std::string>& wanted, const std::vector<std::string>& has);

/// Which band of a mission is which, counted from 0; -1: none is.
struct BandRoles {
    int red = -1, green = -1, blue = -1, nir = -1;

    bool has_colours() const { return red >= 0 && green >= 0 && blue >= 0; }
};

/// By their names. Where none of three or more bands is named so, the first three are red, green and blue.
BandRoles band_roles(const std::vector<std::string>& names);

/// The same bands in another order: `numbers` of those that are left, counted from 0.
BandRoles reordered(const BandRoles& roles, const std::vector<int>& numbers);

/// How green a place is, and from what on that is vegetation: NDVI (Rouse 1974) where there is near infrared, else
/// excess green (Woebbecke 1995). Samples are as they come, without calibration, so that this is a hint.
template <typename Value>
struct Greenness {
    bool known = false, near_infrared = false;
    Value index = 0, least = 0;

    /// `level(band)`: the value of a band of the roles.
    template <typename Level>
    Greenness(const BandRoles& roles, const Level& level) {
        if (roles.red >= 0 && roles.nir >= 0) {
            const Value red = level(roles.red), nir = level(roles.nir);
            known = near_infrared = true;
            index = nir + red > 0 ? (nir - red) / (nir + red) : 0;
            least = static_cast<Value>(0.3);
        } else if (roles.has_colours()) {
            const Value red = level(roles.red), green = level(roles.green), blue = level(roles.blue),
                        sum = red + green + blue;
            known = true;
            index = sum > 0 ? (2 * green - red - blue) / sum : 0;
            least = static_cast<Value>(0.05);
        }
    }
};

/// Numbers of two missions' bands, counted from 0, in the order in which they are compared.
struct BandPairing {
    std::vector<int> before, after;
    int common = 0; ///< so many at the head of both are the same bands
};

/// Bands of the same name are the same, wherever they lie: red, green and blue first, then as in `before`. Then come
/// those of the same number, one of them without a name, then what one mission alone has. Where that makes no pair,
/// names are left aside and bands are the same by their numbers. At most `most` of each.
BandPairing pair_bands(const std::vector<std::string>& before, const std::vector<std::string>& after, int most);

/// Names in `before` of bands that are the same in both but beyond the first `most`, which are compared; "band 9" where
/// one has no name.
std::vector<std::string> bands_not_compared(const std::vector<std::string>& before,
                                            const std::vector<std::string>& after, int most);

/// Of a change's missions, by the bands of their frames.
BandPairing paired_bands(const Plan& plan, const PlannedChange& change);

} // namespace overflight
