// SPDX-License-Identifier: Apache-2.0
// The least that a chain's bytes and samples cost on one core: its frames at memcpy's rate, its mosaics' pixels at the
// cubic kernel's rate, its layers at libdeflate's rate. JSON: a list of parts with amount, unit, rate and seconds.
//
//   bench_floor --frames FILE... --products FILE...
#include "core/config.h"
#include "io/frame_file.h"
#include "io/product.h"
#include "kernels/byte_shuffle.h"
#include "kernels/resample.h"
#include "parted_tile.h"
#include "processor_time.h"

#include <CLI/CLI.hpp>
#include <libdeflate.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>
#include <memory>
#include <random>

namespace {

using namespace overflight;

/// Of the fastest of nine runs.
template <typename Work>
double seconds_of(const Work& work) {
    double best = 1e9;
    for (int i = 0; i < 9; ++i) {
        const double begin = processor_seconds();
        work();
        best = std::min(best, processor_seconds() - begin);
    }
    return best;
}

/// Of a block far beyond the caches.
double memcpy_bytes_per_second() {
    std::vector<std::byte> from(std::size_t{256} << 20, std::byte{1}), to(from.size());
    return static_cast<double>(from.size()) / seconds_of([&] { std::memcpy(to.data(), from.data(), from.size()); });
}

/// Cubic, not widened, at a small rotation, in parts as when mosaics are composed.
template <typename Sample>
double kernel_pixels_per_second(int lanes) {
    constexpr int size = 1400, pixels = PartedTile::side * PartedTile::side;
    std::vector<Sample> samples(static_cast<std::size_t>(size * size * lanes) + 64), window,
        out(static_cast<std::size_t>(pixels * lanes));
    std::mt19937 random(7);
    for (Sample& sample : samples) sample = static_cast<Sample>(random() % 256);
    const kernels::SourceWindow<Sample> source{samples.data(), size * lanes, size, size, lanes, nullptr, 0};
    const auto table = std::make_unique<kernels::PhaseTable>();
    kernels::make_phase_table(kernels::Interpolation::cubic, 1, *table);
    const PartedTile tile(size, 3, table->taps);
    std::vector<std::uint8_t> window_valid, valid(pixels);
    return pixels /
           seconds_of([&] { tile.resample(source, *table, {}, window, window_valid, out.data(), valid.data()); });
}

double kernel_pixels_per_second(LayerType type, int lanes) {
    if (type == LayerType::u8) return kernel_pixels_per_second<std::uint8_t>(lanes);
    return type == LayerType::u16 ? kernel_pixels_per_second<std::uint16_t>(lanes)
                                  : kernel_pixels_per_second<float>(lanes);
}

struct Deflated {
    double bytes = 0, seconds = 0;
};

/// Every chunk of a product once; shuffled, as it is stored, outside of the timing.
Deflated deflate(const ProductReader& product) {
    const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
        libdeflate_alloc_compressor(OutputConfig{}.level), libdeflate_free_compressor);
    Deflated total;
    std::vector<std::uint8_t> samples, shuffled, out;
    for (const LayerSpec& layer : product.layers()) {
        const RasterShape whole = layer_shape(layer, product.grid()), chunk = chunk_shape(layer, product.grid());
        const std::size_t sample = layer_type_size(layer.type);
        samples.resize(static_cast<std::size_t>(chunk.width * chunk.height) * sample);
        shuffled.resize(samples.size());
        out.resize(libdeflate_zlib_compress_bound(compressor.get(), samples.size()));
        for (int band = 0; band < layer.bands; ++band)
            for (std::int64_t row = 0; row * chunk.height < whole.height; ++row)
                for (std::int64_t col = 0; col * chunk.width < whole.width; ++col) {
                    if (!product.has_chunk(layer.name, band, row, col)) continue;
                    product.read_chunk(layer.name, band, row, col, std::as_writable_bytes(std::span(samples)));
                    kernels::byte_shuffle(samples.data(), samples.size(), sample, shuffled.data());
                    const double begin = processor_seconds();
                    libdeflate_zlib_compress(compressor.get(), shuffled.data(), shuffled.size(), out.data(),
                                             out.size());
                    total.seconds += processor_seconds() - begin;
                    total.bytes += static_cast<double>(samples.size());
                }
    }
    return total;
}

} // namespace

int main(int argc, char** argv) {
    std::vector<std::string> frames, products;
    CLI::App options{"The least that a chain's bytes and samples cost on one core"};
    options.add_option("--frames", frames, "Frames of all missions")->required();
    options.add_option("--products", products, "Mosaics and change products")->required();
    CLI11_PARSE(options, argc, argv);
    set_up_gdal(std::int64_t{64} << 20);

    double frame_bytes = 0, pixels = 0, kernel_seconds = 0;
    for (const std::string& frame : frames) {
        const FrameHeader header = read_frame_header(frame, false);
        frame_bytes += static_cast<double>(header.width) * header.height * header.bands *
                       static_cast<double>(sample_size(header.type));
    }
    Deflated deflated;
    for (const std::string& file : products) {
        const ProductReader product(file);
        const Deflated one = deflate(product);
        deflated.bytes += one.bytes;
        deflated.seconds += one.seconds;
        const LayerSpec* image = product.find("image");
        if (!image) continue;
        const double own = static_cast<double>(product.grid().width) * static_cast<double>(product.grid().height);
        const int lanes = image->bands == 1 ? 1 : image->bands == 2 ? 2 : 4;
        pixels += own;
        kernel_seconds += own * std::ceil(image->bands / 4.0) / kernel_pixels_per_second(image->type, lanes);
    }
    const double rate = memcpy_bytes_per_second();
    const auto part = [](const char* name, double amount, const char* unit, double seconds) {
        return nlohmann::json{{"name", name},
                              {"amount", amount / 1e6},
                              {"unit", unit},
                              {"rate", amount / 1e6 / seconds},
                              {"seconds", seconds}};
    };
    std::cout << nlohmann::json{part("frames, memcpy", frame_bytes, "MB", frame_bytes / rate),
                                part("mosaics, cubic kernel", pixels, "Mpx", kernel_seconds),
                                part("layers, libdeflate", deflated.bytes, "MB", deflated.seconds)}
                     .dump(2)
              << '\n';
}
