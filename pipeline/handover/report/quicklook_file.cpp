// SPDX-License-Identifier: Apache-2.0
#include "handover/report/quicklook_file.h"

#include "core/errors.h"
#include "handover/gdal_support.h"
#include "handover/render.h"
#include "io/sidecar.h"

namespace overflight {
namespace {

std::optional<Picture> read_png(const std::filesystem::path& path, const ReducedSize& size) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return {};
    const ReproducibleGdal gdal;
    gdal_driver("PNG"); // registers
    const Dataset file(GDALDataset::Open(path.c_str(), GDAL_OF_RASTER));
    if (!file || file->GetRasterXSize() != size.width || file->GetRasterYSize() != size.height ||
        file->GetRasterCount() != 4)
        return {};
    Picture picture;
    picture.width = size.width;
    picture.height = size.height;
    picture.channels = 4;
    picture.samples.resize(4 * static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
    if (file->RasterIO(GF_Read, 0, 0, size.width, size.height, picture.samples.data(), size.width, size.height,
                       GDT_Byte, 4, nullptr, 4, 4 * size.width, 1, nullptr) != CE_None)
        return {};
    return picture;
}

/// One of the same name may show another product.
bool is_of(const std::filesystem::path& picture, const ProductReader& product) {
    try {
        return is_as_published(picture, read_sidecar(product.path()));
    } catch (const InputError&) {
        return false;
    }
}

} // namespace

Picture quicklook_of(const ProductReader& product, const ReducedSize& size) {
    const auto path = std::filesystem::path(product.path()).replace_extension(".png");
    if (is_of(path, product))
        if (auto picture = read_png(path, size)) return std::move(*picture);
    const LayerSpec* image = product.find("image");
    return render_layer(product, image ? *image : *product.find("mask"), std::max(size.width, size.height));
}

} // namespace overflight
