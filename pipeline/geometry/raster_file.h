// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gdal_priv.h>

#include <filesystem>
#include <memory>
#include <string>

namespace overflight {

// Internal to the geometry layer.

struct CloseDataset {
    void operator()(GDALDataset* dataset) const { GDALClose(dataset); }
};
using Dataset = std::unique_ptr<GDALDataset, CloseDataset>;

/// Opens a raster file for reading, by drivers of local files only; a VRT may only lead to files below its own folder.
/// Throws InputError that names the config key.
Dataset open_local_raster(const std::filesystem::path& file, const std::string& key);

} // namespace overflight
