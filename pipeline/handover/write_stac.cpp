// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"
#include "handover/export_formats.h"
#include "handover/gdal_support.h"
#include "handover/product_folder.h"
#include "io/atomic_file.h"
#include "io/cf_grid_mapping.h"
#include "io/hash.h"
#include "io/run_log.h"
#include "io/sidecar.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <ogr_geometry.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <utility>

namespace overflight {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

constexpr const char* stac_version = "1.0.0";
constexpr int points_a_side = 8;

/// A multihash (sha2-256, 32 bytes) in hexadecimal digits, as the file extension wants it.
std::string multihash(const std::string& sha256) {
    return "1220" + sha256;
}

struct Outline {
    json geometry, bbox;
};

double rounded(double degrees) {
    return std::round(degrees * 1e8) / 1e8;
}

/// The grid's border in longitude and latitude, counter-clockwise.
Outline outline_of(const Grid& grid) {
    const OGRSpatialReference from = reference_of(grid.crs_wkt);
    OGRSpatialReference to;
    to.importFromEPSG(4326);
    to.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    const std::unique_ptr<OGRCoordinateTransformation> transformation(OGRCreateCoordinateTransformation(&from, &to));
    if (!transformation) throw RunError("PROJ has no way from the product's CRS to longitude and latitude");
    const Bounds b = grid.bounds();
    const std::pair<double, double> corners[] = {
        {b.xmin, b.ymin}, {b.xmax, b.ymin}, {b.xmax, b.ymax}, {b.xmin, b.ymax}, {b.xmin, b.ymin}};
    json ring = json::array();
    double west = 180, south = 90, east = -180, north = -90;
    for (int side = 0; side < 4; ++side) {
        for (int i = 0; i < points_a_side; ++i) {
            const double t = static_cast<double>(i) / points_a_side;
            double x = std::lerp(corners[side].first, corners[side + 1].first, t);
            double y = std::lerp(corners[side].second, corners[side + 1].second, t);
            if (!transformation->Transform(1, &x, &y)) throw RunError("PROJ cannot place the product on the earth");
            ring.push_back({rounded(x), rounded(y)});
            west = std::min(west, rounded(x));
            east = std::max(east, rounded(x));
            south = std::min(south, rounded(y));
            north = std::max(north, rounded(y));
        }
    }
    ring.push_back(ring.front());
    return {{{"type", "Polygon"}, {"coordinates", {ring}}}, {west, south, east, north}};
}

/// "EPSG:32651", or null where the CRS has no code.
json crs_code(const OGRSpatialReference& reference) {
    const char* authority = reference.GetAuthorityName(nullptr);
    const char* code = reference.GetAuthorityCode(nullptr);
    return authority && code ? json(fmt::format("{}:{}", authority, code)) : json();
}

/// When the product was published, by the log line that its sidecar names; "" where that is not to be had.
std::string time_published(const fs::path& product) {
    try {
        const Sidecar sidecar = read_sidecar(product);
        const auto lines = read_log(product.parent_path());
        const auto number = static_cast<std::size_t>(sidecar.log.line);
        if (number < 1 || number > lines.size()) return {};
        return json::parse(lines[number - 1].json).value("time", "");
    } catch (const InputError&) {
        return {};
    } catch (const json::exception&) {
        return {};
    }
}

json asset(const fs::path& file, const fs::path& from, const char* title, const char* type, const char* role) {
    return {{"href", fs::proximate(file, from).generic_string()},
            {"title", title},
            {"type", type},
            {"roles", {role}},
            {"file:size", fs::file_size(file)},
            {"file:checksum", multihash(sha256_of_file(file))}};
}

/// When a mosaic's frames were taken, from the first to the last; empty where its table does not say.
std::pair<std::string, std::string> times_taken(const ProductReader& product) {
    std::pair<std::string, std::string> times;
    const std::vector<TableColumn> frames = product.table("frames");
    const auto taken = std::ranges::find(frames, "captured", &TableColumn::name);
    if (taken == frames.end()) return times;
    for (const std::string& time : taken->text) { // of one form and zone: ordered as texts
        if (time.empty()) continue;
        if (times.first.empty() || time < times.first) times.first = time;
        times.second = std::max(times.second, time);
    }
    return times;
}

std::string wkt2_of(const OGRSpatialReference& reference) {
    const char* const options[] = {"FORMAT=WKT2_2019", nullptr};
    char* text = nullptr;
    std::string wkt = reference.exportToWkt(&text, options) == OGRERR_NONE && text ? text : "";
    CPLFree(text);
    return wkt;
}

/// What kind of product it is, and how such are made.
std::pair<std::string, std::string> description_of(const ProductReader& product) {
    if (product.find("last_change")) return {"Time line", "Change maps of successive missions, one after another"};
    if (product.find("mask") && product.find("score"))
        return {"Change map", "Co-registered, normalised and compared mosaics of two missions"};
    return {"Orthomosaic", "Orthorectified, colour balanced and mosaicked frames of one mission"};
}

json item_of(const fs::path& path, const fs::path& folder, const std::string& datetime) {
    const ProductReader product(path);
    const Grid& grid = product.grid();
    const OGRSpatialReference reference = reference_of(grid.crs_wkt);
    const Outline outline = outline_of(grid);
    const Bounds bounds = grid.bounds();
    const json provenance = json::parse(product.provenance(), nullptr, false);
    const std::string published = time_published(path);
    const auto [title, lineage] = description_of(product);

    json properties;
    properties["title"] = title + " " + path.stem().string();
    const auto [first, last] = times_taken(product);
    if (datetime.empty() && first.empty() && published.empty())
        throw InputError(Problem{.file = path.string(),
                                 .message = "has no sidecar and log that say when it was made; give --datetime"});
    properties["datetime"] = !datetime.empty() ? datetime : !first.empty() ? first : published;
    if (datetime.empty() && first != last) {
        properties["start_datetime"] = first;
        properties["end_datetime"] = last;
    }
    if (datetime.empty() && first.empty())
        properties["description"] = "datetime is when the product was published; it does not know when its frames "
                                    "were taken";
    if (!published.empty()) properties["created"] = published;
    properties["gsd"] = grid.resolution * reference.GetLinearUnits(); // metres, as the specification has it
    properties["proj:code"] = crs_code(reference);
    properties["proj:wkt2"] = wkt2_of(reference);
    properties["proj:shape"] = {grid.height, grid.width};
    properties["proj:transform"] = {grid.resolution, 0, grid.west, 0, -grid.resolution, grid.north};
    properties["proj:bbox"] = {bounds.xmin, bounds.ymin, bounds.xmax, bounds.ymax};
    if (provenance.is_object() && provenance.contains("version"))
        properties["processing:software"] = {{"overflight", provenance["version"]}};
    properties["processing:lineage"] = lineage;

    json assets;
    assets["product"] = asset(path, folder, "Product, netCDF-4", "application/netcdf", "data");
    const fs::path quicklook = fs::path(path).replace_extension(".png");
    if (fs::exists(quicklook)) assets["quicklook"] = asset(quicklook, folder, "Quick-look", "image/png", "overview");
    if (fs::exists(sidecar_path(path)))
        assets["hashes"] = asset(sidecar_path(path), folder, "Hashes and log entry", "application/json", "metadata");
    return {{"type", "Feature"},
            {"stac_version", stac_version},
            {"stac_extensions",
             {"https://stac-extensions.github.io/projection/v2.0.0/schema.json",
              "https://stac-extensions.github.io/file/v2.1.0/schema.json",
              "https://stac-extensions.github.io/processing/v1.1.0/schema.json"}},
            {"id", path.stem().string()},
            {"geometry", outline.geometry},
            {"bbox", outline.bbox},
            {"properties", properties},
            {"links",
             {{{"rel", "root"}, {"href", "../catalog.json"}, {"type", "application/json"}},
              {{"rel", "parent"}, {"href", "../catalog.json"}, {"type", "application/json"}}}},
            {"assets", assets}};
}

void write_json(const fs::path& path, const json& content) {
    const std::string text = content.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
    write_file(path, std::as_bytes(std::span(text)));
}

/// Items that are there from earlier exports into the folder, and the new ones.
std::vector<std::string> items_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (entry.is_directory() && fs::exists(entry.path() / (name + ".json"))) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace

std::vector<fs::path> write_stac(const std::vector<fs::path>& products, const std::string& datetime,
                                 const fs::path& output) {
    const ReproducibleGdal gdal;
    const fs::path folder = fs::absolute(output).lexically_normal();
    std::vector<fs::path> written = {folder / "catalog.json"};
    std::vector<std::pair<fs::path, json>> items;
    for (const fs::path& given : products) {
        const fs::path product = fs::absolute(given).lexically_normal();
        const fs::path item = folder / product.stem();
        items.emplace_back(item / (product.stem().string() + ".json"), item_of(product, item, datetime));
    }
    for (const auto& [path, item] : items) {
        fs::create_directories(path.parent_path());
        write_json(path, item);
        written.push_back(path);
    }
    json links = {{{"rel", "root"}, {"href", "./catalog.json"}, {"type", "application/json"}}};
    for (const std::string& name : items_in(folder))
        links.push_back({{"rel", "item"},
                         {"href", fmt::format("./{}/{}.json", name, name)},
                         {"type", "application/geo+json"},
                         {"title", name}});
    write_json(written.front(), {{"type", "Catalog"},
                                 {"stac_version", stac_version},
                                 {"id", "overflight"},
                                 {"title", "Orthomosaics and change maps"},
                                 {"description", "Products of overflight: an item for each mission and each pair of "
                                                 "missions compared"},
                                 {"links", links}});
    return written;
}

} // namespace overflight
