// SPDX-License-Identifier: Apache-2.0
#include "handover/gdal_support.h"
#include "handover/report/charts.h"
#include "handover/report/html.h"
#include "handover/report/sections.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace overflight {
namespace {

constexpr std::array band_styles = {"a", "b", "c", "d"};

/// Footprints in pixels of the quick-look, as one path; points closer than a pixel are left out.
std::string footprint_path(const MissionSheet& mission, const std::vector<std::size_t>& frames) {
    const TableColumn* column = find_column(mission.frames, "footprint");
    if (!column) return {};
    const Grid& grid = mission.product.grid();
    const double scale = 1 / (grid.resolution * mission.size.every);
    std::string path;
    for (const std::size_t frame : frames) {
        for (const auto& ring : rings_of(column->text[frame])) {
            double last_x = 0, last_y = 0;
            for (std::size_t i = 0; i + 1 < ring.size(); ++i) { // the last point is the first
                const double x = (ring[i].first - grid.west) * scale, y = (grid.north - ring[i].second) * scale;
                if (i > 0 && std::hypot(x - last_x, y - last_y) < 1) continue;
                path += fmt::format("{}{:.1f} {:.1f}", i == 0 ? 'M' : 'L', x, y);
                last_x = x;
                last_y = y;
            }
            path += 'Z';
        }
    }
    return path;
}

std::string coverage_map(const MissionSheet& mission, std::size_t number) {
    const TableColumn* name = find_column(mission.frames, "name");
    const TableColumn* low = find_column(mission.frames, "too_low");
    std::vector<std::size_t> flown, too_low;
    for (std::size_t i = 0; name && i < name->text.size(); ++i)
        (low && low->integer[i] != 0 ? too_low : flown).push_back(i);
    const int width = mission.size.width, height = mission.size.height;
    const auto toggle = [&](const char* layer, const char* text, bool on) {
        return fmt::format("<label><input type=\"checkbox\" data-map=\"map{}\" data-layer=\"{}\"{}>{}</label>", number,
                           layer, on ? " checked" : "", text);
    };
    std::string text = "<div class=\"controls\">" + toggle("image", "Mosaic", true) +
                       toggle("seams", "Seams and gaps", true) + toggle("footprints", "Footprints", true) + "</div>";
    text += fmt::format(
        "<svg class=\"map\" id=\"map{}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Coverage of "
        "mission {}\"><g class=\"image\"><image id=\"mission{}\" width=\"{}\" height=\"{}\" href=\"{}\"/></g>"
        "<image class=\"seams\" width=\"{}\" height=\"{}\" href=\"{}\"/><g class=\"footprints\"><path "
        "d=\"{}\"/><path class=\"low\" d=\"{}\"/></g></svg>",
        number, width, height, escaped(mission.name), number, width, height, mission.image, width, height,
        mission.seams, footprint_path(mission, flown), footprint_path(mission, too_low));
    text += "<p class=\"legend\"><span class=\"seam\">seam</span><span class=\"gap\">gap: no data amid the "
            "mosaic</span><span class=\"footprint\">footprint</span>";
    if (!too_low.empty()) text += "<span class=\"low\">flown too low, by estimate</span>";
    return text + "</p>";
}

double setting(const MissionSheet& mission, const char* key) {
    if (!mission.provenance.is_object()) return 0;
    const auto settings = mission.provenance.value("settings", nlohmann::json::object());
    if (!settings.is_object() || !settings.contains("resolution")) return 0;
    const auto& resolution = settings["resolution"];
    return resolution.is_object() && resolution.contains(key) && resolution[key].is_number()
               ? resolution[key].get<double>()
               : 0;
}

std::string resolution_chart(const MissionSheet& mission) {
    const TableColumn *finest = find_column(mission.frames, "sampling_distance_min"),
                      *median = find_column(mission.frames, "sampling_distance_median"),
                      *coarsest = find_column(mission.frames, "sampling_distance_max"),
                      *estimate = find_column(mission.frames, "ground_resolution");
    if (!finest || !median || !coarsest) return {};
    Chart chart;
    chart.title = "Ground sampling distance over each frame's footprint (an estimate from the geometry)";
    chart.x_label = "frame";
    chart.y_label = "m";
    chart.series = {{"finest to coarsest", "range", finest->real, coarsest->real},
                    {"median", "a", median->real, median->real}};
    if (estimate) chart.series.push_back({"ground resolution, estimated", "b", estimate->real, estimate->real});
    if (const double limit = setting(mission, "limit_m"); limit > 0)
        chart.levels.emplace_back(limit, fmt::format("limit, {} m", limit));
    return drawn(chart);
}

std::string balance_chart(const MissionSheet& mission) {
    Chart chart;
    chart.title = "Balance: factor on each frame's samples";
    chart.x_label = "frame";
    chart.y_label = "gain";
    const std::vector<std::string> bands = mission.product.band_names();
    for (std::size_t band = 0;; ++band) {
        const TableColumn* gain = find_column(mission.frames, fmt::format("gain_{}", band + 1));
        if (!gain) break;
        chart.series.push_back({band < bands.size() ? bands[band] : fmt::format("band {}", band + 1),
                                band_styles[band % band_styles.size()], gain->real, gain->real});
    }
    return drawn(chart);
}

/// How well frames fit each other, as run.json has it.
std::string agreement(const nlohmann::json& run, const std::string& mission) {
    if (!run.is_object()) return {};
    for (const auto& found : run.value("frame_agreement", nlohmann::json::array())) {
        if (!found.is_object() || found.value("mission", "") != mission || found.value("places", 0) == 0) continue;
        std::string text = fmt::format("<p>Overlapping frames show the same in {} of {} places",
                                       found.value("fitting", 0), found.value("places", 0));
        if (found.contains("shift_m") && found["shift_m"].is_number())
            text += fmt::format(", {:.2g} m apart in the median", found["shift_m"].get<double>());
        return text + ".</p>";
    }
    return {};
}

} // namespace

std::string missions_section(const ReportSheets& sheets) {
    std::string text;
    for (std::size_t i = 0; i < sheets.missions.size(); ++i) {
        const MissionSheet& mission = sheets.missions[i];
        const Grid& grid = mission.product.grid();
        const TableColumn* name = find_column(mission.frames, "name");
        const char* units = nullptr;
        const double metres = reference_of(grid.crs_wkt).GetLinearUnits(&units);
        text += fmt::format("<section class=\"mission\"><h2>Mission {}</h2><p>{} frames; {} x {} pixels of {:g} {}; "
                            "{:.4g} ha covered.</p>",
                            escaped(mission.name), name ? name->text.size() : 0, grid.width, grid.height,
                            grid.resolution, metres == 1 ? "m" : units, mission.covered_area / 1e4);
        text += agreement(sheets.run, mission.name);
        text += coverage_map(mission, i) + "<div class=\"charts\">" + resolution_chart(mission) +
                balance_chart(mission) + "</div></section>";
    }
    return text;
}

} // namespace overflight
