// SPDX-License-Identifier: Apache-2.0
#include "handover/export.h"

#include "core/errors.h"
#include "handover/export_formats.h"
#include "handover/product_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace overflight {
namespace {

namespace fs = std::filesystem;

InputError problem(const fs::path& product, const std::string& message) {
    return InputError(Problem{.file = product.string(), .message = message});
}

const LayerSpec& wanted_layer(const ProductReader& product, const std::string& name) {
    if (!name.empty()) {
        if (const LayerSpec* found = product.find(name)) return *found;
        std::vector<std::string> names;
        for (const LayerSpec& layer : product.layers()) names.push_back(layer.name);
        throw problem(product.path(),
                      fmt::format("there is no layer \"{}\"; there are {}", name, fmt::join(names, ", ")));
    }
    for (const char* first : {"image", "mask", "score"})
        if (const LayerSpec* found = product.find(first)) return *found;
    if (product.layers().empty()) throw problem(product.path(), "the product has no layer");
    return product.layers().front();
}

std::vector<std::string> wanted_tables(const ProductReader& product, const std::string& name, bool one) {
    std::vector<std::string> tables = outlined_tables(product);
    if (tables.empty()) throw problem(product.path(), "the product has no table with outlines");
    if (!name.empty()) {
        if (std::ranges::find(tables, name) == tables.end())
            throw problem(product.path(), fmt::format("there is no table \"{}\" with outlines; there are {}", name,
                                                      fmt::join(tables, ", ")));
        return {name};
    }
    if (one) {
        const auto objects = std::ranges::find(tables, "objects");
        return {objects != tables.end() ? *objects : tables.front()};
    }
    return tables;
}

/// A slip of the hand must not cost a product or a config.
void check_output(const ExportRequest& request) {
    static const std::map<std::string, std::vector<std::string>> endings = {{"cog", {".tif", ".tiff"}},
                                                                            {"png", {".png"}},
                                                                            {"gpkg", {".gpkg"}},
                                                                            {"kml", {".kml"}},
                                                                            {"geojson", {".geojson", ".json"}}};
    const auto found = endings.find(request.format);
    if (request.output.empty() || found == endings.end()) return;
    if (std::ranges::find(found->second, request.output.extension().string()) == found->second.end())
        throw problem(request.output, fmt::format("with --to {} the file to write ends in {}", request.format,
                                                  fmt::join(found->second, " or ")));
}

} // namespace

const std::vector<std::string>& export_formats() {
    static const std::vector<std::string> formats = {"cog", "png", "gpkg", "geojson", "stac", "kml"};
    return formats;
}

std::vector<fs::path> export_product(const ExportRequest& request) {
    check_output(request);
    if (request.format == "stac") {
        std::error_code error;
        const bool folder = fs::is_directory(request.product, error);
        const auto products = folder ? products_in(request.product) : std::vector{request.product};
        if (products.empty()) throw problem(request.product, "there is no product in this folder");
        const fs::path beside = folder ? request.product : fs::absolute(request.product).parent_path();
        return write_stac(products, request.datetime, request.output.empty() ? beside / "stac" : request.output);
    }
    const ProductReader product(request.product);
    const auto output = [&](const char* extension) {
        return request.output.empty() ? fs::path(request.product).replace_extension(extension) : request.output;
    };
    if (request.format == "cog" || request.format == "png") {
        const LayerSpec& layer = wanted_layer(product, request.layer);
        // The quick-look of a run has the plain name.
        const std::string extension = fmt::format("{}.{}", layer.name, request.format == "cog" ? "tif" : "png");
        const fs::path path = output(extension.c_str());
        if (request.format == "png") return {path, write_styled_png(product, layer, path)};
        write_cog(product, layer, path);
        return {path};
    }
    const bool several = request.format == "gpkg";
    const fs::path path = output(request.format.c_str());
    write_vectors(product, wanted_tables(product, request.layer, !several),
                  several                   ? "GPKG"
                  : request.format == "kml" ? "KML"
                                            : "GeoJSON",
                  path);
    return {path};
}

} // namespace overflight
