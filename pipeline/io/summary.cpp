// SPDX-License-Identifier: Apache-2.0
#include "io/summary.h"

#include "io/cf_grid_mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

namespace overflight {
namespace {

constexpr std::size_t table_head_rows = 5;
constexpr std::size_t text_head_characters = 40;

struct Statistics {
    double minimum = std::numeric_limits<double>::infinity();
    double maximum = -std::numeric_limits<double>::infinity();
    double sum = 0;
    std::int64_t valid = 0, count = 0;
};

template <typename Sample>
void accumulate(const std::vector<std::byte>& samples, std::int64_t stride, std::int64_t width, std::int64_t height,
                const std::optional<double>& fill, Statistics& statistics) {
    for (std::int64_t row = 0; row < height; ++row) {
        for (std::int64_t col = 0; col < width; ++col) {
            Sample sample;
            std::memcpy(&sample, samples.data() + static_cast<std::size_t>(row * stride + col) * sizeof sample,
                        sizeof sample);
            const auto value = static_cast<double>(sample);
            ++statistics.count;
            if (std::isnan(value) || (fill && value == *fill)) continue;
            ++statistics.valid;
            statistics.sum += value;
            statistics.minimum = std::min(statistics.minimum, value);
            statistics.maximum = std::max(statistics.maximum, value);
        }
    }
}

Statistics statistics_of(const ProductReader& product, const LayerSpec& layer, int band) {
    const RasterShape whole = layer_shape(layer, product.grid()), chunk = chunk_shape(layer, product.grid());
    std::vector<std::byte> samples(static_cast<std::size_t>(chunk.width * chunk.height) * layer_type_size(layer.type));
    Statistics statistics;
    for (std::int64_t row = 0; row * chunk.height < whole.height; ++row) {
        for (std::int64_t col = 0; col * chunk.width < whole.width; ++col) {
            product.read_chunk(layer.name, band, row, col, samples);
            const std::int64_t width = std::min(chunk.width, whole.width - col * chunk.width);
            const std::int64_t height = std::min(chunk.height, whole.height - row * chunk.height);
            with_sample_type(layer.type, [&](auto zero) {
                accumulate<decltype(zero)>(samples, chunk.width, width, height, layer.fill, statistics);
            });
        }
    }
    return statistics;
}

const char* type_name(LayerType type) {
    switch (type) {
    case LayerType::u8:
        return "uint8";
    case LayerType::u16:
        return "uint16";
    case LayerType::i16:
        return "int16";
    case LayerType::u32:
        return "uint32";
    case LayerType::f32:
        break;
    }
    return "float32";
}

const char* codec_name(Codec codec) {
    switch (codec) {
    case Codec::none:
        return "none";
    case Codec::deflate:
        return "deflate";
    case Codec::lz4:
        return "lz4";
    case Codec::blosc:
        break;
    }
    return "blosc";
}

std::string size_text(std::uint64_t bytes) {
    const auto size = static_cast<double>(bytes);
    return bytes < 1'000'000       ? fmt::format("{:.1f} kB", size / 1e3)
           : bytes < 1'000'000'000 ? fmt::format("{:.1f} MB", size / 1e6)
                                   : fmt::format("{:.2f} GB", size / 1e9);
}

std::string describe_layer(const ProductReader& product, const LayerSpec& layer,
                           const std::vector<std::string>& band_names) {
    const RasterShape whole = layer_shape(layer, product.grid()), chunk = chunk_shape(layer, product.grid());
    const std::uint64_t stored = product.stored_bytes(layer.name);
    const std::uint64_t plain =
        static_cast<std::uint64_t>(whole.width * whole.height) * layer_type_size(layer.type) * layer.bands;
    std::string text =
        fmt::format("\n{}: {}{}\n  {} band{} of {} x {}, {}, chunks {} x {}, {}, {} stored of {}\n", layer.name,
                    layer.long_name.empty() ? "(no description)" : layer.long_name,
                    layer.units.empty() ? "" : fmt::format(" [{}]", layer.units), layer.bands,
                    layer.bands == 1 ? "" : "s", whole.width, whole.height, type_name(layer.type), chunk.width,
                    chunk.height, codec_name(product.codec(layer.name)), size_text(stored), size_text(plain));
    if (layer.step > 1) text += fmt::format("  one node every {} pixels\n", layer.step);
    if (layer.scale_factor != 1 || layer.add_offset != 0)
        text += fmt::format("  value = stored * {} + {}\n", layer.scale_factor, layer.add_offset);
    for (const auto* flags : {&layer.flag_values, &layer.flag_masks})
        for (const auto& [value, meaning] : *flags) text += fmt::format("  {:>5} {}\n", value, meaning);
    for (int band = 0; band < layer.bands; ++band) {
        const Statistics statistics = statistics_of(product, layer, band);
        const auto index = static_cast<std::size_t>(band);
        const std::string name = layer.bands > 1 && index < band_names.size() ? " " + band_names[index] : "";
        const double share = 100.0 * static_cast<double>(statistics.valid) / static_cast<double>(statistics.count);
        text += statistics.valid == 0 ? fmt::format("  band {}{}: no valid sample\n", band + 1, name)
                                      : fmt::format("  band {}{}: min {:g}, max {:g}, mean {:.6g}, valid {:.2f} %\n",
                                                    band + 1, name, statistics.minimum, statistics.maximum,
                                                    statistics.sum / static_cast<double>(statistics.valid), share);
    }
    return text;
}

std::string cell(const TableColumn& column, std::size_t row) {
    switch (column.type) {
    case TableColumn::Type::real:
        return fmt::format("{:g}", column.real[row]);
    case TableColumn::Type::integer:
        return fmt::format("{}", column.integer[row]);
    case TableColumn::Type::text:
        break;
    }
    const std::string& text = column.text[row];
    return text.size() <= text_head_characters ? text : text.substr(0, text_head_characters - 3) + "...";
}

std::string describe_table(const std::string& name, const std::vector<TableColumn>& columns) {
    std::size_t rows = 0;
    for (const TableColumn& column : columns)
        rows = std::max({column.text.size(), column.real.size(), column.integer.size(), rows});
    std::string text = fmt::format("\n{}: table of {} row{}\n", name, rows, rows == 1 ? "" : "s");
    const std::size_t shown = std::min(rows, table_head_rows);
    std::vector<std::string> lines(shown + 1, " ");
    for (const TableColumn& column : columns) {
        const std::string heading = column.name + (column.units.empty() ? "" : fmt::format(" [{}]", column.units));
        std::size_t width = heading.size();
        for (std::size_t row = 0; row < shown; ++row) width = std::max(width, cell(column, row).size());
        fmt::format_to(std::back_inserter(lines[0]), " {:<{}}", heading, width);
        for (std::size_t row = 0; row < shown; ++row)
            fmt::format_to(std::back_inserter(lines[row + 1]), " {:<{}}", cell(column, row), width);
    }
    for (std::string& line : lines) {
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    if (rows > shown) text += fmt::format("  ... {} more\n", rows - shown);
    return text;
}

} // namespace

std::string describe_product(const ProductReader& product) {
    const Grid& grid = product.grid();
    const Bounds bounds = grid.bounds();
    std::string text = fmt::format("{}\n{}\n{} x {} pixels of {}, x {} to {}, y {} to {}\n", product.path().string(),
                                   crs_name(grid.crs_wkt), grid.width, grid.height, grid.resolution, bounds.xmin,
                                   bounds.xmax, bounds.ymin, bounds.ymax);
    const std::vector<std::string> band_names = product.band_names();
    for (const LayerSpec& layer : product.layers()) text += describe_layer(product, layer, band_names);
    for (const std::string& name : product.tables()) text += describe_table(name, product.table(name));
    if (const std::string provenance = product.provenance(); !provenance.empty())
        text += fmt::format("\nprovenance: {} bytes of JSON\n", provenance.size());
    return text;
}

} // namespace overflight
