// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

namespace overflight {

/// The part of a convex ring within a convex outline, whose corners go around counter-clockwise; empty where they have
/// nothing in common. By cutting along each side of the outline (Sutherland and Hodgman 1974); of other rings what is
/// left may hold sides along the outline twice.
std::vector<std::pair<double, double>> clipped(std::vector<std::pair<double, double>> ring,
                                               const std::vector<std::pair<double, double>>& outline);

} // namespace overflight
