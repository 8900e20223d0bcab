// SPDX-License-Identifier: Apache-2.0
#include "stages/own_files.h"

#include "core/change_series.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace overflight {
namespace {

/// What follows the name of the product that a file belongs to, from the dot on; empty: it belongs to none.
std::string_view ending_of_product_file(const Config& config, std::string_view name) {
    const auto after = [&](const std::string& product) {
        return name.starts_with(product + ".") ? name.substr(product.size()) : std::string_view();
    };
    for (const MissionConfig& mission : config.missions)
        if (const std::string_view ending = after(mission.name); !ending.empty()) return ending;
    for (const ChangeConfig& change : config.changes)
        if (const std::string_view ending = after(change_name(change)); !ending.empty()) return ending;
    for (const std::vector<std::size_t>& series : find_series(config.changes)) {
        const std::string timeline = timeline_name(config.changes[series.front()], config.changes[series.back()]);
        if (const std::string_view ending = after(timeline); !ending.empty()) return ending;
    }
    return {};
}

} // namespace

bool is_own_file(const Config& config, const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    const std::string_view ending = ending_of_product_file(config, name);
    if (ending.empty()) return false;
    static constexpr std::array<std::string_view, 7> endings = {".nc",      ".h5",  ".png", ".gpkg",
                                                                ".geojson", ".kml", ".pgw"};
    if (ending.find('.', 1) == std::string_view::npos && std::ranges::find(endings, ending) == endings.end())
        return false;
    std::error_code error;
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    return std::filesystem::equivalent(folder, config.output.folder, error);
}

} // namespace overflight
