// SPDX-License-Identifier: Apache-2.0
#include "flow/mosaic_view.h"

#include "core/quality.h"

#include <cmath>
#include <cstring>

namespace overflight {
namespace {

/// From the middle of the first block to that of the last.
Window middle_pixels(const PixelBlocks& blocks) {
    return {blocks.col + blocks.side / 2, blocks.row + blocks.side / 2, (blocks.cols - 1) * blocks.side + 1,
            (blocks.rows - 1) * blocks.side + 1};
}

} // namespace

MosaicView::MosaicView(const std::filesystem::path& path, const Grid& pair, MosaicChunks& chunks, std::size_t mission,
                       std::vector<int> bands)
    : reader_(path), image_name_(reader_.find(hard_seams_layer) ? hard_seams_layer : "image"),
      layout_(*reader_.find(image_name_)), source_(*reader_.find("source_frame")), bands_(std::move(bands)),
      roles_(reordered(overflight::band_roles(reader_.band_names()), bands_)),
      col_offset_(std::llround((pair.west - reader_.grid().west) / pair.resolution)),
      row_offset_(std::llround((reader_.grid().north - pair.north) / pair.resolution)),
      image_(layer(image_name_, chunks, mission)), quality_(layer("quality", chunks, mission)),
      frames_(layer("source_frame", chunks, mission)) {}

std::vector<std::string> MosaicView::band_names() const {
    const std::vector<std::string> all = reader_.band_names();
    std::vector<std::string> names;
    for (const int band : bands_) names.push_back(all.at(static_cast<std::size_t>(band)));
    return names;
}

SampleType MosaicView::type() const {
    return layout_.type == LayerType::u8    ? SampleType::u8
           : layout_.type == LayerType::u16 ? SampleType::u16
                                            : SampleType::f32;
}

template <typename Copy>
void MosaicView::fill(const Window& window, const Copy& copy, Pixels& out) const {
    const auto pixels = static_cast<std::size_t>(window.pixels());
    out.bands.resize(bands_.size());
    out.view.window = window;
    out.view.bands.clear();
    for (std::size_t i = 0; i < bands_.size(); ++i) {
        auto& samples = out.bands[i];
        samples.resize(pixels * sample_size(type()));
        copy(image_, bands_[i], samples.data());
        out.view.bands.push_back({samples.data(), window.width, type()});
    }
    out.valid.resize(pixels);
    copy(quality_, 0, reinterpret_cast<std::byte*>(out.valid.data()));
    for (std::uint8_t& flags : out.valid) flags &= quality::valid;
    out.view.valid = out.valid.data();
    out.view.valid_stride = window.width;
}

void MosaicView::read(const Window& window, Pixels& out) const {
    const auto copy = [&](const ChunkedLayer& layer, int band, std::byte* to) {
        layer.read(band, own(window), to, static_cast<std::size_t>(window.width) * layer.sample_bytes());
    };
    fill(window, copy, out);
}

void MosaicView::read_flags(const Window& window, std::vector<std::uint8_t>& out) const {
    out.resize(static_cast<std::size_t>(window.pixels()));
    quality_.read(0, own(window), reinterpret_cast<std::byte*>(out.data()), static_cast<std::size_t>(window.width));
}

void MosaicView::read_middles(const PixelBlocks& blocks, Pixels& out) const {
    const Window middles = own(middle_pixels(blocks));
    const auto copy = [&](const ChunkedLayer& layer, int band, std::byte* to) {
        layer.pick(band, middles, blocks.side, to);
    };
    fill({blocks.col, blocks.row, blocks.cols, blocks.rows}, copy, out);
}

std::vector<std::uint32_t> MosaicView::frames_in(const PixelBlocks& blocks) const {
    std::vector<std::uint32_t> numbers(static_cast<std::size_t>(blocks.count()), quality::no_frame);
    const Grid& grid = reader_.grid();
    const Window middles = own(middle_pixels(blocks));
    const auto before = [&](std::int64_t first, std::int64_t limit, int count) { // blocks with a middle before a limit
        return static_cast<int>(std::clamp<std::int64_t>((limit - first + blocks.side - 1) / blocks.side, 0, count));
    };
    const int first_col = before(middles.col, 0, blocks.cols), end_col = before(middles.col, grid.width, blocks.cols),
              first_row = before(middles.row, 0, blocks.rows), end_row = before(middles.row, grid.height, blocks.rows);
    if (first_col >= end_col || first_row >= end_row) return numbers;
    const Window within = middle_pixels({middles.col + first_col * blocks.side - blocks.side / 2,
                                         middles.row + first_row * blocks.side - blocks.side / 2, blocks.side,
                                         end_col - first_col, end_row - first_row});
    with_sample_type(source_.type, [&](auto zero) {
        std::vector<decltype(zero)> found(static_cast<std::size_t>((end_col - first_col) * (end_row - first_row)));
        frames_.pick(0, within, blocks.side, reinterpret_cast<std::byte*>(found.data()));
        auto number = found.begin();
        for (int row = first_row; row < end_row; ++row)
            for (int col = first_col; col < end_col; ++col, ++number)
                if (static_cast<double>(*number) != source_.fill)
                    numbers[static_cast<std::size_t>(row * blocks.cols + col)] = static_cast<std::uint32_t>(*number);
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
