// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "handover/export.h"
#include "io/product.h"

// Private to handover: one function a format; see export.h for what each writes.
namespace overflight {

void write_cog(const ProductReader& product, const LayerSpec& layer, const std::filesystem::path& output);

/// With a world file beside it, whose path is returned.
std::filesystem::path write_styled_png(const ProductReader& product, const LayerSpec& layer,
                                       const std::filesystem::path& output);

/// Tables whose rows have an outline.
std::vector<std::string> outlined_tables(const ProductReader& product);

/// `driver`: GPKG, GeoJSON or KML, as GDAL names them.
void write_vectors(const ProductReader& product, const std::vector<std::string>& tables, const char* driver,
                   const std::filesystem::path& output);

/// `output` is a folder; returns catalog.json and the items.
std::vector<std::filesystem::path> write_stac(const std::vector<std::filesystem::path>& products,
                                              const std::string& datetime, const std::filesystem::path& output);

} // namespace overflight
