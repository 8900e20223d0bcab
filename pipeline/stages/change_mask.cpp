// SPDX-License-Identifier: Apache-2.0
#include "stages/change_mask.h"

#include <algorithm>

namespace overflight {

ChangeMask::ChangeMask(const Tiling& tiling, std::vector<ChangeObject>& objects)
    : tiling_(tiling), first_(static_cast<std::size_t>(tiling.count()) + 1) {
    const auto tile_of = [&](const PixelRun& run) {
        return static_cast<std::size_t>(run.row / Tiling::size * tiling.cols() + run.col / Tiling::size);
    };
    for (const ChangeObject& object : objects)
        for (const PixelRun& run : object.runs) ++first_[tile_of(run) + 1];
    for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
    std::vector<std::size_t> next = first_;
    runs_.resize(first_.back());
    for (ChangeObject& object : objects) {
        for (const PixelRun& run : object.runs) runs_[next[tile_of(run)]++] = run;
        object.runs = {};
    }
}

void ChangeMask::paint(std::int64_t tile, std::span<const std::uint8_t> scores, std::span<std::uint8_t> mask) const {
    std::transform(scores.begin(), scores.end(), mask.begin(),
                   [](std::uint8_t score) { return static_cast<std::uint8_t>(score == 0 ? 255 : 0); });
    const Window window = tiling_.window(tile);
    const auto index = static_cast<std::size_t>(tile);
    for (std::size_t i = first_[index]; i < first_[index + 1]; ++i) {
        const PixelRun& run = runs_[i];
        const auto from = mask.begin() + (run.row - window.row) * window.width + (run.col - window.col);
        std::fill(from, from + (run.end - run.col), std::uint8_t{1});
    }
}

} // namespace overflight
