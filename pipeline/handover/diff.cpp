// SPDX-License-Identifier: Apache-2.0
#include "handover/diff.h"

#include "io/cf_grid_mapping.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace overflight {
namespace {

constexpr std::size_t most_provenance_findings = 20;

bool same_number(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b));
}

std::string grid_text(const Grid& grid) {
    return fmt::format("{} x {} pixels of {} from {}, {} in {}", grid.width, grid.height, grid.resolution, grid.west,
                       grid.north, crs_name(grid.crs_wkt));
}

/// What of two layers' descriptions differs; "" where nothing.
std::string different_descriptions(const LayerSpec& a, const LayerSpec& b) {
    std::vector<std::string> found;
    const auto note = [&](bool same, const char* what) {
        if (!same) found.push_back(what);
    };
    note(a.type == b.type, "sample type");
    note(a.bands == b.bands, "number of bands");
    note(a.step == b.step, "lattice step");
    note(a.long_name == b.long_name, "long_name");
    note(a.units == b.units, "units");
    note(a.fill.has_value() == b.fill.has_value() && (!a.fill || same_number(*a.fill, *b.fill)), "fill value");
    note(a.valid_range == b.valid_range, "valid range");
    note(a.scale_factor == b.scale_factor && a.add_offset == b.add_offset, "scale and offset");
    note(a.flag_values == b.flag_values && a.flag_masks == b.flag_masks, "flags");
    return fmt::format("{}", fmt::join(found, ", "));
}

struct RasterDifference {
    std::int64_t pixels = 0, tiles = 0, all_tiles = 0, col = -1, row = -1;
    double largest = 0;
    int band = 0;
    bool of_nodata = false; ///< NaN against a number

    template <typename Sample>
    void compare(const std::byte* a, const std::byte* b, std::int64_t stride, const Window& window, int in_band) {
        std::int64_t here = 0;
        for (int y = 0; y < window.height; ++y) {
            const std::size_t line = static_cast<std::size_t>(y * stride) * sizeof(Sample);
            if (std::memcmp(a + line, b + line, static_cast<std::size_t>(window.width) * sizeof(Sample)) == 0) continue;
            for (int x = 0; x < window.width; ++x) {
                Sample left, right;
                std::memcpy(&left, a + line + static_cast<std::size_t>(x) * sizeof(Sample), sizeof left);
                std::memcpy(&right, b + line + static_cast<std::size_t>(x) * sizeof(Sample), sizeof right);
                if (std::memcmp(&left, &right, sizeof left) == 0) continue;
                if (col < 0) {
                    col = window.col + x;
                    row = window.row + y;
                    band = in_band;
                }
                ++here;
                const double difference = std::abs(static_cast<double>(left) - static_cast<double>(right));
                if (std::isnan(difference))
                    of_nodata = true;
                else
                    largest = std::max(largest, difference);
            }
        }
        pixels += here;
        tiles += here > 0;
    }
};

RasterDifference compare_layer(const ProductReader& a, const ProductReader& b, const LayerSpec& layer) {
    const RasterShape whole = layer_shape(layer, a.grid()), chunk = chunk_shape(layer, a.grid());
    const std::size_t bytes = static_cast<std::size_t>(chunk.width * chunk.height) * layer_type_size(layer.type);
    std::vector<std::byte> left(bytes), right(bytes);
    RasterDifference difference;
    for (int band = 0; band < layer.bands; ++band) {
        for (std::int64_t row = 0; row * chunk.height < whole.height; ++row) {
            for (std::int64_t col = 0; col * chunk.width < whole.width; ++col) {
                ++difference.all_tiles;
                a.read_chunk(layer.name, band, row, col, left);
                b.read_chunk(layer.name, band, row, col, right);
                const Window window{col * chunk.width, row * chunk.height,
                                    static_cast<int>(std::min(chunk.width, whole.width - col * chunk.width)),
                                    static_cast<int>(std::min(chunk.height, whole.height - row * chunk.height))};
                with_sample_type(layer.type, [&](auto zero) {
                    difference.compare<decltype(zero)>(left.data(), right.data(), chunk.width, window, band);
                });
            }
        }
    }
    return difference;
}

void diff_layers(const ProductReader& a, const ProductReader& b, bool same_grid, std::vector<std::string>& findings) {
    for (const LayerSpec& left : a.layers()) {
        const LayerSpec* right = b.find(left.name);
        if (!right) {
            findings.push_back(fmt::format("layer {}: only in the first", left.name));
            continue;
        }
        if (const std::string different = different_descriptions(left, *right); !different.empty())
            findings.push_back(fmt::format("layer {}: {} differ", left.name, different));
        if (!same_grid || left.type != right->type || left.bands != right->bands || left.step != right->step) continue;
        const RasterDifference found = compare_layer(a, b, left);
        if (found.pixels == 0) continue;
        findings.push_back(fmt::format(
            "layer {}: {} samples in {} of {} tiles differ, by at most {:g}{}; the first is band {}, column {}, row {}",
            left.name, found.pixels, found.tiles, found.all_tiles, found.largest * left.scale_factor,
            found.of_nodata ? " or by being no number" : "", found.band + 1, found.col, found.row));
    }
    for (const LayerSpec& right : b.layers())
        if (!a.find(right.name)) findings.push_back(fmt::format("layer {}: only in the second", right.name));
}

