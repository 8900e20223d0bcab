// SPDX-License-Identifier: Apache-2.0
#include "handover/render.h"

#include "core/quality.h"
#include "core/quantile.h"
#include "io/image_layers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace overflight {
namespace {

using Colour = std::array<std::uint8_t, 3>;
constexpr float none = std::numeric_limits<float>::quiet_NaN();

float sample_at(LayerType type, const std::byte* samples, std::size_t index) {
    return with_sample_type(type, [&]<typename Sample>(Sample) {
        return static_cast<float>(reinterpret_cast<const Sample*>(samples)[index]);
    });
}

/// Reduced samples of a band; NaN where there is no data.
struct Plane {
    int width = 0, height = 0;
    std::vector<float> values;
};

bool masked_by_quality(const ProductReader& product, const LayerSpec& layer) {
    return shows_ground(layer) && product.find("quality");
}

bool holds_codes(const LayerSpec& layer) {
    return !layer.flag_values.empty() || !layer.flag_masks.empty() || layer.name == "source_frame";
}

Plane reduced_plane(const ProductReader& product, const LayerSpec& layer, int band, int factor) {
    const RasterShape whole = layer_shape(layer, product.grid()), chunk = chunk_shape(layer, product.grid());
    Plane plane;
    plane.width = static_cast<int>((whole.width + factor - 1) / factor);
    plane.height = static_cast<int>((whole.height + factor - 1) / factor);
    const auto pixels = static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(plane.height);
    std::vector<float> sums(pixels, 0), counts(pixels, 0);
    plane.values.assign(pixels, none);
    const bool masked = masked_by_quality(product, layer), codes = holds_codes(layer);
    const auto chunk_pixels = static_cast<std::size_t>(chunk.width * chunk.height);
    std::vector<std::byte> samples(chunk_pixels * layer_type_size(layer.type)), flags(chunk_pixels);
    for (std::int64_t row = 0; row * chunk.height < whole.height; ++row) {
        for (std::int64_t col = 0; col * chunk.width < whole.width; ++col) {
            if (!product.has_chunk(layer.name, band, row, col)) continue;
            product.read_chunk(layer.name, band, row, col, samples);
            if (masked) product.read_chunk("quality", 0, row, col, flags);
            const std::int64_t height = std::min(chunk.height, whole.height - row * chunk.height);
            const std::int64_t width = std::min(chunk.width, whole.width - col * chunk.width);
            for (std::int64_t y = 0; y < height; ++y) {
                const std::int64_t to_row = (row * chunk.height + y) / factor;
                if (codes && (row * chunk.height + y) % factor != 0) continue;
                for (std::int64_t x = 0; x < width; ++x) {
                    if (codes && (col * chunk.width + x) % factor != 0) continue;
                    const auto from = static_cast<std::size_t>(y * chunk.width + x);
                    const float value = sample_at(layer.type, samples.data(), from);
                    const bool valid = masked ? (flags[from] & std::byte{quality::valid}) != std::byte{0}
                                              : !layer.fill || static_cast<double>(value) != *layer.fill;
                    if (!valid || std::isnan(value)) continue;
                    const auto to = static_cast<std::size_t>(to_row * plane.width + (col * chunk.width + x) / factor);
                    sums[to] += value;
                    counts[to] += 1;
                }
            }
        }
    }
    for (std::size_t i = 0; i < pixels; ++i)
        if (counts[i] > 0) plane.values[i] = sums[i] / counts[i];
    return plane;
}

/// Lower and upper value at quantiles of what is there, never the same: what hardly varies is divided by the range too.
std::pair<float, float> range_of(const std::vector<Plane>& planes, double low, double high) {
    std::vector<float> seen;
    for (const Plane& plane : planes)
        std::copy_if(plane.values.begin(), plane.values.end(), std::back_inserter(seen),
                     [](float value) { return std::isfinite(value); });
    if (seen.empty()) return {0, 1};
    const float bottom = quantile(seen, low);
    // from 32 upwards a millionth is lost in a float's last digit
    const float above = std::max(bottom + 1e-6F, std::nextafter(bottom, std::numeric_limits<float>::infinity()));
    return {bottom, std::max(quantile(seen, high), above)};
}

/// viridis, by nine of its colours; what is no number is dark.
Colour ramp(float t) {
    constexpr Colour stops[] = {{68, 1, 84},    {71, 44, 122}, {59, 81, 139},  {44, 113, 142}, {33, 144, 141},
                                {39, 173, 129}, {92, 200, 99}, {170, 220, 50}, {253, 231, 37}};
    const float position = t > 0 ? std::min(t, 1.0F) * 8 : 0;
    const int index = std::min(7, static_cast<int>(position));
    const float part = position - static_cast<float>(index);
    Colour colour;
    for (std::size_t c = 0; c < 3; ++c)
        colour[c] = static_cast<std::uint8_t>(std::lround(static_cast<float>(stops[index][c]) * (1 - part) +
                                                          static_cast<float>(stops[index + 1][c]) * part));
    return colour;
}

/// Neighbouring codes far apart in hue.
Colour code_colour(std::int64_t code) {
    const double hue = 6 * std::fmod(0.15 + 0.6180339887 * static_cast<double>(code), 1.0);
    const auto channel = [&](double at) {
        const double k = std::fmod(at + hue, 6.0);
        return static_cast<std::uint8_t>(std::lround(255 * (0.86 - 0.48 * std::clamp(std::min(k, 4 - k), 0.0, 1.0))));
    };
    return {channel(5), channel(3), channel(1)};
}

Colour flag_colour(const LayerSpec& layer, std::int64_t value) {
    constexpr Colour grey{222, 224, 228}, red{214, 40, 40};
    if (!layer.flag_values.empty()) return value == 0 ? grey : value == 1 ? red : code_colour(value);
    for (auto flag = layer.flag_masks.rbegin(); flag != layer.flag_masks.rend(); ++flag)
        if (flag->second != "valid" && (value & flag->first) != 0) return code_colour(flag->first);
    return grey;
}

/// 0 of what is no number, as one band of an image may lack it.
std::uint8_t to_byte(float value) {
    return value > 0 ? static_cast<std::uint8_t>(std::min(value + 0.5F, 255.0F)) : std::uint8_t{0};
}

} // namespace

