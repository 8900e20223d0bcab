// SPDX-License-Identifier: Apache-2.0
#include "handover/gdal_support.h"

#include "core/errors.h"

#include <cpl_conv.h>
#include <fmt/format.h>

#include <mutex>

namespace overflight {

ReproducibleGdal::ReproducibleGdal() {
    CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", "NO");
    // GeoPackages and others note when they were made; the same product gives the same file.
    CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", "2000-01-01T00:00:00.000Z");
}

ReproducibleGdal::~ReproducibleGdal() {
    CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", nullptr);
    CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", nullptr);
}

GDALDriver& gdal_driver(const char* name) {
    static std::once_flag registered;
    std::call_once(registered, GDALAllRegister);
    GDALDriver* found = GetGDALDriverManager()->GetDriverByName(name);
    if (!found) throw RunError(fmt::format("GDAL was built without its {} driver", name));
    return *found;
}

std::string gdal_failure(const std::filesystem::path& path) {
    return fmt::format("cannot write {}: {}", path.string(), GdalMessages::last());
}

OGRSpatialReference reference_of(const std::string& wkt) {
    OGRSpatialReference reference;
    if (reference.importFromWkt(wkt.c_str()) != OGRERR_NONE) throw RunError("PROJ cannot read the product's CRS");
    reference.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    return reference;
}

} // namespace overflight
