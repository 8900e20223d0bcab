// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/gdal_messages.h"

#include <gdal_priv.h>
#include <ogr_spatialref.h>

#include <filesystem>
#include <memory>
#include <string>

// Private to handover.
namespace overflight {

/// Of the calling thread, while it lives: no messages on the terminal, no side files, no clock in what is written.
class ReproducibleGdal {
public:
    ReproducibleGdal();
    ~ReproducibleGdal();
    ReproducibleGdal(const ReproducibleGdal&) = delete;
    ReproducibleGdal& operator=(const ReproducibleGdal&) = delete;

private:
    GdalMessages messages_;
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
