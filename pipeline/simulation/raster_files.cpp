// SPDX-License-Identifier: Apache-2.0
#include "simulation/raster_files.h"

#include "core/errors.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <fmt/format.h>
#include <gdal_priv.h>
#include <gdalwarper.h>
#include <ogr_spatialref.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace overflight::simulation {

namespace {

struct Closer {
    void operator()(GDALDataset* dataset) const { GDALClose(dataset); }
};
using Dataset = std::unique_ptr<GDALDataset, Closer>;

/// The file as it is where it is in the scene's CRS, else seen through a warp. `base` keeps the file open below.
struct Source {
    Dataset base, warped;
    std::array<double, 6> transform{};

    GDALDataset* get() const { return warped ? warped.get() : base.get(); }
};

Source open_source(const std::filesystem::path& file, const std::string& crs, const char* key) {
    GDALAllRegister();
    const char* drivers[] = {"GTiff", "HFA", "AAIGrid", "PNG", "JPEG", "JP2OpenJPEG", "ENVI", "SRTMHGT", nullptr};
    Source source;
    source.base.reset(GDALDataset::Open(file.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY, drivers));
    if (!source.base) {
        throw InputError(Problem{file.string(), 0, 0, key, "cannot be read as a raster; check the path"});
    }
    OGRSpatialReference scene;
    scene.SetFromUserInput(crs.c_str());
    scene.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    const OGRSpatialReference* own = source.base->GetSpatialRef();
    if (own && !own->IsSame(&scene)) {
        char* wkt = nullptr;
        scene.exportToWkt(&wkt);
        source.warped.reset(static_cast<GDALDataset*>(
            GDALAutoCreateWarpedVRT(source.base.get(), nullptr, wkt, GRA_Bilinear, 0.01, nullptr)));
        CPLFree(wkt);
        if (!source.warped) throw InputError(Problem{file.string(), 0, 0, key, "cannot be brought into scene.crs"});
    }
    if (source.get()->GetGeoTransform(source.transform.data()) != CE_None || source.transform[2] != 0 ||
        source.transform[4] != 0) {
        throw InputError(Problem{file.string(), 0, 0, key, "has no north-up georeference; warp it first"});
    }
    return source;
}

/// Pixel-interleaved bilinear samples of a band at a lattice of map positions.
struct Patch {
    std::vector<float> values;
    std::int64_t col = 0, row = 0;
    int width = 0, height = 0;
};

Patch read_patch(const Source& source, int band, double x0, double y0, double step, int width, int height) {
    const auto& t = source.transform;
    const double c0 = (x0 - t[0]) / t[1] - 0.5, c1 = (x0 + (width - 1) * step - t[0]) / t[1] - 0.5;
    const double r0 = (y0 + (height - 1) * step - t[3]) / t[5] - 0.5, r1 = (y0 - t[3]) / t[5] - 0.5;
    const int columns = source.get()->GetRasterXSize(), rows = source.get()->GetRasterYSize();
    const auto inside = [](double v, int size) { return static_cast<std::int64_t>(std::clamp(v, 0.0, size - 1.0)); };
    Patch patch;
    patch.col = inside(std::floor(c0), columns);
    patch.row = inside(std::floor(r0), rows);
    patch.width = static_cast<int>(inside(std::floor(c1) + 1, columns) - patch.col + 1);
    patch.height = static_cast<int>(inside(std::floor(r1) + 1, rows) - patch.row + 1);
    patch.values.resize(static_cast<std::size_t>(patch.width) * patch.height);
    const CPLErr error = source.get()->GetRasterBand(band)->RasterIO(
        GF_Read, static_cast<int>(patch.col), static_cast<int>(patch.row), patch.width, patch.height,
        patch.values.data(), patch.width, patch.height, GDT_Float32, 0, 0, nullptr);
    if (error != CE_None) throw RunError(fmt::format("reading a raster of the scene failed: {}", CPLGetLastErrorMsg()));
    return patch;
}

float bilinear(const Patch& patch, double col, double row) {
    const double c = std::clamp(col - static_cast<double>(patch.col), 0.0, patch.width - 1.0);
    const double r = std::clamp(row - static_cast<double>(patch.row), 0.0, patch.height - 1.0);
    const int ci = std::min(static_cast<int>(c), std::max(0, patch.width - 2));
    const int ri = std::min(static_cast<int>(r), std::max(0, patch.height - 2));
    const int right = patch.width > 1 ? 1 : 0, down = patch.height > 1 ? patch.width : 0;
    const auto a = static_cast<float>(c - ci), b = static_cast<float>(r - ri);
    const float* v = patch.values.data() + static_cast<std::ptrdiff_t>(ri) * patch.width + ci;
    return (1 - b) * ((1 - a) * v[0] + a * v[right]) + b * ((1 - a) * v[down] + a * v[down + right]);
}

} // namespace

struct GroundSource::State {
    Source source;
    double nodata = 0;
    bool has_nodata = false;
};

GroundSource::GroundSource(const std::filesystem::path& file, const std::string& crs)
    : state_(std::make_unique<State>()) {
    state_->source = open_source(file, crs, "terrain.file");
    int has = 0;
    state_->nodata = state_->source.get()->GetRasterBand(1)->GetNoDataValue(&has);
    state_->has_nodata = has != 0;
}

GroundSource::~GroundSource() = default;

