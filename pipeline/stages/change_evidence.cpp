// SPDX-License-Identifier: Apache-2.0
#include "stages/change_evidence.h"

#include "core/quality.h"

#include <algorithm>
#include <array>

namespace overflight {
namespace {

/// Pixels of a row that share a shift, in whole pixels; a field bends much more slowly.
constexpr int run = 16;

/// Flags of a row's pixels [col, col + count); 0 outside the view.
void read_run(const FlagsView& view, std::int64_t col, std::int64_t row, int count, std::uint8_t* out) {
    const Window& w = view.window;
    std::fill_n(out, count, std::uint8_t{0});
    if (row < w.row || row >= w.row + w.height) return;
    const std::int64_t first = std::max(col, w.col), end = std::min(col + count, w.col + w.width);
    if (first < end)
        std::copy_n(view.flags.data() + (row - w.row) * w.width + first - w.col, end - first, out + (first - col));
}

/// `bit` of the context where `flag` is set.
std::uint8_t moved(std::uint8_t flags, std::uint8_t flag, std::uint8_t bit) {
    return (flags & flag) != 0 ? bit : std::uint8_t{0};
}

} // namespace

void find_change_context(const Window& tile, const FlagsView& before, const FlagsView& after, const ShiftField& field,
                         std::span<std::uint8_t> context) {
    std::array<std::uint8_t, run> first, second;
    std::uint8_t* out = context.data();
    for (std::int64_t row = tile.row; row < tile.row + tile.height; ++row) {
        for (int done = 0; done < tile.width; done += run) {
            const int count = std::min(run, tile.width - done);
            const std::int64_t col = tile.col + done;
            const auto [right, down] = field.nearest(static_cast<double>(col), static_cast<double>(row));
            read_run(before, col, row, count, first.data());
            read_run(after, col + right, row + down, count, second.data());
            std::array<std::uint8_t, run> found;
            for (std::size_t i = 0; i < run; ++i) { // without branches: in vectors
                const std::uint8_t either = first[i] | second[i], both = first[i] & second[i];
                const std::uint8_t all = moved(either, quality::seam, change_context::seam) |
                                         moved(either, quality::uncertain, change_context::uncertain) |
                                         moved(first[i], quality::shadow, change_context::shadow_before) |
                                         moved(second[i], quality::shadow, change_context::shadow_after);
                found[i] = (both & quality::valid) != 0 ? all | change_context::observed : 0;
            }
            out = std::copy_n(found.data(), count, out);
        }
    }
}

void add_ground_cover(const Window& tile, std::span<const std::uint8_t> mask, GroundCover& before, GroundCover& after,
                      const ShiftField& field, std::span<std::uint8_t> context) {
    std::size_t at = 0;
    for (std::int64_t row = tile.row; row < tile.row + tile.height; ++row) {
        for (std::int64_t col = tile.col; col < tile.col + tile.width; ++col, ++at) {
            if (context[at] == 0 || (!mask.empty() && mask[at] != 1)) continue;
            const auto [right, down] = field.nearest(static_cast<double>(col), static_cast<double>(row));
            const int both = before.at(col, row) & after.at(col + right, row + down);
            context[at] |=
                static_cast<std::uint8_t>(((both & ground_cover::vegetation) != 0 ? change_context::vegetation : 0) |
                                          ((both & ground_cover::water) != 0 ? change_context::water : 0));
        }
    }
}

} // namespace overflight
