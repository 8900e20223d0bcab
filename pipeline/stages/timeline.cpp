// SPDX-License-Identifier: Apache-2.0
#include "stages/timeline.h"

#include <algorithm>
#include <utility>

namespace overflight {

void Timeline::add(std::span<const std::uint8_t> mask, int interval) {
    for (std::size_t i = 0; i < mask.size(); ++i) {
        if (mask[i] == 255) continue;
        if (last[i] == not_observed) last[i] = changes[i] = 0;
        if (mask[i] != 1) continue;
        last[i] = static_cast<std::uint8_t>(interval);
        ++changes[i];
    }
}

std::optional<ObjectHistory> object_history(std::span<const std::uint8_t> mask, const Timeline& timeline, int width,
                                            std::int64_t pixels) {
    // boxes may hold more pixels than an int counts: rivers are objects
    const auto place = [&](int row, int col) {
        return static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(col);
    };
    const auto height = static_cast<int>(mask.size() / static_cast<std::size_t>(width));
    std::vector<std::uint8_t> visited(mask.size());
    std::vector<std::pair<int, int>> component; // rows and columns
    for (std::size_t start = 0; start < mask.size(); ++start) {
        if (mask[start] != 1 || visited[start] != 0) continue;
        component.assign(1, {static_cast<int>(start / static_cast<std::size_t>(width)),
                             static_cast<int>(start % static_cast<std::size_t>(width))});
        visited[start] = 1;
        int left = width, right = -1, top = height, bottom = -1;
        ObjectHistory history;
        for (std::size_t k = 0; k < component.size(); ++k) {
            const auto [row, col] = component[k];
            left = std::min(left, col), right = std::max(right, col);
            top = std::min(top, row), bottom = std::max(bottom, row);
            const std::size_t i = place(row, col);
            history.last = std::max<int>(history.last, timeline.last[i]);
            history.changes = std::max<int>(history.changes, timeline.changes[i]);
            for (int y = std::max(row - 1, 0); y <= std::min(row + 1, height - 1); ++y) {
                for (int x = std::max(col - 1, 0); x <= std::min(col + 1, width - 1); ++x) {
                    const std::size_t j = place(y, x);
                    if (mask[j] != 1 || visited[j] != 0) continue;
                    visited[j] = 1;
                    component.emplace_back(y, x);
                }
            }
        }
        if (left == 0 && top == 0 && right == width - 1 && bottom == height - 1 &&
            static_cast<std::int64_t>(component.size()) == pixels)
            return history;
    }
    return std::nullopt;
}

} // namespace overflight
