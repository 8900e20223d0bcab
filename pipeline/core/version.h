// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace overflight {

/// Of the program; raised whenever the same input gives other pixels, as products record it.
inline constexpr const char* version = OVERFLIGHT_VERSION;

} // namespace overflight
