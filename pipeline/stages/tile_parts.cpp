// SPDX-License-Identifier: Apache-2.0
#include "stages/tile_parts.h"

#include "core/quality.h"
#include "kernels/interleave.h"

#include <algorithm>
#include <array>

namespace overflight {

Window box_of(std::span<const std::uint32_t> pixels, const Window& part) {
    std::uint32_t left = static_cast<std::uint32_t>(part.width), right = 0;
    for (const std::uint32_t pixel : pixels) {
        left = std::min(left, split(pixel, part).col);
        right = std::max(right, split(pixel, part).col);
    }
    const std::uint32_t first = split(pixels.front(), part).row, last = split(pixels.back(), part).row;
    return {part.col + left, part.row + first, static_cast<int>(right - left) + 1, static_cast<int>(last - first) + 1};
}

template <typename Sample>
void unpack_part(const std::vector<std::vector<std::byte>>& groups, const LaneLayout& layout, const Window& part,
                 int chunk_width, std::vector<std::vector<std::byte>>& bands) {
    const auto width = static_cast<std::size_t>(part.width);
    for (int group = 0; group < layout.groups(); ++group) {
        const auto lanes = static_cast<std::size_t>(layout.lanes_in(group));
        const auto* from = reinterpret_cast<const Sample*>(groups[static_cast<std::size_t>(group)].data());
        for (int row = 0; row < part.height; ++row, from += width * lanes) {
            std::array<Sample*, 4> planes{};
            for (int band = 0; band < layout.bands_in(group); ++band)
                planes[static_cast<std::size_t>(band)] =
                    reinterpret_cast<Sample*>(bands[static_cast<std::size_t>(4 * group + band)].data()) +
                    (part.row + row) * chunk_width + part.col;
            kernels::unpack_lanes(from, static_cast<int>(lanes), width, planes.data());
        }
    }
}

template void unpack_part<std::uint8_t>(const std::vector<std::vector<std::byte>>&, const LaneLayout&, const Window&,
                                        int, std::vector<std::vector<std::byte>>&);
template void unpack_part<std::uint16_t>(const std::vector<std::vector<std::byte>>&, const LaneLayout&, const Window&,
                                         int, std::vector<std::vector<std::byte>>&);
template void unpack_part<float>(const std::vector<std::vector<std::byte>>&, const LaneLayout&, const Window&, int,
                                 std::vector<std::vector<std::byte>>&);

void find_gaps(const Window& part, const ComposedTile& out, std::vector<std::uint32_t>& pixels) {
    constexpr int at_once = 16; // most have none
    for (int r = 0; r < part.height; ++r) {
        const std::uint32_t* line = out.source_frame.data() + (part.row + r) * out.chunk_width + part.col;
        for (int c = 0; c < part.width; c += at_once) {
            const int end = std::min(part.width, c + at_once);
            int any = 0;
            for (int k = c; k < end; ++k) any |= line[k] == quality::no_frame ? 1 : 0;
            for (int k = c; any != 0 && k < end; ++k)
                if (line[k] == quality::no_frame) pixels.push_back(static_cast<std::uint32_t>(r * part.width + k));
        }
    }
}

void record_part(const Window& part, const std::vector<std::uint32_t>& source, const std::vector<std::uint8_t>& frames,
                 ComposedTile& out) {
    static_assert(quality::valid == 1 && quality::seam == 2);
    int shown = 0;
    for (int r = 0; r < part.height; ++r) {
        const std::ptrdiff_t to = (part.row + r) * out.chunk_width + part.col;
        const std::ptrdiff_t from = static_cast<std::ptrdiff_t>(r) * part.width;
        std::copy_n(source.begin() + from, part.width, out.source_frame.begin() + to);
        const std::uint8_t* count = frames.data() + from;
        std::uint8_t* flags = out.quality.data() + to;
        for (int c = 0; c < part.width; ++c) {
            const int any = count[c] > 0 ? 1 : 0, several = count[c] > 1 ? 1 : 0;
            flags[c] = static_cast<std::uint8_t>(any | several << 1);
            shown += any;
        }
    }
    out.valid_pixels += shown;
}

void record_sole(const Window& part, std::size_t frame, ComposedTile& out) {
    for (int r = 0; r < part.height; ++r) {
        const std::ptrdiff_t to = (part.row + r) * out.chunk_width + part.col;
        std::fill_n(out.source_frame.begin() + to, part.width, static_cast<std::uint32_t>(frame));
        std::fill_n(out.quality.begin() + to, part.width, quality::valid);
    }
    out.valid_pixels += part.pixels();
}

void record_occluded(const Window& part, std::span<const std::uint32_t> hidden,
                     std::span<const std::uint32_t> uncertain, ComposedTile& out) {
    for (const std::uint32_t pixel : hidden) {
        const std::uint32_t to = place_of(pixel, part, out);
        out.source_frame[to] = quality::no_frame;
        out.quality[to] = quality::occluded;
    }
    for (const std::uint32_t pixel : uncertain) out.quality[place_of(pixel, part, out)] |= quality::uncertain;
    out.valid_pixels -= static_cast<std::int64_t>(hidden.size());
}

void flag_part(const Window& part, const std::vector<std::uint8_t>& flags, ComposedTile& out) {
    if (flags.empty()) return;
    static_assert(quality::valid == 1);
    for (int r = 0; r < part.height; ++r) {
        std::uint8_t* to = out.quality.data() + (part.row + r) * out.chunk_width + part.col;
        const std::uint8_t* from = flags.data() + static_cast<std::ptrdiff_t>(r) * part.width;
        for (int c = 0; c < part.width; ++c) {
            const int all = to[c] | from[c];
            to[c] = static_cast<std::uint8_t>(all & ~((all & quality::valid) * quality::occluded));
        }
    }
}

} // namespace overflight
