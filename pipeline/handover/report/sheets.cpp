// SPDX-License-Identifier: Apache-2.0
#include "handover/report/sheets.h"

#include "core/errors.h"
#include "handover/product_folder.h"
#include "handover/report/chips.h"
#include "handover/report/coverage.h"
#include "handover/report/html.h"
#include "handover/report/quicklook_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <memory>

namespace overflight {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json read_json(const fs::path& path) {
    std::ifstream file(path);
    if (!file) return {};
    return json::parse(std::string(std::istreambuf_iterator<char>(file), {}), nullptr, false);
}

/// Place among the run's products; past their end for one that an earlier run left in the folder.
std::ptrdiff_t place_in_run(const json& run, const fs::path& product) {
    if (!run.is_object()) return 0;
    const json products = run.value("products", json::array());
    return std::ranges::find_if(
               products,
               [&](const json& entry) { return fs::path(entry.value("path", "")).filename() == product.filename(); }) -
           products.begin();
}

std::optional<std::size_t> mission_of(const ReportSheets& sheets, const json& provenance, const char* kind) {
    for (const json& input : provenance.value("inputs", json::array())) {
        if (input.value("kind", "") != kind) continue;
        for (std::size_t i = 0; i < sheets.missions.size(); ++i)
            if (sheets.missions[i].product.path().filename() == input.value("name", "")) return i;
    }
    return {};
}

void read_objects(ChangeSheet& sheet) {
    const std::vector<TableColumn> table = sheet.product.table("objects");
    const TableColumn* outline = find_column(table, "outline");
    sheet.has_objects = outline != nullptr;
    if (!outline) return;
    if (const TableColumn* area = find_column(table, "area")) sheet.area_units = area->units;
    const auto number = [&](const char* name, std::size_t row) {
        const TableColumn* column = find_column(table, name);
        if (!column || column->type == TableColumn::Type::text) return std::numeric_limits<double>::quiet_NaN();
        return column->type == TableColumn::Type::real ? column->real[row] : static_cast<double>(column->integer[row]);
    };
    const auto words = [&](std::size_t row) {
        std::string all;
        for (const char* name : {"kind", "tone", "context"}) {
            const TableColumn* column = find_column(table, name);
            if (!column || column->type != TableColumn::Type::text || column->text[row].empty()) continue;
            all += (all.empty() ? "" : ", ") + column->text[row];
        }
        return all;
    };
    for (std::size_t row = 0; row < outline->text.size(); ++row) {
        ChangedObject object;
        object.score = number("score", row);
        object.area = number("area", row);
        object.kind = words(row);
        if (const double confidence = number("confidence", row); confidence < 1) {
            object.confidence = confidence;
            object.kind += fmt::format("{}confidence {:.0f} %", object.kind.empty() ? "" : ", ", 100 * confidence);
        }
        constexpr double far = std::numeric_limits<double>::infinity();
        object.west = object.south = far;
        object.east = object.north = -far;
        for (const auto& ring : rings_of(outline->text[row])) {
            for (const auto& [x, y] : ring) {
                object.west = std::min(object.west, x);
                object.east = std::max(object.east, x);
                object.south = std::min(object.south, y);
                object.north = std::max(object.north, y);
            }
        }
        if (object.west < object.east) sheet.objects.push_back(std::move(object));
    }
    std::stable_sort(sheet.objects.begin(), sheet.objects.end(),
                     [](const ChangedObject& a, const ChangedObject& b) { return a.rank() > b.rank(); });
}

void open_products(const fs::path& folder, ReportSheets& sheets) {
    std::vector<fs::path> paths = products_in(folder);
    std::ranges::stable_sort(paths, {}, [&](const fs::path& path) { return place_in_run(sheets.run, path); });
    const std::size_t made = sheets.run.is_object() ? sheets.run.value("products", json::array()).size() : 1;
    for (const fs::path& path : paths) {
        try {
            ProductReader product(path);
            if (place_in_run(sheets.run, path) >= static_cast<std::ptrdiff_t>(made))
                sheets.problems.push_back(path.filename().string() + ": not of the run that run.json describes");
            if (product.find("image"))
                sheets.missions.emplace_back(std::move(product));
            else if (product.find("mask"))
                sheets.changes.emplace_back(std::move(product));
        } catch (const std::exception& error) {
            sheets.problems.push_back(path.filename().string() + ": " + error.what());
        }
    }
    if (sheets.missions.empty() && sheets.changes.empty() && sheets.problems.empty())
        throw InputError(Problem{.file = folder.string(), .message = "there is no product in this folder"});
}

} // namespace

