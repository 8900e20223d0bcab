// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cpl_conv.h>
#include <cpl_error.h>
#include <gdal_priv.h>
#include <ogr_spatialref.h>

#include <filesystem>
#include <memory>
#include <string>

// Private to handover.
namespace overflight {

/// GDAL's messages belong into the exception, not on the terminal, and its side files nowhere. Of the calling thread.
class QuietGdal {
public:
    QuietGdal() {
        CPLPushErrorHandler(CPLQuietErrorHandler);
        CPLErrorReset();
        CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", "NO");
        // GeoPackages and others note when they were made; the same product gives the same file.
        CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", "2000-01-01T00:00:00.000Z");
    }
    ~QuietGdal() {
        CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", nullptr);
        CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", nullptr);
        CPLPopErrorHandler();
    }
    QuietGdal(const QuietGdal&) = delete;
    QuietGdal& operator=(const QuietGdal&) = delete;
};

struct CloseDataset {
    void operator()(GDALDataset* dataset) const { GDALClose(dataset); }
};
using Dataset = std::unique_ptr<GDALDataset, CloseDataset>;

/// Registers GDAL's drivers once. Throws RunError where it was built without this one.
GDALDriver& gdal_driver(const char* name);

/// "cannot write PATH: " and what GDAL says.
std::string gdal_failure(const std::filesystem::path& path);

/// With longitude or easting first.
OGRSpatialReference reference_of(const std::string& wkt);

} // namespace overflight
