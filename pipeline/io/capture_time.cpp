// SPDX-License-Identifier: Apache-2.0
#include "io/capture_time.h"

#include "core/utc_time.h"
#include "io/gdal_messages.h"

#include <fmt/format.h>
#include <gdal_priv.h>

#include <cstdio>
#include <initializer_list>
#include <memory>

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

std::optional<std::int64_t> capture_time(const std::filesystem::path& frame, const std::string& utc_offset) {
    const GdalMessages messages;
    const std::unique_ptr<GDALDataset, void (*)(GDALDataset*)> dataset(
        GDALDataset::Open(frame.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY), [](GDALDataset* d) { GDALClose(d); });
    if (!dataset) return {};
    int year = 0, month = 0, day = 0;
    double hour = 0, minute = 0, second = 0;
    if (std::sscanf(tag(*dataset, {"EXIF_GPSDateStamp"}).c_str(), "%4d:%2d:%2d", &year, &month, &day) == 3 &&
        std::sscanf(tag(*dataset, {"EXIF_GPSTimeStamp"}).c_str(), "(%lf) (%lf) (%lf)", &hour, &minute, &second) == 3)
        return utc_seconds(fmt::format("{:04}-{:02}-{:02}T{:02.0f}:{:02.0f}:{:02}Z", year, month, day, hour, minute,
                                       static_cast<int>(second)));
    std::string offset = tag(*dataset, {"EXIF_OffsetTimeOriginal", "EXIF_0x9011"});
    if (!utc_offset_seconds(offset)) offset = utc_offset;
    return utc_seconds(iso(tag(*dataset, {"EXIF_DateTimeOriginal"})) + offset);
}

} // namespace overflight
