// SPDX-License-Identifier: Apache-2.0
#include "handover/report/chips.h"

#include "handover/render.h"
#include "handover/report/html.h"

#include <algorithm>
#include <cmath>

namespace overflight {
namespace {

constexpr int smallest = 64, largest = 640, side = 160; // pixels of the mosaic, and of the chip

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

std::string chip(const ProductReader& mosaic, const ChangedObject& object) {
    const Grid& grid = mosaic.grid();
    const double extent = std::max(object.east - object.west, object.north - object.south) / grid.resolution;
    const int window = static_cast<int>(std::clamp(std::ceil(2 * extent), double{smallest}, double{largest}));
    const double col = grid.col((object.west + object.east) / 2), row = grid.row((object.south + object.north) / 2);
    const Picture picture =
        render_window(mosaic, {std::llround(col) - window / 2, std::llround(row) - window / 2, window, window});
    const int every = (window + side - 1) / side;
    return jpeg_uri(every > 1 ? thinned(picture, every) : picture);
}

} // namespace overflight
