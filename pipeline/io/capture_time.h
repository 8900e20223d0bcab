// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace overflight {

/// When a frame was taken, by its EXIF tags, in seconds since 1970 (UTC): the time of the GPS receiver where there is
/// one, else DateTimeOriginal with OffsetTimeOriginal or, where the file has none, with `utc_offset` ("+hh:mm").
/// Nothing where that does not settle it, or the file cannot be read.
std::optional<std::int64_t> capture_time(const std::filesystem::path& frame, const std::string& utc_offset);

} // namespace overflight
