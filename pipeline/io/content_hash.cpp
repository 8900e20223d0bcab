// SPDX-License-Identifier: Apache-2.0
#include "io/content_hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace overflight {
namespace {

/// Text with its length in front, so that no two lists of texts run together to the same bytes.
void add_text(std::string& out, const std::string& text) {
    out += fmt::format("{}:", text.size());
    out += text;
}

/// A value as the layer's samples hold it: readers get it back from there.
double as_stored(LayerType type, double value) {
    return type == LayerType::f32 ? static_cast<double>(static_cast<float>(value)) : value;
}

/// The sign of a NaN and of zero is not to be told from fmt's text, and says nothing here.
std::string number(double value) {
    return value != value ? "nan" : value == 0 ? "0" : fmt::format("{}", value);
}

std::string description(const LayerSpec& layer) {
    std::string text;
    for (const std::string& field :
         {layer.name, std::to_string(static_cast<int>(layer.type)), std::to_string(layer.bands),
          std::to_string(layer.step), layer.long_name, layer.units,
          layer.fill ? number(as_stored(layer.type, *layer.fill)) : std::string("none"),
          layer.valid_range ? number(as_stored(layer.type, layer.valid_range->first)) + " to " +
                                  number(as_stored(layer.type, layer.valid_range->second))
                            : std::string("none"),
          number(layer.scale_factor), number(layer.add_offset)})
        add_text(text, field);
    for (const auto* flags : {&layer.flag_values, &layer.flag_masks}) {
        text += "flags";
        for (const auto& [value, meaning] : *flags) add_text(text, fmt::format("{} {}", value, meaning));
    }
    return text;
}

Digest fill_digest(const LayerSpec& layer, const RasterShape& chunk) {
    const std::size_t sample = layer_type_size(layer.type);
    std::vector<std::byte> samples(static_cast<std::size_t>(chunk.width * chunk.height) * sample);
    fill_samples(layer, samples);
    return digest_of(samples);
}

} // namespace

ContentHasher::ContentHasher(const Grid& grid, const std::vector<LayerSpec>& layers) {
    add_text(grid_, grid.crs_wkt);
    for (const double value : {grid.west, grid.north, grid.resolution}) add_text(grid_, number(value));
    add_text(grid_, fmt::format("{} x {}", grid.width, grid.height));
    for (const LayerSpec& spec : layers) {
        Layer layer;
        layer.spec = spec;
        layer.chunk = chunk_shape(spec, grid);
        const RasterShape whole = layer_shape(spec, grid);
        layer.rows = (whole.height + layer.chunk.height - 1) / layer.chunk.height;
        layer.cols = (whole.width + layer.chunk.width - 1) / layer.chunk.width;
        layer.chunks.assign(static_cast<std::size_t>(spec.bands * layer.rows * layer.cols),
                            fill_digest(spec, layer.chunk));
        layers_.push_back(std::move(layer));
    }
}

void ContentHasher::set_chunk(const std::string& name, int band, std::int64_t chunk_row, std::int64_t chunk_col,
                              const Digest& digest) {
    Layer& layer = *std::ranges::find(layers_, name, [](const Layer& each) { return each.spec.name; });
    layer.chunks[static_cast<std::size_t>((band * layer.rows + chunk_row) * layer.cols + chunk_col)] = digest;
}

void ContentHasher::set_band_names(const std::vector<std::string>& names) {
    bands_.clear();
    for (const std::string& name : names) add_text(bands_, name);
}

void ContentHasher::add_table(const std::string& name, const std::vector<TableColumn>& columns) {
    std::string text;
    for (const TableColumn& column : columns) {
        add_text(text, column.name);
        add_text(text, column.units);
        add_text(text, column.description);
        text += std::to_string(static_cast<int>(column.type));
        switch (column.type) {
        case TableColumn::Type::text:
            for (const std::string& value : column.text) add_text(text, value);
            break;
        case TableColumn::Type::real:
            for (const double value : column.real) add_text(text, number(value));
            break;
        case TableColumn::Type::integer:
            for (const std::int64_t value : column.integer) add_text(text, std::to_string(value));
            break;
        }
    }
    tables_.emplace_back(name, sha256_of(std::as_bytes(std::span(text))));
}

void ContentHasher::set_provenance(const std::string& json) {
    provenance_ = json;
}

ContentHashes ContentHasher::finish() const {
    ContentHashes hashes;
    const auto add = [&](const std::string& name, const std::string& text) {
        hashes.parts.emplace_back(name, sha256_of(std::as_bytes(std::span(text))));
    };
    add("grid", grid_);
    for (const Layer& layer : layers_) {
        Sha256 hash;
        const std::string text = description(layer.spec);
        hash.add(std::as_bytes(std::span(text)));
        for (const Digest& chunk : layer.chunks) hash.add(chunk);
        hashes.parts.emplace_back("layer " + layer.spec.name, hex(hash.finish()));
    }
    if (!bands_.empty()) add("bands", bands_);
    for (const auto& [name, hash] : tables_) hashes.parts.emplace_back("table " + name, hash);
    if (!provenance_.empty()) add("provenance", provenance_);
    std::string all;
    for (const auto& [name, hash] : hashes.parts) all += hash + " " + name + "\n";
    hashes.whole = sha256_of(std::as_bytes(std::span(all)));
    return hashes;
}

ContentHashes content_hashes(const ProductReader& product) {
    ContentHasher hasher(product.grid(), product.layers());
    for (const LayerSpec& layer : product.layers()) {
        const RasterShape whole = layer_shape(layer, product.grid()), chunk = chunk_shape(layer, product.grid());
        std::vector<std::byte> samples(static_cast<std::size_t>(chunk.width * chunk.height) *
                                       layer_type_size(layer.type));
        for (int band = 0; band < layer.bands; ++band) {
            for (std::int64_t row = 0; row * chunk.height < whole.height; ++row) {
                for (std::int64_t col = 0; col * chunk.width < whole.width; ++col) {
                    if (!product.has_chunk(layer.name, band, row, col)) continue;
                    product.read_chunk(layer.name, band, row, col, samples);
                    hasher.set_chunk(layer.name, band, row, col, digest_of(samples));
                }
            }
        }
    }
    hasher.set_band_names(product.band_names());
    for (const std::string& name : product.tables()) hasher.add_table(name, product.table(name));
    hasher.set_provenance(product.provenance());
    return hasher.finish();
}

} // namespace overflight
