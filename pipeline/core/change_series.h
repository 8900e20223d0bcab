// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"

#include <cstddef>
#include <string>
#include <vector>

namespace overflight {

/// Of a series at most: intervals are counted in a byte, beside 0 and 255.
inline constexpr std::size_t most_intervals = 254;

/// Changes that follow each other, the later mission of one being the earlier of the next: their numbers. Series of two
/// and more.
std::vector<std::vector<std::size_t>> find_series(const std::vector<ChangeConfig>& changes);

/// What products are called, without the extension.
std::string change_name(const ChangeConfig& change);
std::string timeline_name(const ChangeConfig& first, const ChangeConfig& last);

} // namespace overflight
