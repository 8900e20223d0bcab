// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"
#include "core/quality.h"
#include "handover/export_formats.h"
#include "handover/gdal_support.h"
#include "io/atomic_file.h"
#include "io/image_layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

namespace overflight {
namespace {

GDALDataType gdal_type(LayerType type) {
    switch (type) {
    case LayerType::u8:
        return GDT_Byte;
    case LayerType::u16:
        return GDT_UInt16;
    case LayerType::i16:
        return GDT_Int16;
    case LayerType::u32:
        return GDT_UInt32;
    case LayerType::f32:
        break;
    }
    return GDT_Float32;
}

GDALColorInterp interpretation(const std::string& band_name) {
    return band_name == "red"     ? GCI_RedBand
           : band_name == "green" ? GCI_GreenBand
           : band_name == "blue"  ? GCI_BlueBand
                                  : GCI_Undefined;
}

/// Turns what a reader throws at GDAL into GDAL's own kind of error.
template <typename Read>
CPLErr guarded(Read&& read) {
    try {
        read();
        return CE_None;
    } catch (const std::exception& error) {
        CPLError(CE_Failure, CPLE_FileIO, "%s", error.what());
        return CE_Failure;
    }
}

/// Where the mosaic holds data, by its quality flags: 255, else 0.
class MaskBand : public GDALRasterBand {
public:
    MaskBand(GDALDataset* dataset, const ProductReader& product, const RasterShape& chunk) : product_(product) {
        poDS = dataset;
        nBand = 0;
        eDataType = GDT_Byte;
        nRasterXSize = dataset->GetRasterXSize();
        nRasterYSize = dataset->GetRasterYSize();
        nBlockXSize = static_cast<int>(chunk.width);
        nBlockYSize = static_cast<int>(chunk.height);
    }

protected:
    CPLErr IReadBlock(int col, int row, void* out) override {
        return guarded([&] {
            const std::span samples(static_cast<std::byte*>(out), static_cast<std::size_t>(nBlockXSize * nBlockYSize));
            product_.read_chunk("quality", 0, row, col, samples);
            for (std::byte& flags : samples)
                flags = (flags & std::byte{quality::valid}) == std::byte{0} ? std::byte{0} : std::byte{255};
        });
    }

private:
    const ProductReader& product_;
};

class LayerBand : public GDALRasterBand {
public:
    LayerBand(GDALDataset* dataset, int number, const ProductReader& product, const LayerSpec& layer, MaskBand* mask,
              const std::string& name)
        : product_(product), layer_(layer), mask_(mask), name_(name) {
        const RasterShape chunk = chunk_shape(layer, product.grid());
        poDS = dataset;
        nBand = number;
        eDataType = gdal_type(layer.type);
        nBlockXSize = static_cast<int>(chunk.width);
        nBlockYSize = static_cast<int>(chunk.height);
        if (!name.empty()) SetDescription(name.c_str());
    }

