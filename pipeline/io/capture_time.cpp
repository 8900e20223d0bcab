// SPDX-License-Identifier: Apache-2.0
#include "io/capture_time.h"

#include "core/utc_time.h"

#include <fmt/format.h>
#include <gdal_priv.h>

#include <cstdio>
#include <initializer_list>

namespace overflight {
namespace {

std::string tag(GDALDataset& dataset, std::initializer_list<const char*> names) {
    for (const char* name : names)
        for (const char* domain : {"", "EXIF"})
            if (const char* value = dataset.GetMetadataItem(name, domain)) return value;
    return {};
}

/// "2015:06:30 12:15:00" -> "2015-06-30T12:15:00"; empty for anything else.
std::string iso(const std::string& date_time) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (std::sscanf(date_time.c_str(), "%4d:%2d:%2d %2d:%2d:%2d", &year, &month, &day, &hour, &minute, &second) != 6)
        return {};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", year, month, day, hour, minute, second);
}

} // namespace

CaptureTags read_capture_tags(GDALDataset& frame) {
    CaptureTags tags;
    int year = 0, month = 0, day = 0;
    double hour = 0, minute = 0, second = 0;
    if (std::sscanf(tag(frame, {"EXIF_GPSDateStamp"}).c_str(), "%4d:%2d:%2d", &year, &month, &day) == 3 &&
        std::sscanf(tag(frame, {"EXIF_GPSTimeStamp"}).c_str(), "(%lf) (%lf) (%lf)", &hour, &minute, &second) == 3)
        tags.by_gps = utc_seconds(fmt::format("{:04}-{:02}-{:02}T{:02.0f}:{:02.0f}:{:02}Z", year, month, day, hour,
                                              minute, static_cast<int>(second)));
    tags.utc_offset = tag(frame, {"EXIF_OffsetTimeOriginal", "EXIF_0x9011"});
    if (!utc_offset_seconds(tags.utc_offset)) tags.utc_offset.clear();
    tags.date_time = iso(tag(frame, {"EXIF_DateTimeOriginal"}));
    return tags;
}

std::optional<std::int64_t> capture_time(const CaptureTags& tags, const std::string& utc_offset) {
    if (tags.by_gps) return tags.by_gps;
    return utc_seconds(tags.date_time + (tags.utc_offset.empty() ? utc_offset : tags.utc_offset));
}

} // namespace overflight
