// SPDX-License-Identifier: Apache-2.0
#include "stages/preview.h"

#include <algorithm>
#include <cmath>

namespace overflight {
namespace {

float sample_at(SampleType type, const std::byte* plane, std::size_t index) {
    switch (type) {
    case SampleType::u8:
        return static_cast<float>(reinterpret_cast<const std::uint8_t*>(plane)[index]);
    case SampleType::u16:
        return static_cast<float>(reinterpret_cast<const std::uint16_t*>(plane)[index]);
    case SampleType::f32:
        break;
    }
    return reinterpret_cast<const float*>(plane)[index];
}

} // namespace

Preview::Preview(const Grid& grid, int channels) : size_(quicklook_size(grid)), channels_(channels) {
    const auto pixels = static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(size_.height);
    samples_.assign(pixels * static_cast<std::size_t>(channels), 0);
    valid_.assign(pixels, 0);
}

void Preview::add(const Window& tile, SampleType type, std::span<const std::byte* const> planes,
                  const std::uint8_t* valid, int stride) {
    const auto first = [&](std::int64_t start) { return (start + size_.every - 1) / size_.every; };
    for (std::int64_t y = first(tile.row); y * size_.every < tile.row + tile.height; ++y) {
        for (std::int64_t x = first(tile.col); x * size_.every < tile.col + tile.width; ++x) {
            const auto from =
                static_cast<std::size_t>((y * size_.every - tile.row) * stride + (x * size_.every - tile.col));
            if (valid[from] == 0) continue;
            const auto to = static_cast<std::size_t>(y * size_.width + x);
            valid_[to] = 255;
            for (std::size_t c = 0; c < planes.size(); ++c)
                samples_[to * static_cast<std::size_t>(channels_) + c] = sample_at(type, planes[c], from);
        }
    }
}

Picture Preview::picture(SampleType type) const {
    float low = 0, high = 255;
    if (type != SampleType::u8) {
        std::vector<float> seen;
        for (std::size_t i = 0; i < samples_.size(); ++i)
            if (valid_[i / static_cast<std::size_t>(channels_)] != 0 && std::isfinite(samples_[i]))
                seen.push_back(samples_[i]);
        if (!seen.empty()) {
            const auto quantile = [&](double q) {
                const auto at = seen.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(seen.size() - 1));
                std::nth_element(seen.begin(), at, seen.end());
                return *at;
            };
            low = quantile(0.01);
            high = std::max(quantile(0.99), low + 1e-6F);
        }
    }
    Picture picture;
    picture.width = size_.width;
    picture.height = size_.height;
    picture.channels = 4;
    picture.samples.resize(valid_.size() * 4);
    for (std::size_t i = 0; i < valid_.size(); ++i) {
        for (std::size_t c = 0; c < 3; ++c) {
            const float sample = samples_[i * static_cast<std::size_t>(channels_) + (channels_ == 3 ? c : 0)];
            picture.samples[4 * i + c] =
                static_cast<std::uint8_t>(std::clamp((sample - low) / (high - low) * 255.0F + 0.5F, 0.0F, 255.0F));
        }
        picture.samples[4 * i + 3] = valid_[i];
    }
    return picture;
}

} // namespace overflight
