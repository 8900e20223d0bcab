// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace overflight {

/// Metres in a unit of heights by its name, however that is spelt: metres and their parts, feet, US survey feet.
/// Nothing for one that is not known, or for no name.
std::optional<double> metres_per_height_unit(const std::string& name);

/// What metres_per_height_unit() knows, as text for an error.
std::string known_height_units();

} // namespace overflight
