// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/product.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace overflight {

/// A product with every kind of layer, and the samples that it must read back as.
struct SampleProduct {
    Grid grid;
    std::vector<LayerSpec> layers;
    std::map<std::string, std::vector<std::byte>> samples; ///< whole layer: band, row, column
    std::vector<std::string> band_names;
    std::vector<TableColumn> frames, objects; ///< objects has no row
    std::string provenance;
};

/// WKT of an EPSG code.
std::string epsg_wkt(int code);

/// Deterministic content: gradients with noise, constant and never written chunks included.
SampleProduct sample_product(std::int64_t width = 1100, std::int64_t height = 700, int epsg = 32651);

/// Cuts a layer into chunks, pads, encodes and writes them. The first chunk of `never_written` is left out.
void write_layer(ProductWriter& writer, const SampleProduct& product, const LayerSpec& layer, Codec codec);

void write_product(const std::filesystem::path& path, const SampleProduct& product, Codec codec);

} // namespace overflight
