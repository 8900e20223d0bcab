// SPDX-License-Identifier: Apache-2.0
#include "accuracy/rpc_warp.h"

#include "core/errors.h"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <gdal_utils.h>

#include <algorithm>
#include <limits>
#include <memory>

namespace overflight::accuracy {

Image warp_with_rpc(const FlownScene& scene, const std::string& mission, const Grid& grid) {
    GDALAllRegister();
    const Bounds b = grid.bounds();
    std::vector<std::string> words = {"-of",
                                      "MEM",
                                      "-rpc",
                                      "-et",
                                      "0",
                                      "-r",
                                      "cubic",
                                      "-dstnodata",
                                      "0",
                                      "-to",
                                      "RPC_DEM=" + (scene.folder() / "terrain/dtm.tif").string(),
                                      "-to",
                                      "RPC_DEMINTERPOLATION=bilinear",
                                      "-t_srs",
                                      grid.crs_wkt,
                                      "-te"};
    for (const double v : {b.xmin, b.ymin, b.xmax, b.ymax}) words.push_back(fmt::format("{:.6f}", v));
    words.insert(words.end(), {"-tr", fmt::format("{}", grid.resolution), fmt::format("{}", grid.resolution)});
    std::vector<char*> list;
    for (std::string& word : words) list.push_back(word.data());
    list.push_back(nullptr);
    const std::unique_ptr<GDALWarpAppOptions, void (*)(GDALWarpAppOptions*)> options(
        GDALWarpAppOptionsNew(list.data(), nullptr), GDALWarpAppOptionsFree);

    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(scene.folder() / mission / "frames")) {
        if (entry.path().extension() == ".tif") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<GDALDatasetH> sources;
    for (const auto& file : files) sources.push_back(GDALOpen(file.c_str(), GA_ReadOnly));
    int wrong = 0;
    const std::unique_ptr<void, void (*)(GDALDatasetH)> warped(
        GDALWarp("", nullptr, static_cast<int>(sources.size()), sources.data(), options.get(), &wrong),
        [](GDALDatasetH d) { GDALClose(d); });
    for (GDALDatasetH source : sources) GDALClose(source);
    Image image{grid, std::vector<float>(static_cast<std::size_t>(grid.width * grid.height))};
    const int width = static_cast<int>(grid.width), height = static_cast<int>(grid.height);
    if (!warped || GDALRasterIO(GDALGetRasterBand(warped.get(), 1), GF_Read, 0, 0, width, height, image.values.data(),
                                width, height, GDT_Float32, 0, 0) != CE_None) {
        throw RunError(fmt::format("warping {} failed: {}", mission, CPLGetLastErrorMsg()));
    }
    std::replace(image.values.begin(), image.values.end(), 0.0F, std::numeric_limits<float>::quiet_NaN());
    return image;
}

} // namespace overflight::accuracy
