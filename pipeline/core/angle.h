// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <numbers>

namespace overflight {

/// In radians.
inline constexpr double degree = std::numbers::pi / 180;

} // namespace overflight
