// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

class GDALDataset;

namespace overflight {

/// Of files with reduced levels of a raster.
enum class Overviews { left_out, listed };

/// The files that an open raster is made of, itself first, as far as they are there: headers, samples and masks kept
/// apart, world files, and what VRTs in VRTs lead to. Which of them GDAL lists may depend on what was asked of the
/// dataset before: masks and overviews after their flags and counts were.
std::vector<std::filesystem::path> files_of(GDALDataset& dataset, Overviews overviews);

} // namespace overflight
