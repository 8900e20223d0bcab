// SPDX-License-Identifier: Apache-2.0
#include "raster/raster_files.h"

#include "core/lower_case.h"

#include <cpl_conv.h>
#include <cpl_minixml.h>
#include <gdal_priv.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace overflight {
namespace {

std::string lower_extension(const std::filesystem::path& file) {
    return lower_case(file.extension().string());
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

constexpr const char* auxiliary_option = "GDAL_PAM_ENABLED";

/// While it lives, this thread opens rasters with their .aux.xml. That is off else, so that what is written has none.
class AuxiliaryFiles {
public:
    AuxiliaryFiles() {
        if (const char* value = CPLGetThreadLocalConfigOption(auxiliary_option, nullptr)) before_ = value;
        CPLSetThreadLocalConfigOption(auxiliary_option, "YES");
    }
    ~AuxiliaryFiles() { CPLSetThreadLocalConfigOption(auxiliary_option, before_ ? before_->c_str() : nullptr); }
    AuxiliaryFiles(const AuxiliaryFiles&) = delete;
    AuxiliaryFiles& operator=(const AuxiliaryFiles&) = delete;

private:
    std::optional<std::string> before_;
};

/// `holds(child)` of all elements in an element.
template <typename Holds>
bool all_elements(const CPLXMLNode* parent, const Holds& holds) {
    for (const CPLXMLNode* child = parent->psChild; child != nullptr; child = child->psNext)
        if (child->eType == CXT_Element && !holds(child)) return false;
    return true;
}

/// Whether an .aux.xml holds nothing but what programs note of a raster that they have shown: its samples, their place
/// and their meaning do not depend on it, and it comes and goes.
bool is_statistics_alone(const std::filesystem::path& file) {
    if (!file.string().ends_with(".aux.xml")) return false;
    CPLErrorStateBackuper keep; // of what is opened, not of this
    const std::unique_ptr<CPLXMLNode, decltype(&CPLDestroyXMLNode)> tree(CPLParseXMLFile(file.c_str()),
                                                                         &CPLDestroyXMLNode);
    const CPLXMLNode* root = tree ? CPLGetXMLNode(tree.get(), "=PAMDataset") : nullptr;
    if (root == nullptr) return false;
    const auto called = [](const CPLXMLNode* node, const char* name) {
        return std::string_view(node->pszValue) == name;
    };
    const auto statistic = [](const CPLXMLNode* item) {
        return std::string_view(CPLGetXMLValue(item, "key", "")).starts_with("STATISTICS_");
    };
    return all_elements(root, [&](const CPLXMLNode* band) {
        return called(band, "PAMRasterBand") && all_elements(band, [&](const CPLXMLNode* note) {
                   return called(note, "Histograms") || (called(note, "Metadata") && all_elements(note, statistic));
               });
    });
}

void add_files_of(GDALDataset& dataset, Overviews overviews, std::unordered_set<std::string>& seen,
                  std::vector<std::filesystem::path>& files) {
    const std::vector<std::filesystem::path> listed = listed_files(dataset);
    for (const std::filesystem::path& file : listed) {
        if (overviews == Overviews::left_out && is_overview(file)) continue;
        if (!seen.insert(file.string()).second || !may_be_there(file) || is_statistics_alone(file)) continue;
        files.push_back(file);
        if (lower_extension(file) != ".vrt" || file == listed.front()) continue;
        static constexpr const char* virtual_only[] = {"VRT", nullptr};
        const std::unique_ptr<GDALDataset> nested(open_raster(file, 0, virtual_only));
        if (nested) add_files_of(*nested, overviews, seen, files);
    }
}

} // namespace

GDALDataset* open_raster(const std::filesystem::path& file, unsigned flags, const char* const* drivers,
                         const std::vector<std::string>* beside) {
    const AuxiliaryFiles read;
    std::vector<const char*> names;
    if (beside) {
        for (const std::string& name : *beside) names.push_back(name.c_str());
        names.push_back(nullptr);
    }
    GDALDataset* dataset = GDALDataset::Open(file.c_str(), flags | GDAL_OF_RASTER | GDAL_OF_READONLY, drivers, nullptr,
                                             beside ? names.data() : nullptr);
    if (dataset == nullptr) return nullptr;
    // GeoTIFFs look for it when they are first asked
    if (dataset->GetRasterCount() > 0) dataset->GetRasterBand(1)->GetNoDataValue();
    return dataset;
}

std::vector<std::filesystem::path> listed_files(GDALDataset& dataset) {
    char** names = dataset.GetFileList();
    const std::vector<std::filesystem::path> files(names, names + CSLCount(names));
    CSLDestroy(names);
    return files;
}

std::vector<std::filesystem::path> files_of(GDALDataset& dataset, Overviews overviews) {
    std::vector<std::filesystem::path> files;
    std::unordered_set<std::string> seen;
    add_files_of(dataset, overviews, seen, files);
    return files;
}

} // namespace overflight
