// SPDX-License-Identifier: Apache-2.0
#include "stages/own_files.h"

#include "core/change_series.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

namespace overflight {

OwnFiles::OwnFiles(const Config& config) : folder_(config.output.folder) {
    for (const MissionConfig& mission : config.missions) beginnings_.push_back(mission.name + ".");
    for (const ChangeConfig& change : config.changes) beginnings_.push_back(change_name(change) + ".");
    for (const std::vector<std::size_t>& series : find_series(config.changes))
        beginnings_.push_back(timeline_name(config.changes[series.front()], config.changes[series.back()]) + ".");
}

bool OwnFiles::hold(const std::filesystem::path& file) const {
    const std::string name = file.filename().string();
    const auto beginning = std::ranges::find_if(beginnings_, [&](const std::string& b) { return name.starts_with(b); });
    if (beginning == beginnings_.end()) return false;
    static constexpr std::array<std::string_view, 7> endings = {"nc", "h5", "png", "gpkg", "geojson", "kml", "pgw"};
    const std::string_view ending = std::string_view(name).substr(beginning->size());
    if (ending.find('.') == std::string_view::npos && std::ranges::find(endings, ending) == endings.end()) return false;
    std::error_code error;
    return std::filesystem::equivalent(file.has_parent_path() ? file.parent_path() : ".", folder_, error);
}

} // namespace overflight
