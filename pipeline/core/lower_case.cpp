// SPDX-License-Identifier: Apache-2.0
#include "core/lower_case.h"

#include <algorithm>
#include <cctype>

namespace overflight {

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

} // namespace overflight
