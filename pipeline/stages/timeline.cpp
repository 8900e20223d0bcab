// SPDX-License-Identifier: Apache-2.0
#include "stages/timeline.h"

#include <algorithm>

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
    const int height = static_cast<int>(mask.size()) / width;
    std::vector<std::uint8_t> visited(mask.size());
    std::vector<int> component;
    for (int start = 0; start < static_cast<int>(mask.size()); ++start) {
        if (mask[static_cast<std::size_t>(start)] != 1 || visited[static_cast<std::size_t>(start)] != 0) continue;
        component.assign(1, start);
        visited[static_cast<std::size_t>(start)] = 1;
        int left = width, right = -1, top = height, bottom = -1;
        ObjectHistory history;
        for (std::size_t k = 0; k < component.size(); ++k) {
            const int row = component[k] / width, col = component[k] % width;
            left = std::min(left, col), right = std::max(right, col);
            top = std::min(top, row), bottom = std::max(bottom, row);
            const auto i = static_cast<std::size_t>(component[k]);
            history.last = std::max<int>(history.last, timeline.last[i]);
            history.changes = std::max<int>(history.changes, timeline.changes[i]);
            for (int y = std::max(row - 1, 0); y <= std::min(row + 1, height - 1); ++y) {
                for (int x = std::max(col - 1, 0); x <= std::min(col + 1, width - 1); ++x) {
                    const auto j = static_cast<std::size_t>(y * width + x);
                    if (mask[j] != 1 || visited[j] != 0) continue;
                    visited[j] = 1;
                    component.push_back(static_cast<int>(j));
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
