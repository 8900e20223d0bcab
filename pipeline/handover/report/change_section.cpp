// SPDX-License-Identifier: Apache-2.0
#include "handover/gdal_support.h"
#include "handover/report/charts.h"
#include "handover/report/chips.h"
#include "handover/report/html.h"
#include "handover/report/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace overflight {
namespace {

using nlohmann::json;

/// A quick-look of another grid, placed on the pair's, whose viewer counts in pixels of its own quick-look.
std::string placed(const std::string& id, const Grid& grid, const ReducedSize& size, const ChangeSheet& change) {
    const Grid& pair = change.product.grid();
    const double unit = pair.resolution * change.size.every;
    return fmt::format("<use href=\"#{}\" transform=\"translate({:.3f} {:.3f}) scale({:.6f})\"/>", id,
                       (grid.west - pair.west) / unit, (pair.north - grid.north) / unit,
                       grid.resolution * size.every / unit);
}

std::string viewer(const ReportSheets& sheets, const ChangeSheet& change, std::size_t number) {
    const int width = change.size.width, height = change.size.height;
    const auto mission = [&](const std::optional<std::size_t>& index) {
        if (!index) return std::string();
        const MissionSheet& sheet = sheets.missions[*index];
        return placed(fmt::format("mission{}", *index), sheet.product.grid(), sheet.size, change);
    };
    const auto name = [&](const std::optional<std::size_t>& index, const char* otherwise) {
        return index ? escaped(sheets.missions[*index].name) : std::string(otherwise);
    };
    std::string outlines;
    const Grid& pair = change.product.grid();
    const double scale = 1 / (pair.resolution * change.size.every);
    for (const ChangedObject& object : change.objects)
        outlines += fmt::format("M{:.1f} {:.1f}H{:.1f}V{:.1f}H{:.1f}Z", (object.west - pair.west) * scale,
                                (pair.north - object.north) * scale, (object.east - pair.west) * scale,
                                (pair.north - object.south) * scale, (object.west - pair.west) * scale);
    std::string text = fmt::format(
        "<div class=\"controls\"><label class=\"slider\"><span>{}</span><input type=\"range\" min=\"0\" max=\"100\" "
        "value=\"50\" data-split=\"pair{}\" aria-label=\"Border between before and after\"><span>{}</span></label>"
        "<label><input type=\"checkbox\" data-map=\"pair{}\" data-layer=\"change\">Change map</label>{}</div>",
        name(change.before, "before"), number, name(change.after, "after"), number,
        change.objects.empty() ? ""
                               : fmt::format("<label><input type=\"checkbox\" data-map=\"pair{}\" "
                                             "data-layer=\"objects\" checked>Objects</label>",
                                             number));
    text += fmt::format(
        "<svg class=\"map\" id=\"pair{0}\" viewBox=\"0 0 {1} {2}\" role=\"img\" aria-label=\"Before and after\">"
        "<clipPath id=\"split{0}\"><rect class=\"split\" x=\"{3}\" width=\"{1}\" height=\"{2}\"/></clipPath>{4}"
        "<g clip-path=\"url(#split{0})\">{5}</g><path class=\"split-line\" d=\"M0 0V{2}\" "
        "transform=\"translate({3} 0)\"/><image class=\"change\" width=\"{1}\" height=\"{2}\" href=\"{6}\" "
        "hidden=\"\"/>"
        "<path class=\"objects\" d=\"{7}\"/><rect class=\"marker\" hidden=\"\"/></svg>",
        number, width, height, width / 2, mission(change.before), mission(change.after), change.image, outlines);
    return text + "<p class=\"legend\">Left of the line before, right of it after; in the change map red is changed, "
                  "grey the score.</p>";
}

std::string objects_table(const ChangeSheet& change, std::size_t number) {
    if (!change.has_objects || change.objects.empty()) return "<p>No objects.</p>";
    const Grid& pair = change.product.grid();
    OGRSpatialReference from = reference_of(pair.crs_wkt), to;
    to.importFromEPSG(4326);
    to.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    const ReproducibleGdal gdal;
    const std::unique_ptr<OGRCoordinateTransformation> geographic(OGRCreateCoordinateTransformation(&from, &to));
    const bool kinds = std::ranges::any_of(change.objects, [](const auto& object) { return !object.kind.empty(); });
    const double scale = 1 / (pair.resolution * change.size.every);
    std::string text = fmt::format(
        "<table class=\"objects\" data-viewer=\"pair{}\"><thead><tr><th scope=\"col\"><button>#</button></th><th "
        "scope=\"col\">Before</th><th scope=\"col\">After</th><th scope=\"col\" class=\"number\"><button>Score</button>"
        "</th><th scope=\"col\" class=\"number\"><button>Area{}</button></th>{}<th scope=\"col\">Position</th></tr>"
        "</thead><tbody>",
        number, change.area_units.empty() ? "" : ", " + escaped(change.area_units),
        kinds ? "<th scope=\"col\"><button>Kind</button></th>" : "");
    for (std::size_t i = 0; i < change.objects.size(); ++i) {
        const ChangedObject& object = change.objects[i];
        const double x = (object.west + object.east) / 2, y = (object.south + object.north) / 2;
        double longitude = x, latitude = y;
        const bool placed_on_earth = geographic && geographic->Transform(1, &longitude, &latitude);
        const auto picture = [](const std::string& uri, const char* what) {
            return uri.empty()
                       ? std::string()
                       : fmt::format("<img src=\"{}\" alt=\"{}\" loading=\"lazy\" decoding=\"async\">", uri, what);
        };
        text += fmt::format(
            "<tr tabindex=\"0\" data-box=\"{:.1f} {:.1f} {:.1f} {:.1f}\"><td>{}</td><td>{}</td><td>{}</td><td "
            "class=\"number\">{}</td><td class=\"number\">{}</td>{}<td>{:.1f}, {:.1f}{}</td></tr>",
            (object.west - pair.west) * scale, (pair.north - object.north) * scale, (object.east - object.west) * scale,
            (object.north - object.south) * scale, i + 1, picture(object.before, "before"),
            picture(object.after, "after"), std::isfinite(object.score) ? fmt::format("{:.2f}", object.score) : "",
            std::isfinite(object.area) ? fmt::format("{:.1f}", object.area) : "",
            kinds ? fmt::format("<td>{}</td>", escaped(object.kind)) : "", x, y,
            placed_on_earth ? fmt::format("<br><small>{:.6f}, {:.6f}</small>", latitude, longitude) : "");
    }
    text += "</tbody></table>";
    if (change.objects.size() > most_chips)
        text += fmt::format("<p class=\"legend\">Pictures of the strongest {} of {}.</p>", most_chips,
                            change.objects.size());
    return text;
}

/// Samples of a float layer, row by row.
std::vector<float> whole_layer(const ProductReader& product, const LayerSpec& layer, const RasterShape& shape) {
    std::vector<float> samples(static_cast<std::size_t>(shape.width * shape.height));
    product.read_window(layer.name, 0, {0, 0, static_cast<int>(shape.width), static_cast<int>(shape.height)},
                        std::as_writable_bytes(std::span(samples)));
    return samples;
}

std::string registration(const ChangeSheet& change) {
    const LayerSpec *right = change.product.find("shift_x"), *down = change.product.find("shift_y");
    if (!right || !down || right->type != LayerType::f32) return {};
    const json& facts = change.provenance.is_object() && change.provenance.contains("registration")
                            ? change.provenance["registration"]
                            : json::object();
    const auto number = [&](const char* key) { return facts.value(key, 0.0); };
    const bool known = facts.is_object() && !facts.empty();
    if (known && number("accepted") == 0)
        return fmt::format(
            "<p>Not registered: the missions are compared as they lie; none of {:.0f} windows agree.</p>",
            number("windows"));
    const RasterShape shape = layer_shape(*right, change.product.grid());
    const std::vector<float> dx = whole_layer(change.product, *right, shape),
                             dy = whole_layer(change.product, *down, shape);
    constexpr std::int64_t most_a_side = 40;
    const std::int64_t every = (std::max(shape.width, shape.height) + most_a_side - 1) / most_a_side;
    const double node = static_cast<double>(right->step) / change.size.every;
    std::vector<Arrow> arrows;
    double longest = 0;
    for (std::int64_t row = every / 2; row < shape.height; row += every)
        for (std::int64_t col = every / 2; col < shape.width; col += every) {
            const auto i = static_cast<std::size_t>(row * shape.width + col);
            if (!std::isfinite(dx[i]) || !std::isfinite(dy[i])) continue;
            arrows.push_back(
                {(static_cast<double>(col) + 0.5) * node, (static_cast<double>(row) + 0.5) * node, dx[i], dy[i]});
            longest = std::max(longest, std::hypot(arrows.back().dx, arrows.back().dy));
        }
    std::string text = fmt::format("<figure class=\"chart\"><figcaption>Registration: shift of the later mission; the "
                                   "longest arrow is {:.2f} pixels</figcaption>",
                                   longest) +
                       drawn(arrows, change.size.width, change.size.height, 0.9 * node * static_cast<double>(every));
    if (known)
        text += fmt::format("<p>{:.0f} of {:.0f} windows agree; {:.2f} pixels apart before registration, {:.2f} after."
                            "</p>",
                            number("accepted"), number("windows"), number("residual_before_px"), number("residual_px"));
    return text + "</figure>";
}

/// A pair of bands.
std::string name_of(const json& band, std::size_t number) {
    const std::string before = band.value("name_before", std::to_string(number)),
                      after = band.value("name_after", before);
    return before == after ? before : before + " / " + after;
}

std::string normalisation(const ChangeSheet& change) {
    const json bands = change.provenance.is_object() ? change.provenance.value("normalisation", json::array()) : json();
    if (!bands.is_array() || bands.empty()) return {};
    std::string text =
        "<figure class=\"chart\"><figcaption>Normalisation of the later mission's radiometry</figcaption>"
        "<table><thead><tr><th scope=\"col\">Band</th><th scope=\"col\" class=\"number\">Gain</th><th "
        "scope=\"col\" class=\"number\">Offset</th><th scope=\"col\" class=\"number\">Residual before"
        "</th><th scope=\"col\" class=\"number\">after</th></tr></thead><tbody>";
    for (std::size_t i = 0; i < bands.size(); ++i)
        text +=
            fmt::format("<tr><td>{}</td><td class=\"number\">{:.3f}</td><td class=\"number\">{:.2f}</td><td "
                        "class=\"number\">{:.2f}</td><td class=\"number\">{:.2f}</td></tr>",
                        escaped(name_of(bands[i], i + 1)), bands[i].value("gain", 0.0), bands[i].value("offset", 0.0),
                        bands[i].value("residual_before", 0.0), bands[i].value("residual", 0.0));
    return text + "</tbody></table></figure>";
}

} // namespace

std::string changes_section(const ReportSheets& sheets) {
    std::string text;
    for (std::size_t i = 0; i < sheets.changes.size(); ++i) {
        const ChangeSheet& change = sheets.changes[i];
        text += fmt::format("<section class=\"pair\"><h2>Change {}</h2>", escaped(change.name));
        text += viewer(sheets, change, i);
        text += "<div class=\"charts\">" + registration(change) + normalisation(change) + "</div><h3>Objects</h3>" +
                objects_table(change, i) + "</section>";
    }
    return text;
}

} // namespace overflight
