// SPDX-License-Identifier: Apache-2.0
#include "stages/sample_frame.h"

#include <algorithm>
#include <cstring>

namespace overflight {
namespace {

/// Source pixels of one part: keeps the window in the second-level cache for ordinary frames, and in bounds for any.
constexpr std::int64_t most_source_pixels = 512 * 1024;

/// Pixels of a row that lie no further apart than this are located in one piece: a piece costs as much as some pixels.
constexpr std::uint32_t nearby_pixels = 8;

/// The extent of the positions that lie in the frame (see shows()). `part` is relative to sampled.part.
kernels::PositionExtent extent_of(const SampledPart& sampled, const FrameHeader& header, const Window& part) {
    constexpr std::int32_t half = kernels::phases / 2;
    kernels::PositionExtent extent;
    for (int r = 0; r < part.height; ++r) {
        const std::size_t first = static_cast<std::size_t>((part.row + r) * sampled.part.width + part.col);
        kernels::extend_extent(sampled.col.data() + first, sampled.row.data() + first,
                               static_cast<std::size_t>(part.width), -half, header.width * kernels::phases - half,
                               header.height * kernels::phases - half, extent);
    }
    return extent;
}

void clear_part(const LaneLayout& layout, std::size_t sample_bytes, const Window& part, SampledPart& out) {
    for (int r = 0; r < part.height; ++r) {
        const std::size_t first = static_cast<std::size_t>((part.row + r) * out.part.width + part.col);
        std::memset(out.valid.data() + first, 0, static_cast<std::size_t>(part.width));
        for (int group = 0; group < layout.groups(); ++group) {
            const std::size_t pixel = static_cast<std::size_t>(layout.lanes_in(group)) * sample_bytes;
            std::memset(out.groups[static_cast<std::size_t>(group)].data() + first * pixel, 0,
                        static_cast<std::size_t>(part.width) * pixel);
        }
    }
}

template <typename Sample>
void resample_rows(const FrameHeader& header, const Window& part, const kernels::PhaseTable& table,
                   std::span<const kernels::LaneRadiometry> radiometry, SampledPart& out) {
    const LaneLayout layout{header.bands};
    const auto count = static_cast<std::size_t>(part.width);
    for (int group = 0; group < layout.groups(); ++group) {
        const auto g = static_cast<std::size_t>(group);
        const int lanes = layout.lanes_in(group);
        kernels::SourceWindow<Sample> source;
        source.samples = reinterpret_cast<const Sample*>(out.source.groups[g].data());
        source.row_stride = static_cast<std::ptrdiff_t>(out.source.window.width) * lanes;
        source.width = out.source.window.width;
        source.height = out.source.window.height;
        source.lanes = lanes;
        if (!out.source.valid.empty()) {
            source.valid = out.source.valid.data();
            source.valid_stride = source.width;
        }
        for (int r = 0; r < part.height; ++r) {
            const std::size_t first = static_cast<std::size_t>((part.row + r) * out.part.width + part.col);
            const std::size_t from = static_cast<std::size_t>(r) * count;
            kernels::resample(source, table, radiometry[g], out.window_col.data() + from, out.window_row.data() + from,
                              count,
                              reinterpret_cast<Sample*>(out.groups[g].data()) + first * static_cast<std::size_t>(lanes),
                              out.valid.data() + first);
        }
    }
}

/// `part` is relative to out.part here, `box` the extent of its positions.
void sample_window(FrameCache& cache, std::size_t frame, const kernels::PhaseTable& table,
                   std::span<const kernels::LaneRadiometry> radiometry, const Window& part,
                   const kernels::PositionExtent& box, SampledPart& out) {
    const FrameHeader& header = cache.header(frame);
    if (box.empty()) {
        clear_part(LaneLayout{header.bands}, sample_size(header.type), part, out);
        return;
    }
    Window wanted;
    wanted.col = (box.col0 >> kernels::phase_bits) + table.first - 1;
    wanted.row = (box.row0 >> kernels::phase_bits) + table.first - 1;
    wanted.width = static_cast<int>((box.col1 >> kernels::phase_bits) + table.first + table.taps + 1 - wanted.col);
    wanted.height = static_cast<int>((box.row1 >> kernels::phase_bits) + table.first + table.taps + 1 - wanted.row);
    if (wanted.pixels() > most_source_pixels && part.pixels() > 1) {
        const int left = (part.width + 1) / 2, upper = (part.height + 1) / 2;
        for (const Window& quarter :
             {Window{part.col, part.row, left, upper}, Window{part.col + left, part.row, part.width - left, upper},
              Window{part.col, part.row + upper, left, part.height - upper},
              Window{part.col + left, part.row + upper, part.width - left, part.height - upper}})
            if (!quarter.empty())
                sample_window(cache, frame, table, radiometry, quarter, extent_of(out, header, quarter), out);
        return;
    }

    cache.read(frame, wanted, out.source);
    const auto col_shift = static_cast<std::int32_t>(out.source.window.col) * kernels::phases;
    const auto row_shift = static_cast<std::int32_t>(out.source.window.row) * kernels::phases;
    out.window_col.resize(static_cast<std::size_t>(part.pixels()));
    out.window_row.resize(static_cast<std::size_t>(part.pixels()));
    const auto count = static_cast<std::size_t>(part.width);
    for (int r = 0; r < part.height; ++r) {
        const std::ptrdiff_t from = static_cast<std::ptrdiff_t>(part.row + r) * out.part.width + part.col;
        const std::size_t to = static_cast<std::size_t>(r) * count;
        kernels::move_positions(out.col.data() + from, count, -col_shift, out.window_col.data() + to);
        kernels::move_positions(out.row.data() + from, count, -row_shift, out.window_row.data() + to);
    }
    switch (header.type) {
    case SampleType::u8:
        resample_rows<std::uint8_t>(header, part, table, radiometry, out);
        break;
    case SampleType::u16:
        resample_rows<std::uint16_t>(header, part, table, radiometry, out);
        break;
    case SampleType::f32:
        resample_rows<float>(header, part, table, radiometry, out);
        break;
    }
}

} // namespace

kernels::Interpolation kernel_of(Resampling resampling) {
    switch (resampling) {
    case Resampling::nearest:
        return kernels::Interpolation::nearest;
    case Resampling::bilinear:
        return kernels::Interpolation::bilinear;
    case Resampling::cubic:
        return kernels::Interpolation::cubic;
    case Resampling::lanczos:
        break;
    }
    return kernels::Interpolation::lanczos3;
}

bool locate_part(const FrameLocator& locator, const FrameHeader& header, const Window& part, SampledPart& out) {
    const auto pixels = static_cast<std::size_t>(part.pixels());
    out.part = part;
    out.col.resize(pixels);
    out.row.resize(pixels);
    for (int r = 0; r < part.height; ++r) {
        const std::size_t first = static_cast<std::size_t>(r * part.width);
        locator.positions(static_cast<int>(part.row) + r, static_cast<int>(part.col),
                          static_cast<std::size_t>(part.width), out.col.data() + first, out.row.data() + first);
    }
    out.extent = extent_of(out, header, {0, 0, part.width, part.height});
    return !out.extent.empty();
}

bool locate_pixels(const FrameLocator& locator, const FrameHeader& header, const Window& part,
                   std::span<const std::uint32_t> pixels, SampledPart& out) {
    out.part = {0, 0, static_cast<int>(pixels.size()), 1};
    out.col.resize(pixels.size());
    out.row.resize(pixels.size());
    const auto width = static_cast<std::uint32_t>(part.width);
    out.window_col.resize(width);
    out.window_row.resize(width);
    for (std::size_t i = 0, end = 0; i < pixels.size(); i = end) {
        const std::uint32_t row = pixels[i] / width, row_end = (row + 1) * width;
        for (end = i + 1;
             end < pixels.size() && pixels[end] < row_end && pixels[end] - pixels[end - 1] <= nearby_pixels;)
            ++end;
        locator.positions(static_cast<int>(part.row + row), static_cast<int>(part.col + pixels[i] % width),
                          pixels[end - 1] - pixels[i] + 1, out.window_col.data(), out.window_row.data());
        for (std::size_t k = i; k < end; ++k) {
            out.col[k] = out.window_col[pixels[k] - pixels[i]];
            out.row[k] = out.window_row[pixels[k] - pixels[i]];
        }
    }
    out.extent = extent_of(out, header, out.part);
    return !out.extent.empty();
}

void gather_part(const SampledPart& from, const FrameHeader& header, std::span<const std::uint32_t> pixels,
                 SampledPart& out) {
    out.part = {0, 0, static_cast<int>(pixels.size()), 1};
    out.col.resize(pixels.size());
    out.row.resize(pixels.size());
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        out.col[i] = from.col[pixels[i]];
        out.row[i] = from.row[pixels[i]];
    }
    out.extent = extent_of(out, header, out.part);
}

void sample_part(FrameCache& cache, std::size_t frame, const kernels::PhaseTable& table,
                 std::span<const kernels::LaneRadiometry> radiometry, SampledPart& out) {
    const FrameHeader& header = cache.header(frame);
    const LaneLayout layout{header.bands};
    const auto pixels = static_cast<std::size_t>(out.part.pixels());
    out.groups.resize(static_cast<std::size_t>(layout.groups()));
    for (int group = 0; group < layout.groups(); ++group)
        out.groups[static_cast<std::size_t>(group)].resize(
            pixels * static_cast<std::size_t>(layout.lanes_in(group)) * sample_size(header.type) + 64);
    out.valid.resize(pixels);
    sample_window(cache, frame, table, radiometry, {0, 0, out.part.width, out.part.height}, out.extent, out);
}

} // namespace overflight
