// SPDX-License-Identifier: Apache-2.0
#include "geometry/raster_file.h"

#include "core/errors.h"
#include "geometry/gdal_errors.h"
#include "raster/raster_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <vector>

namespace overflight {
namespace {

/// Every raster driver but those that reach the network or a database.
const std::vector<const char*>& local_drivers() {
    static std::vector<const char*> names;
    static std::once_flag once;
    std::call_once(once, [] {
        GDALAllRegister();
        static constexpr const char* remote[] = {"HTTP",     "WMS",    "WMTS",          "WCS",      "OGCAPI",
                                                 "PLMOSAIC", "NGW",    "EEDA",          "EEDAI",    "DAAS",
                                                 "STACTA",   "STACIT", "PostGISRaster", "GeoRaster"};
        GDALDriverManager* manager = GetGDALDriverManager();
        for (int i = 0; i < manager->GetDriverCount(); ++i) {
            GDALDriver* driver = manager->GetDriver(i);
            const std::string name = driver->GetDescription();
            if (!driver->GetMetadataItem(GDAL_DCAP_RASTER)) continue;
            if (std::find(std::begin(remote), std::end(remote), name) == std::end(remote))
                names.push_back(driver->GetDescription());
        }
        names.push_back(nullptr);
    });
    return names;
}

bool below(const std::filesystem::path& file, const std::filesystem::path& folder) {
    std::error_code error;
    const auto inner = std::filesystem::weakly_canonical(file, error),
               outer = std::filesystem::weakly_canonical(folder, error);
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

/// `way`: the VRTs that lead to the file.
Dataset open_local(const std::filesystem::path& file, const std::string& key, std::vector<std::filesystem::path> way) {
    const QuietGdal quiet;
    const auto fail = [&](const std::string& message) {
        return InputError(Problem{.file = file.string(), .key = key, .message = message});
    };
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        throw fail("the file does not exist; relative paths are relative to the config");
    Dataset dataset(open_raster(file, 0, local_drivers().data()));
    if (!dataset) throw fail(fmt::format("GDAL cannot read this raster: {}", quiet.last_error()));
    if (dataset->GetRasterCount() < 1) throw fail("the raster has no band");
    if (std::string(dataset->GetDriverName()) == "VRT") {
        way.push_back(file);
        for (const std::filesystem::path& other : listed_files(*dataset)) { // checked before it is opened
            if (!below(other, file.parent_path()))
                throw fail(
                    fmt::format("this VRT leads to {}, outside its own folder; that is not followed", other.string()));
            if (other.extension() != ".vrt" || std::filesystem::equivalent(other, file, error)) continue;
            if (std::ranges::any_of(way,
                                    [&](const auto& each) { return std::filesystem::equivalent(other, each, error); }))
                throw fail(fmt::format("this VRT leads to {}, which leads back to it", other.string()));
            open_local(other, key, way);
        }
    }
    return dataset;
}

} // namespace

Dataset open_local_raster(const std::filesystem::path& file, const std::string& key) {
    return open_local(file, key, {});
}

} // namespace overflight
