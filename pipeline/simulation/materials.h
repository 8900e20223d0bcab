// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace overflight::simulation {

inline constexpr int max_bands = 8;

/// Reflectance by band (red, green, blue, near infrared, red edge, two of short-wave infrared, coastal blue).
using Spectrum = std::array<float, max_bands>;

enum class Material : std::uint8_t {
    asphalt,
    paint,
    verge,
    garden,
    pavement,
    meadow,
    soil,
    wheat,
    maize,
    beet,
    litter,
    crown,
    water,
    works,
    tiles,
    slate,
    gravel,
    sheet,
    plaster,
    brick,
    car_white,
    car_dark,
    car_red,
    car_blue,
    mark_black,
    mark_white,
    count
};

/// How a material looks: its spectrum, how strongly the fine texture moves it (standard deviation), how its hue
/// wanders, and whether it follows the season.
struct Look {
    Spectrum reflectance;
    float contrast;
    float hue;
    bool vegetation;
};

const Look& look_of(Material material);

/// What autumn does to vegetation, by band, as a factor.
const Spectrum& autumn();

/// The direction in which hue wanders: against each other in red and infrared.
const Spectrum& hue_direction();

} // namespace overflight::simulation
