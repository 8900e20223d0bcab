// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace overflight {

/// Of ASCII's letters.
std::string lower_case(std::string text);

} // namespace overflight