std::size_t rows_of(const TableColumn& column) {
    return std::max({column.text.size(), column.real.size(), column.integer.size()});
}

/// What of two columns differs; "" where nothing.
std::string diff_column(const TableColumn& a, const TableColumn& b) {
    if (a.type != b.type) return "another type";
    std::size_t cells = 0, first = 0;
    double largest = 0;
    for (std::size_t i = rows_of(a); i-- > 0;) {
        const bool same = a.type == TableColumn::Type::text   ? a.text[i] == b.text[i]
                          : a.type == TableColumn::Type::real ? same_number(a.real[i], b.real[i])
                                                              : a.integer[i] == b.integer[i];
        if (same) continue;
        ++cells;
        first = i;
        if (a.type == TableColumn::Type::real) largest = std::fmax(largest, std::abs(a.real[i] - b.real[i]));
        if (a.type == TableColumn::Type::integer)
            largest =
                std::fmax(largest, std::abs(static_cast<double>(a.integer[i]) - static_cast<double>(b.integer[i])));
    }
    if (cells == 0) return a.units == b.units && a.description == b.description ? "" : "units or description differ";
    return fmt::format("{} rows differ, the first is {}{}", cells, first,
                       a.type == TableColumn::Type::text ? "" : fmt::format(", by at most {:g}", largest));
}

void diff_table(const std::string& name, const std::vector<TableColumn>& a, const std::vector<TableColumn>& b,
                std::vector<std::string>& findings) {
    if (!a.empty() && !b.empty() && rows_of(a.front()) != rows_of(b.front())) {
        findings.push_back(fmt::format("table {}: {} rows and {} rows", name, rows_of(a.front()), rows_of(b.front())));
        return;
    }
    for (const TableColumn& left : a) {
        const auto right = std::ranges::find(b, left.name, &TableColumn::name);
        const std::string different = right == b.end() ? "only in the first" : diff_column(left, *right);
        if (!different.empty()) findings.push_back(fmt::format("table {}, column {}: {}", name, left.name, different));
    }
    for (const TableColumn& right : b)
        if (std::ranges::find(a, right.name, &TableColumn::name) == a.end())
            findings.push_back(fmt::format("table {}, column {}: only in the second", name, right.name));
}

void diff_provenance(const std::string& a, const std::string& b, std::vector<std::string>& findings) {
    if (a == b) return;
    const auto flat = [](const std::string& text) {
        const auto json = nlohmann::json::parse(text, nullptr, false);
        return json.is_structured() ? json.flatten() : nlohmann::json::object();
    };
    const nlohmann::json left = flat(a), right = flat(b);
    std::vector<std::string> found;
    for (const auto& [key, value] : left.items()) {
        if (!right.contains(key))
            found.push_back(fmt::format("provenance {}: only in the first", key));
        else if (right[key] != value)
            found.push_back(fmt::format("provenance {}: {} and {}", key, value.dump(), right[key].dump()));
    }
    for (const auto& [key, value] : right.items())
        if (!left.contains(key)) found.push_back(fmt::format("provenance {}: only in the second", key));
    if (found.empty()) found.push_back("provenance: the text differs");
    if (found.size() > most_provenance_findings) {
        const std::size_t more = found.size() - most_provenance_findings;
        found.resize(most_provenance_findings);
        found.push_back(fmt::format("provenance: {} more keys differ", more));
    }
    findings.insert(findings.end(), found.begin(), found.end());
}

} // namespace

std::vector<std::string> diff_products(const ProductReader& a, const ProductReader& b) {
    std::vector<std::string> findings;
    const bool same_grid = a.grid() == b.grid();
    if (!same_grid)
        findings.push_back(fmt::format("grid: {} and {}; the layers' samples are not compared", grid_text(a.grid()),
                                       grid_text(b.grid())));
    diff_layers(a, b, same_grid, findings);
    if (a.band_names() != b.band_names())
        findings.push_back(
            fmt::format("bands: {} and {}", fmt::join(a.band_names(), ", "), fmt::join(b.band_names(), ", ")));
    const std::vector<std::string> first_tables = a.tables(), second_tables = b.tables();
    for (const std::string& name : first_tables) {
        if (std::ranges::find(second_tables, name) == second_tables.end())
            findings.push_back(fmt::format("table {}: only in the first", name));
        else
            diff_table(name, a.table(name), b.table(name), findings);
    }
    for (const std::string& name : second_tables)
        if (std::ranges::find(first_tables, name) == first_tables.end())
            findings.push_back(fmt::format("table {}: only in the second", name));
    diff_provenance(a.provenance(), b.provenance(), findings);
    return findings;
}

} // namespace overflight
