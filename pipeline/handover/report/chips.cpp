// SPDX-License-Identifier: Apache-2.0
#include "handover/report/chips.h"

#include "handover/render.h"
#include "handover/report/held_layer.h"
#include "handover/report/html.h"

#include <algorithm>
#include <cmath>

namespace overflight {
namespace {

constexpr int smallest = 64, largest = 640, side = 160; // pixels of the mosaic, and of the chip
constexpr std::int64_t cache_bytes = std::int64_t{64} << 20;

Picture thinned(const Picture& picture, int every) {
    Picture thin;
    thin.width = (picture.width + every - 1) / every;
    thin.height = (picture.height + every - 1) / every;
    thin.channels = 4;
    for (int y = 0; y < thin.height; ++y)
        for (int x = 0; x < thin.width; ++x) {
            const auto from = picture.samples.begin() + 4 * (std::ptrdiff_t{y} * every * picture.width + x * every);
            thin.samples.insert(thin.samples.end(), from, from + 4);
        }
    return thin;
}

} // namespace

ChipCutter::ChipCutter(const ProductReader& mosaic, const HeldChunks& held)
    : mosaic_(mosaic), image_(*mosaic.find("image")), quality_(*mosaic.find("quality")), cache_(cache_bytes),
      image_chunks_(held_layer(mosaic, image_, 0, cache_, held)),
      quality_chunks_(held_layer(mosaic, quality_, 1, cache_, held)) {}

std::string ChipCutter::cut(const ChangedObject& object) const {
    const Grid& grid = mosaic_.grid();
    const double extent = std::max(object.east - object.west, object.north - object.south) / grid.resolution;
    const int across = static_cast<int>(std::clamp(std::ceil(2 * extent), double{smallest}, double{largest}));
    const std::int64_t col = std::llround(grid.col((object.west + object.east) / 2)) - across / 2,
                       row = std::llround(grid.row((object.south + object.north) / 2)) - across / 2;
    const std::int64_t col0 = std::max<std::int64_t>(col, 0), row0 = std::max<std::int64_t>(row, 0);
    const Window window{col0, row0, static_cast<int>(std::min(col + across, grid.width) - col0),
                        static_cast<int>(std::min(row + across, grid.height) - row0)};
    if (window.empty()) return {};
    const Picture picture = render_window(
        image_, quality_, window,
        [&](const LayerSpec& layer, int band, const Window& part, std::span<std::byte> samples) {
            (&layer == &image_ ? image_chunks_ : quality_chunks_)
                .read(band, part, samples.data(), static_cast<std::size_t>(part.width) * layer_type_size(layer.type));
        });
    const int every = (across + side - 1) / side;
    return jpeg_uri(every > 1 ? thinned(picture, every) : picture);
}

} // namespace overflight
