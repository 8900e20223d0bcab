// SPDX-License-Identifier: Apache-2.0
#include "flow/mosaic_view.h"

#include "core/quality.h"

#include <cmath>
#include <cstring>

namespace overflight {

MosaicView::MosaicView(const std::filesystem::path& path, const Grid& pair, MosaicChunks& chunks, std::size_t mission)
    : reader_(path), image_name_(reader_.find(hard_seams_layer) ? hard_seams_layer : "image"),
      layout_(*reader_.find(image_name_)), source_(*reader_.find("source_frame")),
      col_offset_(std::llround((pair.west - reader_.grid().west) / pair.resolution)),
      row_offset_(std::llround((reader_.grid().north - pair.north) / pair.resolution)),
      image_(layer(image_name_, chunks, mission)), quality_(layer("quality", chunks, mission)),
      frames_(layer("source_frame", chunks, mission)) {}

SampleType MosaicView::type() const {
    return layout_.type == LayerType::u8    ? SampleType::u8
           : layout_.type == LayerType::u16 ? SampleType::u16
                                            : SampleType::f32;
}

void MosaicView::read(const Window& window, Pixels& out) const {
    const auto pixels = static_cast<std::size_t>(window.pixels());
    const std::size_t sample = sample_size(type());
    const Window own = this->own(window);
    out.bands.resize(static_cast<std::size_t>(bands()));
    out.view.window = window;
    out.view.bands.clear();
    for (int band = 0; band < bands(); ++band) {
        auto& samples = out.bands[static_cast<std::size_t>(band)];
        samples.resize(pixels * sample);
        image_.read(band, own, samples.data(), static_cast<std::size_t>(window.width) * sample);
        out.view.bands.push_back({samples.data(), window.width, type()});
    }
    out.valid.resize(pixels);
    quality_.read(0, own, reinterpret_cast<std::byte*>(out.valid.data()), static_cast<std::size_t>(window.width));
    for (std::uint8_t& flags : out.valid) flags &= quality::valid;
    out.view.valid = out.valid.data();
    out.view.valid_stride = window.width;
}

std::vector<std::uint32_t> MosaicView::frames_in(const PixelBlocks& blocks) const {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(static_cast<std::size_t>(blocks.count()));
    const Grid& grid = reader_.grid();
    with_sample_type(source_.type, [&](auto zero) {
        std::vector<decltype(zero)> line;
        for (int row = 0; row < blocks.rows; ++row) {
            const Window middles =
                own({blocks.col, blocks.row + row * blocks.side + blocks.side / 2, blocks.cols * blocks.side, 1});
            const std::int64_t first = std::max<std::int64_t>(0, middles.col),
                               end = std::min(grid.width, middles.col + middles.width);
            const bool within = middles.row >= 0 && middles.row < grid.height && first < end;
            if (within) {
                line.resize(static_cast<std::size_t>(end - first));
                frames_.read(0, {first, middles.row, static_cast<int>(end - first), 1},
                             reinterpret_cast<std::byte*>(line.data()), line.size() * sizeof zero);
            }
            for (int i = 0; i < blocks.cols; ++i) {
                const std::int64_t col = middles.col + i * blocks.side + blocks.side / 2;
                numbers.push_back(quality::no_frame);
                if (!within || col < first || col >= end) continue;
                const auto number = line[static_cast<std::size_t>(col - first)];
                if (static_cast<double>(number) != source_.fill) numbers.back() = static_cast<std::uint32_t>(number);
            }
        }
    });
    return numbers;
}

ChunkedLayer MosaicView::layer(const std::string& name, MosaicChunks& chunks, std::size_t mission) const {
    return chunks.mosaic(mission, *reader_.find(name), reader_.grid(),
                         [this, name](int band, std::int64_t row, std::int64_t col, std::span<std::byte> samples) {
                             reader_.read_chunk(name, band, row, col, samples);
                         });
}

} // namespace overflight
