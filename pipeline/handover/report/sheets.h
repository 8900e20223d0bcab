// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "handover/report.h"
#include "io/product.h"
#include "io/quicklook.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

// Private to handover: what a report shows, gathered from a folder.
namespace overflight {

struct MissionSheet {
    explicit MissionSheet(ProductReader opened);

    std::string name;
    ProductReader product;
    std::vector<TableColumn> frames;
    nlohmann::json provenance;
    ReducedSize size;                  ///< of the quick-look
    std::vector<std::uint32_t> source; ///< frame of every n-th pixel
    std::string image;                 ///< data URI
    std::string seams;                 ///< data URI: seams and gaps, else transparent
    double gap_area = 0;               ///< without data amid the mosaic, square metres
    double covered_area = 0;
};

struct ChangedObject {
    double score = 0, area = 0; ///< NaN where not known
    double west = 0, south = 0, east = 0, north = 0;
    double confidence = 1;
    std::string kind;
    double rank() const { return score * confidence; }
    std::string before, after; ///< chips, data URIs; empty beyond the strongest
};

struct ChangeSheet {
    explicit ChangeSheet(ProductReader opened);

    std::string name;
    ProductReader product;
    nlohmann::json provenance;
    std::optional<std::size_t> before, after; ///< missions
    ReducedSize size;                         ///< of the quick-look
    std::string image;                        ///< data URI
    bool has_objects = false;
    std::string area_units;
    std::vector<ChangedObject> objects; ///< strongest first
};

struct ReportSheets {
    nlohmann::json run; ///< run.json; null where there is none
    std::vector<MissionSheet> missions;
    std::vector<ChangeSheet> changes;
    std::vector<std::string> problems; ///< of the folder itself
};

/// Throws InputError where the folder holds no product.
ReportSheets gather_sheets(const std::filesystem::path& folder, const ForEach& for_each, const HeldChunks& held);

const TableColumn* find_column(const std::vector<TableColumn>& columns, std::string_view name);

/// Rings of a WKT polygon or multipolygon, exterior ones and holes alike.
std::vector<std::vector<std::pair<double, double>>> rings_of(const std::string& wkt);

} // namespace overflight
