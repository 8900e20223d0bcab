// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace overflight {

struct ExportRequest {
    std::filesystem::path product; ///< for stac also a folder of products
    std::string format;            ///< one of export_formats()
    std::string layer;             ///< layer or table; empty: the one that a person would want first
    std::filesystem::path output;  ///< empty: beside the product, under its name
    std::string datetime;          ///< of a STAC item, RFC 3339; empty: when the product was published
};

/// cog      a layer as cloud-optimised GeoTIFF: same samples, overviews, band names; nodata as the layer's fill value,
/// or
///          as a mask where the product has one (the image of a mosaic: a valid 0 stays data)
/// png      a layer in colours, at most 4096 pixels a side, with a world file
/// gpkg     every table whose rows have an outline, in the product's CRS; `layer` picks one
/// geojson  one such table (RFC 7946: longitude and latitude)
/// kml      likewise
/// stac     a static catalogue: an item a product, with the extensions projection, file and processing
const std::vector<std::string>& export_formats();

/// Writes whole files only, each by rename. Returns what was written. Throws InputError for a product, layer or table
/// that is not there (with those that are), RunError where the disk or GDAL refuses. Same product, same bytes.
std::vector<std::filesystem::path> export_product(const ExportRequest& request);

} // namespace overflight
