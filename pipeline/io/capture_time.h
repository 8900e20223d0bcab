// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

class GDALDataset;

namespace overflight {

/// What a frame's EXIF tags say of when it was taken.
struct CaptureTags {
    std::optional<std::int64_t> by_gps; ///< seconds since 1970, UTC
    std::string date_time;              ///< DateTimeOriginal, "2015-06-30T12:15:00"; empty: none
    std::string utc_offset;             ///< OffsetTimeOriginal, "+02:00"; empty: none
};

CaptureTags read_capture_tags(GDALDataset& frame);

/// When a frame was taken, in seconds since 1970 (UTC): the time of the GPS receiver where there is one, else
/// DateTimeOriginal with OffsetTimeOriginal or, where the file has none, with `utc_offset` ("+hh:mm"). Nothing where
/// that does not settle it.
std::optional<std::int64_t> capture_time(const CaptureTags& tags, const std::string& utc_offset);

} // namespace overflight
