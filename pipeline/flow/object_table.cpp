// SPDX-License-Identifier: Apache-2.0
#include "flow/object_table.h"

#include "flow/change_layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

namespace overflight {
namespace {

/// To a hundredth of a pixel or better: outlines are right to a pixel, and shortest doubles would triple the file.
int decimals_of(double resolution) {
    int decimals = 2;
    while (resolution < 1 && decimals < 15) {
        resolution *= 10;
        ++decimals;
    }
    return decimals;
}

std::string polygon_wkt(const std::vector<Ring>& rings, const Grid& grid, int decimals) {
    std::string out = "POLYGON (";
    const auto append = [&](const GridPoint& point) {
        fmt::format_to(std::back_inserter(out), "{:.{}f} {:.{}f}", grid.x(point.col - 0.5), decimals,
                       grid.y(point.row - 0.5), decimals);
    };
    for (const Ring& ring : rings) {
        out += &ring == &rings.front() ? "(" : ", (";
        for (const GridPoint& point : ring) {
            append(point);
            out += ", ";
        }
        append(ring.front());
        out += ")";
    }
    return out + ")";
}

} // namespace

std::vector<TableColumn> object_table(const std::vector<ChangeObject>& objects, const Grid& grid, double metres_a_pixel,
                                      const std::vector<int>& bands_before, const std::vector<int>& bands_after,
                                      bool evidence) {
    using Type = TableColumn::Type;
    std::vector<TableColumn> columns;
    const auto text = [&](const char* name, const char* description, const auto& value) {
        TableColumn out{Type::text, name, "", description};
        for (const ChangeObject& object : objects) out.text.push_back(value(object));
        columns.push_back(std::move(out));
    };
    const auto real = [&](const std::string& name, const char* units, const std::string& description,
                          const auto& value) {
        TableColumn out{Type::real, name, units, description};
        for (const ChangeObject& object : objects) out.real.push_back(value(object));
        columns.push_back(std::move(out));
    };
    using Object = const ChangeObject&;
    text("outline", "polygon in the product's CRS, right to a pixel",
         [&](Object o) { return polygon_wkt(o.outline, grid, decimals_of(grid.resolution)); });
    text("kind", "by its contrast to the surroundings: appeared, disappeared or altered",
         [](Object o) { return o.kind; });
    text("tone", "against what the earlier mission leads to expect: brighter, darker or similar",
         [](Object o) { return o.tone; });
    text("context", "what may explain it: shadow, vegetation or nothing known", [](Object o) { return o.context; });
    real("confidence", "1",
         "1, less half the share of doubtful pixels, and half where context may explain it; with the "
         "score the rank",
         [](Object o) { return o.confidence; });
    real("seam", "1", "share of its pixels on a seam of either mission", [](Object o) { return o.seam; });
    real("uncertain", "1", "share near an edge of the surface model", [](Object o) { return o.uncertain; });
    real("shadow", "1", "share in shadow in one mission alone, by sun and surface model",
         [](Object o) { return o.shadow; });
    real("vegetation", "1", "share where both missions show vegetation", [](Object o) { return o.vegetation; });
    real("water", "1", "share where both missions may show water", [](Object o) { return o.water; });
    real("score", "1", "mean of the layer score over its pixels", [](Object o) { return o.score; });
    real("score_max", "1", "largest of them", [](Object o) { return o.score_max; });
    real("false_discovery", "1", "share of false objects to expect among all with at least its score_max",
         [](Object o) { return o.false_discovery; });
    TableColumn pixels{Type::integer, "pixels", "1", "pixels of the mask"};
    for (Object object : objects) pixels.integer.push_back(object.pixels);
    columns.push_back(std::move(pixels));
    real("area", "m2", "of its pixels",
         [&](Object o) { return static_cast<double>(o.pixels) * metres_a_pixel * metres_a_pixel; });
    real("perimeter", "m", "of the outline, holes included", [&](Object o) { return o.perimeter_px * metres_a_pixel; });
    real("xmin", "", "western side", [&](Object o) { return grid.x(static_cast<double>(o.col) - 0.5); });
    real("ymin", "", "southern side", [&](Object o) { return grid.y(static_cast<double>(o.row_end) - 0.5); });
    real("xmax", "", "eastern side", [&](Object o) { return grid.x(static_cast<double>(o.col_end) - 0.5); });
    real("ymax", "", "northern side", [&](Object o) { return grid.y(static_cast<double>(o.row) - 0.5); });
    for (const bool is_before : {true, false}) {
        const std::vector<int>& bands = is_before ? bands_before : bands_after;
        std::vector<std::size_t> by_number(bands.size());
        std::iota(by_number.begin(), by_number.end(), std::size_t{0});
        std::sort(by_number.begin(), by_number.end(),
                  [&](std::size_t a, std::size_t b) { return bands[a] < bands[b]; });
        for (const std::size_t band : by_number) {
            const int number = bands[band] + 1;
            real(fmt::format("{}_{}", is_before ? "before" : "after", number), "",
                 fmt::format("mean of band {} of the {} mission", number, is_before ? "earlier" : "later"),
                 [&](Object o) { return is_before ? o.before[band] : o.after[band]; });
        }
    }
    for (std::size_t i = 0; evidence && i < evidence_layers.size(); ++i) {
        const EvidenceLayer& layer = evidence_layers[i];
        real(layer.name, "1", fmt::format("mean of the layer: {}", layer.meaning),
             [&](Object o) { return evidence_value(layer, o.evidence[i]); });
    }
    return columns;
}

} // namespace overflight