MissionSheet::MissionSheet(ProductReader opened)
    : name(opened.path().stem().string()), product(std::move(opened)), frames(product.table("frames")),
      provenance(json::parse(product.provenance(), nullptr, false)), size(quicklook_size(product.grid())) {}

ChangeSheet::ChangeSheet(ProductReader opened)
    : name(opened.path().stem().string()), product(std::move(opened)),
      provenance(json::parse(product.provenance(), nullptr, false)), size(quicklook_size(product.grid())) {}

const TableColumn* find_column(const std::vector<TableColumn>& columns, std::string_view name) {
    const auto found = std::ranges::find(columns, name, &TableColumn::name);
    return found == columns.end() ? nullptr : &*found;
}

std::vector<std::vector<std::pair<double, double>>> rings_of(const std::string& wkt) {
    std::vector<std::vector<std::pair<double, double>>> rings;
    const char* at = wkt.c_str();
    while (*at != '\0') {
        if (*at == '(' && at[1] != '(') rings.emplace_back();
        if (rings.empty() || *at == '(' || *at == ')' || *at == ',' || *at == ' ') {
            ++at;
            continue;
        }
        char* end = nullptr;
        const double x = std::strtod(at, &end), y = end != at ? std::strtod(end, &end) : 0;
        if (end == at) return {};
        rings.back().emplace_back(x, y);
        at = end;
    }
    return rings;
}

ReportSheets gather_sheets(const fs::path& folder, const ForEach& for_each, const HeldChunks& held) {
    ReportSheets sheets;
    sheets.run = read_json(folder / "run.json");
    if (sheets.run.is_discarded()) {
        sheets.problems.push_back("run.json: is not JSON");
        sheets.run = nullptr;
    }
    open_products(folder, sheets);

    std::vector<std::function<void()>> pictures;
    for (std::size_t i = 0; i < sheets.missions.size(); ++i) {
        MissionSheet& mission = sheets.missions[i];
        try {
            read_source_frames(mission, for_each, held);
        } catch (const RunError& error) {
            sheets.problems.push_back(error.what());
        }
        pictures.emplace_back([&] { mission.image = jpeg_uri(quicklook_of(mission.product, mission.size)); });
        pictures.emplace_back([&] { draw_seams(mission); });
    }
    std::vector<std::unique_ptr<ChipCutter>> cutters(sheets.missions.size());
    for (ChangeSheet& change : sheets.changes) {
        change.before = mission_of(sheets, change.provenance, "before");
        change.after = mission_of(sheets, change.provenance, "after");
        read_objects(change);
        pictures.emplace_back([&] { change.image = jpeg_uri(quicklook_of(change.product, change.size)); });
        for (const bool after : {false, true}) {
            const auto mission = after ? change.after : change.before;
            if (!mission || change.objects.empty() || !sheets.missions[*mission].product.find("quality")) continue;
            auto& cutter = cutters[*mission];
            if (!cutter) cutter = std::make_unique<ChipCutter>(sheets.missions[*mission].product, held);
            for (std::size_t k = 0; k < std::min(most_chips, change.objects.size()); ++k)
                pictures.emplace_back([&change, &cutter, after, k] {
                    ChangedObject& object = change.objects[k];
                    (after ? object.after : object.before) = cutter->cut(object);
                });
        }
    }
    std::vector<std::string> failures(pictures.size());
    for_each(static_cast<std::int64_t>(pictures.size()), [&](std::int64_t index) {
        const auto i = static_cast<std::size_t>(index);
        try {
            pictures[i]();
        } catch (const RunError& error) {
            failures[i] = error.what();
        }
    });
    std::ranges::sort(failures); // a broken chunk may spoil several pictures
    failures.erase(std::ranges::unique(failures).begin(), failures.end());
    std::ranges::copy_if(failures, std::back_inserter(sheets.problems), [](const auto& text) { return !text.empty(); });
    return sheets;
}

} // namespace overflight