    double GetNoDataValue(int* has) override {
        const bool there = !mask_ && layer_.fill;
        if (has) *has = there;
        return there ? *layer_.fill : 0;
    }
    double GetScale(int* has) override {
        if (has) *has = layer_.scale_factor != 1;
        return layer_.scale_factor;
    }
    double GetOffset(int* has) override {
        if (has) *has = layer_.add_offset != 0;
        return layer_.add_offset;
    }
    const char* GetUnitType() override { return layer_.units == "1" ? "" : layer_.units.c_str(); }
    GDALColorInterp GetColorInterpretation() override {
        return layer_.bands == 1 ? GCI_GrayIndex : interpretation(name_);
    }
    GDALRasterBand* GetMaskBand() override { return mask_ ? mask_ : GDALRasterBand::GetMaskBand(); }
    int GetMaskFlags() override { return mask_ ? GMF_PER_DATASET : GDALRasterBand::GetMaskFlags(); }

protected:
    CPLErr IReadBlock(int col, int row, void* out) override {
        return guarded([&] {
            const std::size_t bytes =
                static_cast<std::size_t>(nBlockXSize * nBlockYSize) * layer_type_size(layer_.type);
            product_.read_chunk(layer_.name, nBand - 1, row, col, {static_cast<std::byte*>(out), bytes});
        });
    }

private:
    const ProductReader& product_;
    const LayerSpec& layer_;
    MaskBand* mask_;
    std::string name_;
};

/// A layer of a product as GDAL sees a raster, read chunk by chunk as it is asked for.
class LayerDataset : public GDALDataset {
public:
    LayerDataset(const ProductReader& product, const LayerSpec& layer)
        : grid_(product.grid()), step_(layer.step), reference_(reference_of(product.grid().crs_wkt)) {
        const RasterShape shape = layer_shape(layer, grid_);
        if (std::max(shape.width, shape.height) > std::numeric_limits<int>::max())
            throw RunError(fmt::format("layer {} is too large for GDAL", layer.name));
        nRasterXSize = static_cast<int>(shape.width);
        nRasterYSize = static_cast<int>(shape.height);
        if (shows_ground(layer) && layer.type != LayerType::f32 && product.find("quality"))
            mask_ = std::make_unique<MaskBand>(this, product, chunk_shape(layer, grid_));
        const std::vector<std::string> names = product.band_names();
        for (int band = 1; band <= layer.bands; ++band) {
            const auto index = static_cast<std::size_t>(band - 1);
            const std::string name = layer.bands > 1 && index < names.size() ? names[index]
                                     : layer.bands > 1                       ? fmt::format("band {}", band)
                                                                             : layer.name;
            SetBand(band, new LayerBand(this, band, product, layer, mask_.get(), name));
        }
        SetMetadataItem("TIFFTAG_SOFTWARE", "overflight " OVERFLIGHT_VERSION);
        SetMetadataItem("TIFFTAG_IMAGEDESCRIPTION", layer.long_name.c_str());
        std::string meanings;
        for (const auto* flags : {&layer.flag_values, &layer.flag_masks})
            for (const auto& [value, meaning] : *flags)
                meanings += fmt::format("{}{}={}", meanings.empty() ? "" : ", ", value, meaning);
        if (!meanings.empty()) SetMetadataItem("FLAGS", meanings.c_str());
    }

    CPLErr GetGeoTransform(double* transform) override {
        const double spacing = grid_.resolution * step_;
        const double values[] = {grid_.west, spacing, 0, grid_.north, 0, -spacing};
        std::copy(std::begin(values), std::end(values), transform);
        return CE_None;
    }
    const OGRSpatialReference* GetSpatialRef() const override { return &reference_; }

private:
    const Grid& grid_;
    int step_;
    OGRSpatialReference reference_;
    std::unique_ptr<MaskBand> mask_;
};

/// Averages of codes mean nothing.
bool holds_codes(const LayerSpec& layer) {
    return !layer.flag_values.empty() || !layer.flag_masks.empty() || layer.name == "source_frame";
}

} // namespace

void write_cog(const ProductReader& product, const LayerSpec& layer, const std::filesystem::path& output) {
    const ReproducibleGdal gdal;
    GDALDriver& driver = gdal_driver("COG");
    LayerDataset source(product, layer);
    CPLStringList options;
    options.SetNameValue("COMPRESS", "DEFLATE");
    options.SetNameValue("PREDICTOR", "YES");
    options.SetNameValue("BLOCKSIZE", "512");
    options.SetNameValue("OVERVIEWS", "AUTO");
    options.SetNameValue("OVERVIEW_RESAMPLING", holds_codes(layer) ? "NEAREST" : "AVERAGE");
    options.SetNameValue("BIGTIFF", "IF_SAFER");
    const std::filesystem::path temporary = temporary_name(output);
    create_empty(temporary, output);
    Dataset written(driver.CreateCopy(temporary.c_str(), &source, FALSE, options.List(), nullptr, nullptr));
    const bool good = written && CPLGetLastErrorType() != CE_Failure;
    const std::string cause = gdal_failure(output);
    written.reset();
    if (!good) {
        std::error_code ignored;
        std::filesystem::remove(temporary, ignored);
        throw RunError(cause);
    }
    publish_file(temporary, output);
}

} // namespace overflight
