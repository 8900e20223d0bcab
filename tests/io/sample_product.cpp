// SPDX-License-Identifier: Apache-2.0
#include "io/sample_product.h"

#include "io/atomic_file.h"

#include <ogr_spatialref.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

namespace overflight {
namespace {

template <typename Sample>
void fill_layer(std::vector<std::byte>& out, const LayerSpec& layer, const RasterShape& shape) {
    out.resize(static_cast<std::size_t>(layer.bands * shape.width * shape.height) * sizeof(Sample));
    std::uint32_t noise = 12345;
    std::size_t at = 0;
    for (int band = 0; band < layer.bands; ++band) {
        for (std::int64_t row = 0; row < shape.height; ++row) {
            for (std::int64_t col = 0; col < shape.width; ++col, at += sizeof(Sample)) {
                noise = noise * 1664525u + 1013904223u;
                double value = 3 + static_cast<double>((row * 3 + col + band * 50) / 8 % 90 + (noise >> 29));
                if (layer.fill && (noise >> 16) % 50 == 0) value = *layer.fill;
                // One constant chunk and one that is nodata throughout.
                if (row < 512 && col < 512 && shape.width > 512 && layer.name == "mask") value = 1;
                if (layer.name == "never_written" && row < 512 && col < 512) value = *layer.fill;
                const auto sample = static_cast<Sample>(value);
                std::memcpy(out.data() + at, &sample, sizeof sample);
            }
        }
    }
}

} // namespace

std::string epsg_wkt(int code) {
    OGRSpatialReference crs;
    crs.importFromEPSG(code);
    char* text = nullptr;
    crs.exportToWkt(&text);
    const std::unique_ptr<char, decltype(&CPLFree)> wkt(text, CPLFree);
    return wkt.get();
}

SampleProduct sample_product(std::int64_t width, std::int64_t height, int epsg) {
    SampleProduct product;
    product.grid = {epsg_wkt(epsg), 512345.5, 1234567.75, 0.25, width, height};
    const auto layer = [&](const char* name, LayerType type, int bands) -> LayerSpec& {
        LayerSpec spec;
        spec.name = name;
        spec.type = type;
        spec.bands = bands;
        spec.long_name = std::string("the layer ") + name;
        product.layers.push_back(spec);
        return product.layers.back();
    };
    layer("image", LayerType::u8, 3).valid_range = {0, 255};
    layer("image16", LayerType::u16, 3).fill = 65535;
    layer("source_frame", LayerType::u16, 1).fill = 65535;
    layer("source_frame32", LayerType::u32, 1).fill = 4294967295;
    LayerSpec& height_layer = layer("height", LayerType::i16, 1);
    height_layer.fill = -32768;
    height_layer.units = "m";
    LayerSpec& never = layer("never_written", LayerType::i16, 1);
    never.fill = -1;
    LayerSpec& score = layer("score", LayerType::u16, 1);
    score.fill = 65535;
    score.scale_factor = 0.001;
    score.valid_range = {0, 1000};
    layer("ratio", LayerType::f32, 1).fill = std::numeric_limits<double>::quiet_NaN();
    LayerSpec& mask = layer("mask", LayerType::u8, 1);
    mask.fill = 255;
    mask.flag_values = {{0, "no_change"}, {1, "change"}, {255, "not_observed"}};
    layer("quality", LayerType::u8, 1).flag_masks = {{1, "valid"}, {2, "occluded"}, {4, "shadow"}};
    LayerSpec& shift = layer("shift_x", LayerType::f32, 1);
    shift.step = 64;
    shift.units = "m";

    for (const LayerSpec& spec : product.layers) {
        std::vector<std::byte>& samples = product.samples[spec.name];
        const RasterShape shape = layer_shape(spec, product.grid);
        with_sample_type(spec.type, [&](auto zero) { fill_layer<decltype(zero)>(samples, spec, shape); });
    }
    product.band_names = {"red", "green", "near infrared"};
    using Type = TableColumn::Type;
    product.frames = {{Type::text, "name", "", "file name", {"a.tif", "b.tif", "überlang.tif"}, {}, {}},
                      {Type::real, "ground_resolution", "m", "", {}, {0.25, 0.5, 1e-300}, {}},
                      {Type::integer, "count", "", "", {}, {}, {-1, 0, std::int64_t{1} << 60}},
                      {Type::text, "outline", "", "", {"", std::string(40000, 'x'), "POINT (1 2)"}, {}, {}}};
    product.objects = {{Type::text, "kind", "", "", {}, {}, {}}, {Type::real, "area", "m2", "", {}, {}, {}}};
    product.provenance = "{\"hashes\":\"" + std::string(1 << 20, 'a') + "\"}";
    return product;
}

void write_layer(ProductWriter& writer, const SampleProduct& product, const LayerSpec& layer, Codec codec) {
    const RasterShape whole = layer_shape(layer, product.grid), chunk = chunk_shape(layer, product.grid);
    const std::size_t size = layer_type_size(layer.type);
    const std::vector<std::byte>& samples = product.samples.at(layer.name);
    for (int band = 0; band < layer.bands; ++band) {
        for (std::int64_t row = 0; row * chunk.height < whole.height; ++row) {
            for (std::int64_t col = 0; col * chunk.width < whole.width; ++col) {
                if (layer.name == "never_written" && row == 0 && col == 0) continue;
                std::vector<std::byte> padded(static_cast<std::size_t>(chunk.width * chunk.height) * size);
                for (std::int64_t y = 0; y < chunk.height && row * chunk.height + y < whole.height; ++y) {
                    const std::int64_t width = std::min(chunk.width, whole.width - col * chunk.width);
                    const std::int64_t from =
                        (band * whole.height + row * chunk.height + y) * whole.width + col * chunk.width;
                    std::memcpy(padded.data() + static_cast<std::size_t>(y * chunk.width) * size,
                                samples.data() + static_cast<std::size_t>(from) * size,
                                static_cast<std::size_t>(width) * size);
                }
                writer.write_chunk(layer.name, band, row, col, encode_chunk(padded, size, codec, 1));
            }
        }
    }
}

void write_product(const std::filesystem::path& path, const SampleProduct& product, Codec codec) {
    ProductWriter writer(path, product.grid, product.layers, codec, 1, "test mission");
    for (const LayerSpec& layer : product.layers) write_layer(writer, product, layer, codec);
    writer.write_band_names(product.band_names);
    writer.write_table("frames", product.frames);
    writer.write_table("objects", product.objects);
    writer.write_provenance(product.provenance);
    publish_file(writer.finish().temporary, path);
}

} // namespace overflight
