// SPDX-License-Identifier: Apache-2.0
#include "stages/preview.h"

#include "core/quantile.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace overflight {
namespace {

float sample_at(SampleType type, const std::byte* sample) {
    const auto as = [&](auto value) {
        std::memcpy(&value, sample, sizeof value);
        return static_cast<float>(value);
    };
    switch (type) {
    case SampleType::u8:
        return as(std::uint8_t{});
    case SampleType::u16:
        return as(std::uint16_t{});
    case SampleType::f32:
        break;
    }
    return as(float{});
}

} // namespace

Preview::Preview(const Grid& grid, int channels) : size_(quicklook_size(grid)), channels_(channels) {}

std::size_t Preview::pixels() const {
    return static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(size_.height);
}

template <typename Use>
void Preview::for_each(const Window& tile, const Use& use) const {
    const auto first = [&](std::int64_t start) { return (start + size_.every - 1) / size_.every; };
    for (std::int64_t y = first(tile.row); y * size_.every < tile.row + tile.height; ++y)
        for (std::int64_t x = first(tile.col); x * size_.every < tile.col + tile.width; ++x)
            use(x, y, x * size_.every - tile.col, y * size_.every - tile.row);
}

std::vector<std::byte> Preview::pick(const Window& tile, SampleType type, std::span<const std::byte* const> planes,
                                     const std::uint8_t* valid, int stride) const {
    const std::size_t sample = sample_size(type);
    std::vector<std::byte> picked;
    const auto most = [&](int side) { return static_cast<std::size_t>(side / size_.every + 1); };
    picked.reserve(most(tile.width) * most(tile.height) * (1 + planes.size() * sample));
    for_each(tile, [&](std::int64_t, std::int64_t, std::int64_t col, std::int64_t row) {
        const auto from = static_cast<std::size_t>(row * stride + col);
        picked.push_back(std::byte{valid[from] != 0});
        for (const std::byte* plane : planes)
            picked.insert(picked.end(), plane + from * sample, plane + (from + 1) * sample);
    });
    return picked;
}

void Preview::place(const Window& tile, SampleType type, std::span<const std::byte> picked) {
    const auto channels = static_cast<std::size_t>(channels_);
    const std::size_t pixel_bytes = channels * sample_size(type), pixel = 1 + pixel_bytes;
    if (valid_.empty()) {
        samples_.resize(pixels() * pixel_bytes);
        valid_.resize(pixels());
    }
    for_each(tile, [&](std::int64_t x, std::int64_t y, std::int64_t, std::int64_t) {
        if (picked.size() < pixel) return;
        const auto to = static_cast<std::size_t>(y * size_.width + x);
        if (picked.front() != std::byte{0}) {
            valid_[to] = 255;
            std::memcpy(samples_.data() + to * pixel_bytes, picked.data() + 1, pixel_bytes);
        }
        picked = picked.subspan(pixel);
    });
}

Picture Preview::picture(SampleType type) const {
    const auto channels = static_cast<std::size_t>(channels_);
    const auto sample = [&](std::size_t pixel, std::size_t channel) {
        return sample_at(type, samples_.data() + (pixel * channels + channel) * sample_size(type));
    };
    float low = 0, high = 255;
    if (type != SampleType::u8) {
        std::vector<float> seen;
        for (std::size_t i = 0; i < valid_.size() * channels; ++i)
            if (const float value = sample(i / channels, i % channels);
                valid_[i / channels] != 0 && std::isfinite(value))
                seen.push_back(value);
        if (!seen.empty()) {
            low = quantile(seen, 0.01);
            high = std::max(quantile(seen, 0.99), low + 1e-6F);
        }
    }
    Picture picture;
    picture.width = size_.width;
    picture.height = size_.height;
    picture.channels = 4;
    picture.samples.resize(pixels() * 4);
    for (std::size_t i = 0; i < valid_.size(); ++i) {
        for (std::size_t c = 0; c < 3; ++c) {
            const float value = sample(i, channels == 3 ? c : 0);
            picture.samples[4 * i + c] =
                static_cast<std::uint8_t>(std::clamp((value - low) / (high - low) * 255.0F + 0.5F, 0.0F, 255.0F));
        }
        picture.samples[4 * i + 3] = valid_[i];
    }
    return picture;
}

} // namespace overflight
