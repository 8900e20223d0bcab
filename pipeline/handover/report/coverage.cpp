// SPDX-License-Identifier: Apache-2.0
#include "handover/report/coverage.h"

#include "core/quality.h"
#include "handover/gdal_support.h"
#include "handover/report/held_layer.h"
#include "handover/report/html.h"

#include <algorithm>

namespace overflight {
namespace {

constexpr std::int64_t cache_bytes = std::int64_t{16} << 20; // each chunk is looked at once

/// Pixels without data that can be reached from the border over pixels without data.
std::vector<std::uint8_t> outside_of(const MissionSheet& mission) {
    const int width = mission.size.width, height = mission.size.height;
    std::vector<std::uint8_t> outside(mission.source.size(), 0);
    std::vector<int> stack;
    const auto visit = [&](int x, int y) {
        const auto i = static_cast<std::size_t>(y * width + x);
        if (outside[i] != 0 || mission.source[i] != quality::no_frame) return;
        outside[i] = 1;
        stack.push_back(y * width + x);
    };
    for (int x = 0; x < width; ++x) {
        visit(x, 0);
        visit(x, height - 1);
    }
    for (int y = 0; y < height; ++y) {
        visit(0, y);
        visit(width - 1, y);
    }
    while (!stack.empty()) {
        const int x = stack.back() % width, y = stack.back() / width;
        stack.pop_back();
        if (x > 0) visit(x - 1, y);
        if (x + 1 < width) visit(x + 1, y);
        if (y > 0) visit(x, y - 1);
        if (y + 1 < height) visit(x, y + 1);
    }
    return outside;
}

double pixel_area(const MissionSheet& mission) {
    const Grid& grid = mission.product.grid();
    const double side = mission.size.every * grid.resolution * reference_of(grid.crs_wkt).GetLinearUnits();
    return side * side;
}

} // namespace

void read_source_frames(MissionSheet& mission, const ForEach& for_each, const HeldChunks& held) {
    const ReducedSize& size = mission.size;
    mission.source.assign(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height),
                          quality::no_frame);
    const LayerSpec* layer = mission.product.find("source_frame");
    if (!layer) return;
    const Grid& grid = mission.product.grid();
    const RasterShape chunk = chunk_shape(*layer, grid);
    const std::int64_t cols = (grid.width + chunk.width - 1) / chunk.width,
                       rows = (grid.height + chunk.height - 1) / chunk.height;
    ChunkedLayer::Cache cache(cache_bytes);
    const ChunkedLayer chunks = held_layer(mission.product, *layer, 0, cache, held);
    for_each(rows * cols, [&](std::int64_t index) {
        const std::int64_t row = index / cols, col = index % cols;
        if (!mission.product.has_chunk(layer->name, 0, row, col)) return;
        const auto first = [&](std::int64_t start) { return (start + size.every - 1) / size.every; };
        const std::int64_t left = first(col * chunk.width),
                           right = first(std::min((col + 1) * chunk.width, grid.width)),
                           top = first(row * chunk.height),
                           bottom = first(std::min((row + 1) * chunk.height, grid.height));
        if (left >= right || top >= bottom) return;
        const Window window{left * size.every, top * size.every, static_cast<int>((right - left - 1) * size.every + 1),
                            static_cast<int>((bottom - top - 1) * size.every + 1)};
        with_sample_type(layer->type, [&]<typename Sample>(Sample) {
            std::vector<Sample> stored(static_cast<std::size_t>((right - left) * (bottom - top)));
            chunks.pick(0, window, size.every, reinterpret_cast<std::byte*>(stored.data()));
            const auto none = static_cast<Sample>(layer->fill.value_or(0));
            auto frame = stored.begin();
            for (std::int64_t y = top; y < bottom; ++y)
                for (std::int64_t x = left; x < right; ++x, ++frame)
                    mission.source[static_cast<std::size_t>(y * size.width + x)] =
                        *frame == none ? quality::no_frame : static_cast<std::uint32_t>(*frame);
        });
    });
    const auto covered = std::ranges::count_if(mission.source, [](auto frame) { return frame != quality::no_frame; });
    mission.covered_area = static_cast<double>(covered) * pixel_area(mission);
}

void draw_seams(MissionSheet& mission) {
    const int width = mission.size.width, height = mission.size.height;
    const std::vector<std::uint8_t> outside = outside_of(mission);
    Picture picture;
    picture.width = width;
    picture.height = height;
    picture.channels = 4;
    picture.samples.assign(4 * mission.source.size(), 0);
    std::int64_t gaps = 0;
    const auto paint = [&](std::size_t i, std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
        const std::uint8_t colour[] = {red, green, blue, 255};
        std::copy_n(colour, 4, picture.samples.begin() + static_cast<std::ptrdiff_t>(4 * i));
    };
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const auto i = static_cast<std::size_t>(y * width + x);
            const std::uint32_t frame = mission.source[i];
            if (frame == quality::no_frame) {
                if (outside[i] != 0) continue;
                ++gaps;
                paint(i, 255, 0, 200);
                continue;
            }
            const auto differs = [&](std::size_t other) {
                return mission.source[other] != frame && mission.source[other] != quality::no_frame;
            };
            if ((x + 1 < width && differs(i + 1)) || (y + 1 < height && differs(i + static_cast<std::size_t>(width))))
                paint(i, 255, 225, 30);
        }
    }
    mission.gap_area = static_cast<double>(gaps) * pixel_area(mission);
    mission.seams = png_uri(picture);
}

} // namespace overflight