void GroundSource::read(double x0, double y0, double step, int width, int height, double level, float* out) {
    Patch patch = read_patch(state_->source, 1, x0, y0, step, width, height);
    for (float& v : patch.values) {
        const bool hole = !(v > -500 && v < 9000) || (state_->has_nodata && v == static_cast<float>(state_->nodata));
        if (hole) v = static_cast<float>(level);
    }
    const auto& t = state_->source.transform;
    for (int j = 0; j < height; ++j) {
        for (int i = 0; i < width; ++i) {
            out[static_cast<std::ptrdiff_t>(j) * width + i] =
                bilinear(patch, (x0 + i * step - t[0]) / t[1] - 0.5, (y0 + j * step - t[3]) / t[5] - 0.5);
        }
    }
}

struct PaintSource::State {
    Source source;
    double full_scale = 255;
};

PaintSource::PaintSource(const std::filesystem::path& file, const std::string& crs)
    : state_(std::make_unique<State>()) {
    state_->source = open_source(file, crs, "land.orthophoto");
    const GDALDataType type = state_->source.get()->GetRasterBand(1)->GetRasterDataType();
    state_->full_scale = type == GDT_Byte ? 255 : type == GDT_UInt16 ? 65535 : 1;
}

PaintSource::~PaintSource() = default;

void PaintSource::read(double x0, double y0, double step, int width, int height, int bands, int stride, float* out) {
    const auto& t = state_->source.transform;
    const int columns = state_->source.get()->GetRasterXSize(), rows = state_->source.get()->GetRasterYSize();
    for (int b = 0; b < bands; ++b) {
        const int band = std::min(b + 1, state_->source.get()->GetRasterCount());
        const Patch patch = read_patch(state_->source, band, x0, y0, step, width, height);
        for (int j = 0; j < height; ++j) {
            for (int i = 0; i < width; ++i) {
                const double col = (x0 + i * step - t[0]) / t[1] - 0.5, row = (y0 + j * step - t[3]) / t[5] - 0.5;
                const bool inside = col > -1 && row > -1 && col < columns && row < rows;
                out[(static_cast<std::ptrdiff_t>(j) * width + i) * stride + b] =
                    inside ? bilinear(patch, col, row) / static_cast<float>(state_->full_scale) : 0.0f;
            }
        }
    }
}

struct TiffWriter::State {
    Dataset dataset;
    std::filesystem::path file;
    Options options;
    std::int64_t width = 0;
};

TiffWriter::TiffWriter(const std::filesystem::path& file, std::int64_t width, std::int64_t height,
                       const Options& options, const Grid* grid)
    : state_(std::make_unique<State>()) {
    GDALAllRegister();
    state_->file = file;
    state_->options = options;
    state_->width = width;
    const GDALDataType type = options.sample == Sample::u8    ? GDT_Byte
                              : options.sample == Sample::u16 ? GDT_UInt16
                                                              : GDT_Float32;
    CPLStringList create;
    create.SetNameValue("TILED", "YES");
    create.SetNameValue("BIGTIFF", "IF_SAFER");
    create.SetNameValue("INTERLEAVE", "PIXEL");
    if (options.bands >= 3 && options.sample != Sample::f32) create.SetNameValue("PHOTOMETRIC", "RGB");
    if (options.compression == Compression::deflate) {
        create.SetNameValue("COMPRESS", "DEFLATE");
        create.SetNameValue("ZLEVEL", "6");
        create.SetNameValue("PREDICTOR", options.sample == Sample::f32 ? "3" : "2");
    } else if (options.compression == Compression::jpeg) {
        create.SetNameValue("COMPRESS", "JPEG");
        create.SetNameValue("JPEG_QUALITY", std::to_string(options.jpeg_quality).c_str());
        if (options.bands == 3) create.SetNameValue("PHOTOMETRIC", "YCBCR");
    }
    GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("GTiff");
    state_->dataset.reset(driver->Create(file.c_str(), static_cast<int>(width), static_cast<int>(height), options.bands,
                                         type, create.List()));
    if (!state_->dataset) throw RunError(fmt::format("cannot write {}: {}", file.string(), CPLGetLastErrorMsg()));
    if (options.has_nodata) {
        for (int b = 1; b <= options.bands; ++b) state_->dataset->GetRasterBand(b)->SetNoDataValue(options.nodata);
    }
    if (!grid) return;
    double transform[6] = {grid->west, grid->resolution, 0, grid->north, 0, -grid->resolution};
    state_->dataset->SetGeoTransform(transform);
    OGRSpatialReference crs;
    crs.SetFromUserInput(grid->crs_wkt.c_str());
    state_->dataset->SetSpatialRef(&crs);
}

TiffWriter::~TiffWriter() = default;

void TiffWriter::write(std::int64_t row, int rows, const void* samples) {
    const Options& o = state_->options;
    const GDALDataType type = o.sample == Sample::u8 ? GDT_Byte : o.sample == Sample::u16 ? GDT_UInt16 : GDT_Float32;
    const int bytes = GDALGetDataTypeSizeBytes(type);
    const CPLErr error = state_->dataset->RasterIO(
        GF_Write, 0, static_cast<int>(row), static_cast<int>(state_->width), rows, const_cast<void*>(samples),
        static_cast<int>(state_->width), rows, type, o.bands, nullptr, static_cast<GSpacing>(bytes) * o.bands,
        static_cast<GSpacing>(bytes) * o.bands * state_->width, bytes, nullptr);
    if (error != CE_None) {
        throw RunError(fmt::format("cannot write {}: {}", state_->file.string(), CPLGetLastErrorMsg()));
    }
}

void TiffWriter::close() {
    CPLErrorReset();
    state_->dataset.reset();
    if (CPLGetLastErrorType() >= CE_Failure) {
        throw RunError(fmt::format("cannot write {}: {}", state_->file.string(), CPLGetLastErrorMsg()));
    }
}

} // namespace overflight::simulation
