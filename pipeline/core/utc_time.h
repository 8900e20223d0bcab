// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace overflight {

/// Seconds since 1970-01-01T00:00:00Z of a time in ISO 8601, "yyyy-mm-ddThh:mm:ss" (a space for the T, fractions of a
/// second that are dropped) with "Z" or an offset from UTC; nothing for what is no such time.
std::optional<std::int64_t> utc_seconds(std::string_view text);

/// The way back: "yyyy-mm-ddThh:mm:ssZ".
std::string utc_text(std::int64_t seconds);

/// Seconds of "+hh:mm", "-hh:mm" or "Z".
std::optional<std::int64_t> utc_offset_seconds(std::string_view text);

} // namespace overflight
