// SPDX-License-Identifier: Apache-2.0
#include "simulation/known_changes.h"

#include "core/errors.h"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <ogr_spatialref.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

namespace overflight::simulation {

namespace {

struct Closer {
    void operator()(GDALDataset* dataset) const { GDALClose(dataset); }
};
using Dataset = std::unique_ptr<GDALDataset, Closer>;

[[noreturn]] void refuse(const std::filesystem::path& file, std::string message) {
    throw InputError(Problem{.file = file.string(), .message = std::move(message)});
}

void expect_crs(const std::filesystem::path& file, const OGRSpatialReference* found, const Grid& grid) {
    if (!found || grid.crs_wkt.empty()) return;
    OGRSpatialReference expected;
    expected.SetFromUserInput(grid.crs_wkt.c_str());
    const char* const options[] = {"IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", "CRITERION=EQUIVALENT", nullptr};
    if (expected.IsSame(found, options)) return;
    refuse(file, fmt::format("is in {}, the product in {}; bring it into the product's with gdalwarp or ogr2ogr",
                             found->GetName(), expected.GetName()));
}

/// Area and distance need straight edges.
void add_rings(const OGRGeometry& geometry, KnownObject& object) {
    const std::unique_ptr<OGRGeometry> straight(geometry.getLinearGeometry());
    const auto add = [&](const OGRPolygon& polygon) {
        for (const OGRLinearRing* line : polygon) {
            auto& ring = object.rings.emplace_back();
            for (const OGRPoint& p : *line) ring.push_back({p.getX(), p.getY()});
        }
    };
    switch (wkbFlatten(straight->getGeometryType())) {
    case wkbPolygon:
        add(*straight->toPolygon());
        break;
    case wkbMultiPolygon:
        for (const OGRPolygon* part : *straight->toMultiPolygon()) add(*part);
        break;
    default:
        break;
    }
}

/// The columns xmin, ymin, xmax, ymax of a table of rectangles.
std::optional<std::array<int, 4>> rectangle_fields(const OGRFeatureDefn& definition) {
    std::array<int, 4> fields{};
    const std::array<const char*, 4> names = {"xmin", "ymin", "xmax", "ymax"};
    for (std::size_t k = 0; k < names.size(); ++k) {
        fields[k] = definition.GetFieldIndex(names[k]);
        if (fields[k] < 0 || definition.GetFieldDefn(fields[k])->GetType() == OFTString) return {};
    }
    return fields;
}

} // namespace

struct TruthRaster::State {
    std::filesystem::path file;
    Dataset dataset;
    std::int64_t col = 0, row = 0; ///< of its corner on the grid
    std::optional<double> nodata;
    std::vector<double> samples;
};

TruthRaster::TruthRaster(const std::filesystem::path& file, const Grid& grid) : state_(std::make_unique<State>()) {
    GDALAllRegister();
    state_->file = file;
    state_->dataset.reset(GDALDataset::Open(file.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY));
    if (!state_->dataset) refuse(file, "cannot be read as a raster; check the path");
    std::array<double, 6> t{};
    if (state_->dataset->GetGeoTransform(t.data()) != CE_None || t[2] != 0 || t[4] != 0 || !(t[1] > 0 && t[5] < 0)) {
        refuse(file, "has no north-up georeference; warp it to the product's grid");
    }
    expect_crs(file, state_->dataset->GetSpatialRef(), grid);
    const double tolerance = 1e-6 * grid.resolution;
    if (std::abs(t[1] - grid.resolution) > tolerance || std::abs(-t[5] - grid.resolution) > tolerance) {
        refuse(file,
               fmt::format("has pixels of {:g} x {:g}, the product of {:g}; give it that resolution with gdalwarp -tr",
                           t[1], -t[5], grid.resolution));
    }
    const double col = (t[0] - grid.west) / grid.resolution, row = (grid.north - t[3]) / grid.resolution;
    const double aside = std::max(std::abs(col - std::round(col)), std::abs(row - std::round(row)));
    if (aside > 0.01) {
        refuse(file,
               fmt::format("lies {:.2f} pixel beside the product's pixels; align it with gdalwarp -tap or -te", aside));
    }
    state_->col = std::llround(col), state_->row = std::llround(row);
    if (state_->col >= grid.width || state_->row >= grid.height ||
        state_->col + state_->dataset->GetRasterXSize() <= 0 || state_->row + state_->dataset->GetRasterYSize() <= 0) {
        refuse(file, "shares no ground with the product");
    }
    int has = 0;
    const double nodata = state_->dataset->GetRasterBand(1)->GetNoDataValue(&has);
    if (has) state_->nodata = nodata;
}

TruthRaster::~TruthRaster() = default;

void TruthRaster::read(const Window& window, std::span<std::uint8_t> out) {
    State& s = *state_;
    std::fill(out.begin(), out.end(), std::uint8_t{255});
    const std::int64_t col0 = std::max(window.col, s.col), row0 = std::max(window.row, s.row);
    const std::int64_t col1 = std::min(window.col + window.width, s.col + s.dataset->GetRasterXSize());
    const std::int64_t row1 = std::min(window.row + window.height, s.row + s.dataset->GetRasterYSize());
    if (col0 >= col1 || row0 >= row1) return;
    const int width = static_cast<int>(col1 - col0), height = static_cast<int>(row1 - row0);
    s.samples.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    if (s.dataset->GetRasterBand(1)->RasterIO(GF_Read, static_cast<int>(col0 - s.col), static_cast<int>(row0 - s.row),
                                              width, height, s.samples.data(), width, height, GDT_Float64, 0, 0,
                                              nullptr) != CE_None) {
        throw RunError(fmt::format("reading {} failed: {}", s.file.string(), CPLGetLastErrorMsg()));
    }
    for (int r = 0; r < height; ++r) {
        for (int c = 0; c < width; ++c) {
            const double value =
                s.samples[static_cast<std::size_t>(r) * static_cast<std::size_t>(width) + static_cast<std::size_t>(c)];
            const std::int64_t at = (row0 - window.row + r) * window.width + (col0 - window.col + c);
            if (value != s.nodata) out[static_cast<std::size_t>(at)] = value != 0 ? 1 : 0;
        }
    }
}

bool KnownObject::contains(double x, double y) const {
    bool in = false;
    for (const auto& ring : rings) {
        for (std::size_t k = 1; k < ring.size(); ++k) {
            const Vertex &a = ring[k - 1], &b = ring[k];
            if ((a.y > y) != (b.y > y) && x < (b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x) in = !in;
        }
    }
    return in;
}

double KnownObject::distance2(double x, double y) const {
    double nearest = std::numeric_limits<double>::infinity();
    for (const auto& ring : rings) {
        for (std::size_t k = 1; k < ring.size(); ++k) {
            const Vertex &a = ring[k - 1], &b = ring[k];
            const double dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy;
            const double t = length2 > 0 ? std::clamp(((x - a.x) * dx + (y - a.y) * dy) / length2, 0.0, 1.0) : 0.0;
            const double ex = a.x + t * dx - x, ey = a.y + t * dy - y;
            nearest = std::min(nearest, ex * ex + ey * ey);
        }
    }
    return nearest;
}

std::vector<KnownObject> read_known_objects(const std::filesystem::path& file, const Grid& grid) {
    GDALAllRegister();
    const char* const options[] = {"AUTODETECT_TYPE=YES", nullptr}; // numbers of a CSV as numbers
    // GDAL warns of the option where the driver knows none of that name.
    CPLPushErrorHandler(CPLQuietErrorHandler);
    const Dataset dataset(GDALDataset::Open(file.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY, nullptr, options));
    CPLPopErrorHandler();
    if (!dataset) refuse(file, "cannot be read as vector data; check the path");
    std::vector<KnownObject> objects;
    for (OGRLayer* layer : dataset->GetLayers()) {
        const OGRFeatureDefn& definition = *layer->GetLayerDefn();
        const bool table = layer->GetGeomType() == wkbNone;
        const auto rectangle = rectangle_fields(definition);
        if (table && !rectangle) refuse(file, "has no columns xmin, ymin, xmax, ymax with numbers");
        expect_crs(file, layer->GetSpatialRef(), grid);
        const int kind = definition.GetFieldIndex("kind");
        for (const OGRFeatureUniquePtr& feature : *layer) {
            KnownObject object;
            object.kind = kind >= 0 ? feature->GetFieldAsString(kind) : "object";
            if (!table) {
                if (feature->GetGeometryRef()) add_rings(*feature->GetGeometryRef(), object);
            } else {
                std::array<double, 4> v{};
                for (std::size_t k = 0; k < 4; ++k) v[k] = feature->GetFieldAsDouble((*rectangle)[k]);
                object.rings = {{{v[0], v[1]}, {v[2], v[1]}, {v[2], v[3]}, {v[0], v[3]}, {v[0], v[1]}}};
            }
            if (object.rings.empty()) continue;
            constexpr double far = std::numeric_limits<double>::infinity();
            object.bounds = {far, far, -far, -far};
            for (const auto& ring : object.rings) {
                for (const auto& [x, y] : ring) {
                    object.bounds = {std::min(object.bounds.xmin, x), std::min(object.bounds.ymin, y),
                                     std::max(object.bounds.xmax, x), std::max(object.bounds.ymax, y)};
                }
            }
            objects.push_back(std::move(object));
        }
    }
    if (objects.empty()) refuse(file, "holds no polygon");
    return objects;
}

} // namespace overflight::simulation
