// SPDX-License-Identifier: Apache-2.0
#include "stages/change_evidence.h"

#include "core/quality.h"

#include <tuple>

namespace overflight {
namespace {

std::uint8_t flags_at(const FlagsView& view, std::int64_t col, std::int64_t row) {
    const Window& w = view.window;
    if (col < w.col || row < w.row || col >= w.col + w.width || row >= w.row + w.height) return 0;
    return view.flags[static_cast<std::size_t>((row - w.row) * w.width + (col - w.col))];
}

} // namespace

void find_change_context(const Window& tile, const FlagsView& before, const FlagsView& after, const ShiftField& field,
                         std::span<std::uint8_t> context) {
    constexpr int shift_step = 16; // pixels that share a shift, in whole pixels; a field bends much more slowly
    auto out = context.begin();
    for (std::int64_t row = tile.row; row < tile.row + tile.height; ++row) {
        std::int64_t right = 0, down = 0;
        for (std::int64_t col = tile.col; col < tile.col + tile.width; ++col, ++out) {
            if ((col - tile.col) % shift_step == 0)
                std::tie(right, down) = field.nearest(static_cast<double>(col), static_cast<double>(row));
            const std::uint8_t first = flags_at(before, col, row), second = flags_at(after, col + right, row + down);
            *out = 0;
            if ((first & second & quality::valid) == 0) continue;
            *out = change_context::observed;
            if (((first | second) & quality::seam) != 0) *out |= change_context::seam;
            if (((first | second) & quality::uncertain) != 0) *out |= change_context::uncertain;
            if ((first & quality::shadow) != 0) *out |= change_context::shadow_before;
            if ((second & quality::shadow) != 0) *out |= change_context::shadow_after;
        }
    }
}

} // namespace overflight
