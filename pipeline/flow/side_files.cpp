// SPDX-License-Identifier: Apache-2.0
#include "flow/side_files.h"

#include <algorithm>
#include <string>
#include <system_error>

namespace overflight {

namespace fs = std::filesystem;

SideFiles side_files(ProductKind kind, const fs::path& product, const OutputConfig& output) {
    SideFiles files;
    files.quicklook = output.quicklooks && kind != ProductKind::timeline;
    const auto add = [&](const std::string& format, const std::string& table, const std::string& ending) {
        files.vectors.push_back({product, format, table, fs::path(product).replace_extension(ending), {}});
    };
    if (output.vectors && kind == ProductKind::mosaic) add("gpkg", "seams", "seams.gpkg");
    if (output.vectors && kind != ProductKind::mosaic)
        for (const char* format : {"gpkg", "geojson"}) add(format, "objects", format);
    return files;
}

fs::path quicklook_path(const fs::path& product) {
    return fs::path(product).replace_extension(".png");
}

std::vector<fs::path> side_file_paths(ProductKind kind, const fs::path& product) {
    OutputConfig all;
    all.quicklooks = all.vectors = true;
    const SideFiles files = side_files(kind, product, all);
    std::vector<fs::path> paths;
    if (files.quicklook) paths.push_back(quicklook_path(product));
    for (const ExportRequest& request : files.vectors) paths.push_back(request.output);
    return paths;
}

void remove_side_files(ProductKind kind, const fs::path& product, const std::vector<fs::path>& inputs) {
    std::error_code ignored;
    for (const fs::path& path : side_file_paths(kind, product)) {
        const bool input = std::any_of(inputs.begin(), inputs.end(), [&](const fs::path& other) {
            return other.extension() == path.extension() && fs::equivalent(path, other, ignored);
        });
        if (!input) fs::remove(path, ignored);
    }
}

} // namespace overflight
