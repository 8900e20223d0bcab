// SPDX-License-Identifier: Apache-2.0
#include "geometry/cut_lines.h"

#include "core/errors.h"
#include "core/suggestion.h"
#include "geometry/crs.h"
#include "geometry/gdal_errors.h"
#include "geometry/raster_file.h"

#include <fmt/format.h>
#include <gdal_alg.h>
#include <ogrsf_frmts.h>

#include <map>
#include <mutex>

namespace overflight {
namespace {

InputError problem(const std::filesystem::path& file, const std::string& message) {
    return InputError(Problem{.file = file.string(), .key = "mission.cut_lines", .message = message});
}

OGRLayer& layer_of(GDALDataset& dataset, const std::filesystem::path& file) {
    if (OGRLayer* seams = dataset.GetLayerByName("seams")) return *seams;
    if (dataset.GetLayerCount() == 0) throw problem(file, "holds no layer");
    return *dataset.GetLayer(0);
}

/// A ring with its points moved to the map.
OGRLinearRing on_map(const OGRLinearRing& ring, const HorizontalTransformation& to_map) {
    std::vector<Eigen::Vector3d> points;
    for (int i = 0; i < ring.getNumPoints(); ++i) points.emplace_back(ring.getX(i), ring.getY(i), 0);
    to_map.forward(points);
    OGRLinearRing moved;
    for (const Eigen::Vector3d& point : points) moved.addPoint(point.x(), point.y());
    return moved;
}

} // namespace

struct CutLines::State {
    std::vector<OGRPolygon> polygons;
    std::vector<double> frames; ///< one a polygon
    std::mutex mutex;
};

CutLines::~CutLines() = default;

CutLines::CutLines(const std::filesystem::path& file, const std::string& map_crs,
                   const std::vector<std::string>& frames)
    : state_(std::make_unique<State>()) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) throw problem(file, "there is no such file");
    const QuietGdal quiet;
    const char* const drivers[] = {"GPKG", "GeoJSON", nullptr};
    const Dataset dataset(GDALDataset::Open(file.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR,
                                            drivers, nullptr, nullptr));
    if (!dataset) throw problem(file, "cannot be read as GeoPackage or GeoJSON: " + quiet.last_error());
    OGRLayer& layer = layer_of(*dataset, file);
    if (layer.GetSpatialRef() == nullptr) throw problem(file, "says no CRS");
    OGRSpatialReference crs = horizontal_part(*layer.GetSpatialRef());
    crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    const HorizontalTransformation to_map(crs, spatial_reference(map_crs));
    const int field = layer.GetLayerDefn()->GetFieldIndex("frame");
    if (field < 0)
        throw problem(file, fmt::format("layer \"{}\" has no field \"frame\", which names the frame of each polygon",
                                        layer.GetName()));
    std::map<std::string, std::size_t> numbers;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        numbers.try_emplace(frames[i], i);
        const std::filesystem::path path(frames[i]);
        numbers.try_emplace((path.parent_path() / path.stem()).string(), i);
    }
    layer.ResetReading();
    while (const OGRFeatureUniquePtr feature{layer.GetNextFeature()}) {
        const OGRGeometry* geometry = feature->GetGeometryRef();
        const auto kind = geometry ? wkbFlatten(geometry->getGeometryType()) : wkbUnknown;
        if (kind != wkbPolygon && kind != wkbMultiPolygon)
            throw problem(file, fmt::format("feature {} is no polygon", feature->GetFID()));
        const std::string name = feature->GetFieldAsString(field);
        const auto number = numbers.find(name);
        if (number == numbers.end())
            throw problem(file, fmt::format("feature {} names the frame \"{}\", which the mission does not have{}",
                                            feature->GetFID(), name, did_you_mean(name, frames)));
        const auto add = [&](const OGRPolygon& polygon) {
            OGRPolygon& moved = state_->polygons.emplace_back();
            for (const OGRLinearRing* ring : polygon) {
                OGRLinearRing there = on_map(*ring, to_map);
                moved.addRing(&there);
            }
            state_->frames.push_back(static_cast<double>(number->second));
        };
        if (kind == wkbPolygon)
            add(*geometry->toPolygon());
        else
            for (const OGRPolygon* part : *geometry->toMultiPolygon()) add(*part);
    }
    if (state_->polygons.empty()) throw problem(file, "holds no polygon");
}

std::vector<std::int32_t> CutLines::frames_on(const Grid& grid, const Window& window) const {
    const std::scoped_lock lock(state_->mutex); // GDAL promises nothing of geometries that threads share
    std::vector<std::int32_t> frames(static_cast<std::size_t>(window.pixels()), -1);
    GDALDriver* memory = GetGDALDriverManager()->GetDriverByName("MEM");
    const Dataset raster(memory->Create("", window.width, window.height, 0, GDT_Int32, nullptr));
    CPLStringList options;
    options.SetNameValue("DATAPOINTER", fmt::format("{}", reinterpret_cast<std::uintptr_t>(frames.data())).c_str());
    if (!raster || raster->AddBand(GDT_Int32, options.List()) != CE_None)
        throw RunError("cut lines: GDAL has no raster in memory");
    const Bounds bounds = grid.bounds(window);
    double transform[6] = {bounds.xmin, grid.resolution, 0, bounds.ymax, 0, -grid.resolution};
    raster->SetGeoTransform(transform);
    std::vector<OGRGeometryH> geometries; // what is burnt later stays: the first polygon last
    std::vector<double> values;
    for (std::size_t i = state_->polygons.size(); i-- > 0;) {
        geometries.push_back(OGRGeometry::ToHandle(&state_->polygons[i]));
        values.push_back(state_->frames[i]);
    }
    const int band = 1;
    if (GDALRasterizeGeometries(GDALDataset::ToHandle(raster.get()), 1, &band, static_cast<int>(geometries.size()),
                                geometries.data(), nullptr, nullptr, values.data(), nullptr, nullptr,
                                nullptr) != CE_None)
        throw RunError("cut lines: GDAL cannot draw the polygons");
    raster->FlushCache();
    return frames;
}

} // namespace overflight
