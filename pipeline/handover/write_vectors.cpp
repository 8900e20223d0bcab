// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"
#include "handover/export_formats.h"
#include "handover/gdal_support.h"
#include "io/atomic_file.h"

#include <fmt/format.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <atomic>
#include <cmath>

namespace overflight {
namespace {

/// The column of a table that holds the rows' outlines as WKT; none: the table has no place on the map.
const TableColumn* outline_column(const std::vector<TableColumn>& columns) {
    for (const char* name : {"outline", "footprint"}) {
        const auto found = std::ranges::find(columns, name, &TableColumn::name);
        if (found != columns.end() && found->type == TableColumn::Type::text) return &*found;
    }
    return nullptr;
}

void write_table(GDALDataset& dataset, const std::string& name, const std::vector<TableColumn>& columns,
                 OGRSpatialReference& reference, const CPLStringList& options, const std::filesystem::path& output) {
    const TableColumn& outlines = *outline_column(columns);
    OGRLayer* layer = dataset.CreateLayer(name.c_str(), &reference, wkbUnknown, const_cast<char**>(options.List()));
    if (!layer) throw RunError(gdal_failure(output));
    std::vector<std::pair<const TableColumn*, int>> fields;
    for (const TableColumn& column : columns) {
        if (&column == &outlines) continue;
        OGRFieldDefn field(column.name.c_str(), column.type == TableColumn::Type::text   ? OFTString
                                                : column.type == TableColumn::Type::real ? OFTReal
                                                                                         : OFTInteger64);
        if (layer->CreateField(&field) != OGRERR_NONE) throw RunError(gdal_failure(output));
        fields.emplace_back(&column, layer->GetLayerDefn()->GetFieldIndex(column.name.c_str()));
    }
    for (std::size_t row = 0; row < outlines.text.size(); ++row) {
        OGRFeature feature(layer->GetLayerDefn());
        feature.SetFID(static_cast<GIntBig>(row) + 1);
        for (const auto& [column, field] : fields) {
            if (field < 0) continue;
            if (column->type == TableColumn::Type::text)
                feature.SetField(field, column->text[row].c_str());
            else if (column->type == TableColumn::Type::integer)
                feature.SetField(field, static_cast<GIntBig>(column->integer[row]));
            else if (std::isfinite(column->real[row])) // else left unset: the formats have no NaN
                feature.SetField(field, column->real[row]);
        }
        OGRGeometry* geometry = nullptr;
        if (!outlines.text[row].empty() &&
            OGRGeometryFactory::createFromWkt(outlines.text[row].c_str(), &reference, &geometry) == OGRERR_NONE)
            feature.SetGeometryDirectly(geometry);
        if (layer->CreateFeature(&feature) != OGRERR_NONE) throw RunError(gdal_failure(output));
    }
}

} // namespace

std::vector<std::string> outlined_tables(const ProductReader& product) {
    std::vector<std::string> names;
    for (const std::string& name : product.tables())
        if (outline_column(product.table(name))) names.push_back(name);
    return names;
}

void write_vectors(const ProductReader& product, const std::vector<std::string>& tables, const char* driver_name,
                   const std::filesystem::path& output) {
    const ReproducibleGdal gdal;
    GDALDriver& driver = gdal_driver(driver_name);
    OGRSpatialReference reference = reference_of(product.grid().crs_wkt);
    CPLStringList dataset_options, layer_options;
    if (std::string_view(driver_name) == "GeoJSON") layer_options.SetNameValue("RFC7946", "YES");
    if (std::string_view(driver_name) == "GPKG") dataset_options.SetNameValue("ADD_GPKG_OGR_CONTENTS", "NO");
    if (std::string_view(driver_name) == "KML") {
        const auto columns = product.table(tables.front());
        if (std::ranges::find(columns, "name", &TableColumn::name) != columns.end())
            dataset_options.SetNameValue("NameField", "name");
    }
    // Made in memory: some of the drivers append to what lies under the name, and none tells a full disk from other
    // failures, as the one writer below does.
    static std::atomic<unsigned> serial{0};
    const std::string name = fmt::format("/vsimem/overflight_vectors_{}{}", serial++,
                                         std::string_view(driver_name) == "GPKG"      ? ".gpkg"
                                         : std::string_view(driver_name) == "GeoJSON" ? ".geojson"
                                                                                      : ".kml");
    Dataset dataset(driver.Create(name.c_str(), 0, 0, 0, GDT_Unknown, dataset_options.List()));
    if (!dataset) throw RunError(gdal_failure(output));
    for (const std::string& table : tables)
        write_table(*dataset, table, product.table(table), reference, layer_options, output);
    dataset.reset();
    vsi_l_offset size = 0;
    const std::unique_ptr<GByte, decltype(&VSIFree)> content(VSIGetMemFileBuffer(name.c_str(), &size, TRUE), VSIFree);
    if (!content) throw RunError(gdal_failure(output));
    write_file(output, {reinterpret_cast<const std::byte*>(content.get()), static_cast<std::size_t>(size)});
}

} // namespace overflight