int reduction(const ProductReader& product, const LayerSpec& layer, int longest_side) {
    const RasterShape whole = layer_shape(layer, product.grid());
    return reduced_size(whole.width, whole.height, longest_side).every;
}

Picture render_layer(const ProductReader& product, const LayerSpec& layer, int longest_side) {
    const int factor = reduction(product, layer, longest_side);
    const bool image = shows_ground(layer);
    std::vector<Plane> planes;
    for (int band = 0; band < (image && layer.bands >= 3 ? 3 : 1); ++band)
        planes.push_back(reduced_plane(product, layer, band, factor));
    const bool codes = holds_codes(layer);
    const auto [low, high] = image && layer.type == LayerType::u8 ? std::pair{0.0F, 255.0F}
                             : codes                              ? std::pair{0.0F, 1.0F}
                             : image                              ? range_of(planes, 0.01, 0.99)
                                                                  : range_of(planes, 0.02, 0.98);
    Picture picture;
    picture.width = planes.front().width;
    picture.height = planes.front().height;
    picture.channels = 4;
    picture.samples.assign(planes.front().values.size() * 4, 0);
    for (std::size_t i = 0; i < planes.front().values.size(); ++i) {
        const float value = planes.front().values[i];
        if (std::isnan(value)) continue;
        Colour colour;
        const std::int64_t code = codes ? static_cast<std::int64_t>(value) : 0;
        if (image)
            for (std::size_t c = 0; c < 3; ++c)
                colour[c] = to_byte((planes[planes.size() == 3 ? c : 0].values[i] - low) / (high - low) * 255);
        else if (layer.name == "source_frame")
            colour = code_colour(code);
        else
            colour = codes ? flag_colour(layer, code) : ramp((value - low) / (high - low));
        std::copy(colour.begin(), colour.end(), picture.samples.begin() + static_cast<std::ptrdiff_t>(4 * i));
        picture.samples[4 * i + 3] = 255;
    }
    return picture;
}

Picture render_window(const LayerSpec& image, const LayerSpec& quality, const Window& window, const ReadWindow& read) {
    Picture picture;
    picture.width = window.width;
    picture.height = window.height;
    picture.channels = 4;
    const auto pixels = static_cast<std::size_t>(window.pixels());
    picture.samples.assign(pixels * 4, 0);
    std::vector<std::byte> flags(pixels), samples(pixels * layer_type_size(image.type));
    read(quality, 0, window, flags);
    std::vector<Plane> planes;
    for (int band = 0; band < (image.bands >= 3 ? 3 : 1); ++band) {
        read(image, band, window, samples);
        Plane plane{window.width, window.height, std::vector<float>(pixels, none)};
        for (std::size_t i = 0; i < pixels; ++i)
            if ((flags[i] & std::byte{overflight::quality::valid}) != std::byte{0})
                plane.values[i] = sample_at(image.type, samples.data(), i);
        planes.push_back(std::move(plane));
    }
    const auto [low, high] = image.type == LayerType::u8 ? std::pair{0.0F, 255.0F} : range_of(planes, 0.01, 0.99);
    for (std::size_t i = 0; i < pixels; ++i) {
        if (std::isnan(planes.front().values[i])) continue;
        for (std::size_t c = 0; c < 3; ++c)
            picture.samples[4 * i + c] =
                to_byte((planes[planes.size() == 3 ? c : 0].values[i] - low) / (high - low) * 255);
        picture.samples[4 * i + 3] = 255;
    }
    return picture;
}

} // namespace overflight
