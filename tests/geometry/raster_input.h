// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gdal_priv.h>
#include <gtest/gtest.h>
#include <ogr_spatialref.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace overflight::test {

/// Writes a float GeoTIFF whose cell (col, row) holds value(col, row); north up unless the pixel height is positive.
/// `options` are GDAL's.
inline std::filesystem::path write_raster(const std::filesystem::path& file, int width, int height, double west,
                                          double north, double dx, double dy, const std::string& crs,
                                          const std::function<double(int, int)>& value,
                                          std::optional<double> nodata = {}, std::vector<const char*> options = {}) {
    GDALAllRegister();
    GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("GTiff");
    options.push_back(nullptr);
    GDALDataset* dataset =
        driver->Create(file.c_str(), width, height, 1, GDT_Float32, const_cast<char**>(options.data()));
    double g[] = {west, dx, 0, north, 0, dy};
    dataset->SetGeoTransform(g);
    OGRSpatialReference srs;
    srs.SetFromUserInput(crs.c_str());
    dataset->SetSpatialRef(&srs);
    GDALRasterBand* band = dataset->GetRasterBand(1);
    if (nodata) band->SetNoDataValue(*nodata);
    std::vector<float> line(static_cast<std::size_t>(width));
    for (int row = 0; row < height; ++row) {
        for (int col = 0; col < width; ++col) line[static_cast<std::size_t>(col)] = static_cast<float>(value(col, row));
        EXPECT_EQ(band->RasterIO(GF_Write, 0, row, width, 1, line.data(), width, 1, GDT_Float32, 0, 0, nullptr),
                  CE_None);
    }
    GDALClose(dataset);
    return file;
}

} // namespace overflight::test
