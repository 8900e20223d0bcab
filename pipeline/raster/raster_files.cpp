// SPDX-License-Identifier: Apache-2.0
#include "raster/raster_files.h"

#include <gdal_priv.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <unordered_set>

namespace overflight {
namespace {

std::string lower_extension(const std::filesystem::path& file) {
    std::string extension = file.extension().string();
    std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
    return extension;
}

bool is_overview(const std::filesystem::path& file) {
    const std::string extension = lower_extension(file);
    return extension == ".ovr" || extension == ".rrd"; // the second are Imagine's
}

/// What the file system knows nothing of may be there.
bool may_be_there(const std::filesystem::path& file) {
    if (file.string().starts_with("/vsi") || file.string().find("://") != std::string::npos) return true;
    std::error_code error;
    return std::filesystem::exists(file, error) && !std::filesystem::is_directory(file, error);
}

/// GDAL lists of a VRT in a VRT itself alone.
void add_files_of(GDALDataset& dataset, Overviews overviews, std::unordered_set<std::string>& seen,
                  std::vector<std::filesystem::path>& files) {
    char** names = dataset.GetFileList();
    const std::vector<std::filesystem::path> listed(names, names + CSLCount(names));
    CSLDestroy(names);
    for (const std::filesystem::path& file : listed) {
        if (overviews == Overviews::left_out && is_overview(file)) continue;
        if (!seen.insert(file.string()).second || !may_be_there(file)) continue;
        files.push_back(file);
        if (lower_extension(file) != ".vrt" || file == listed.front()) continue;
        static constexpr const char* virtual_only[] = {"VRT", nullptr};
        const std::unique_ptr<GDALDataset> nested(
            GDALDataset::Open(file.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY, virtual_only));
        if (nested) add_files_of(*nested, overviews, seen, files);
    }
}

} // namespace

std::vector<std::filesystem::path> files_of(GDALDataset& dataset, Overviews overviews) {
    std::vector<std::filesystem::path> files;
    std::unordered_set<std::string> seen;
    add_files_of(dataset, overviews, seen, files);
    return files;
}

} // namespace overflight
