// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

class GDALDataset;

namespace overflight {

/// Opens a raster for reading, null where GDAL cannot; the caller closes it. What stands in the .aux.xml beside it
/// counts, as in other programs: nodata, georeference, units. Nothing is ever written there. `flags`: GDAL's, of how to
/// open; `drivers`: names, with a null after the last, or null for all; `beside`: names of what lies in its folder and
/// may belong to it, itself among them, or null: GDAL looks then.
GDALDataset* open_raster(const std::filesystem::path& file, unsigned flags, const char* const* drivers,
                         const std::vector<std::string>* beside = nullptr);

/// The files of an open raster as GDAL lists them: whether they are there or not, and of VRTs in a VRT themselves
/// alone.
std::vector<std::filesystem::path> listed_files(GDALDataset& dataset);

/// Of files with reduced levels of a raster.
enum class Overviews { left_out, listed };

/// The files that an open raster is made of, itself first, as far as they are there: headers, samples and masks kept
/// apart, world files, .aux.xml that say more than statistics, and what VRTs in VRTs lead to. Which of them GDAL lists
/// may depend on what was asked of the dataset before: masks and overviews after their flags and counts were.
std::vector<std::filesystem::path> files_of(GDALDataset& dataset, Overviews overviews);

} // namespace overflight
