// SPDX-License-Identifier: Apache-2.0
#include "stages/change_preview.h"

#include "stages/score_statistics.h"

#include <algorithm>

namespace overflight {

void ChangePreview::place(const Window& tile, const std::vector<std::uint8_t>& scores,
                          const std::vector<std::uint8_t>& mask) {
    const auto pick = [&](const std::vector<std::uint8_t>& samples) { // pairs of whether there is something, and what
        const auto* plane = reinterpret_cast<const std::byte*>(samples.data());
        return preview_.pick(tile, SampleType::u8, {&plane, 1}, samples.data(), tile.width);
    };
    const std::vector<std::byte> picked_scores = pick(scores), picked_mask = pick(mask);
    constexpr int unchanged = -static_cast<int>(change_score_offset / change_score_scale); // as stored
    std::vector<std::byte> colours;
    for (std::size_t i = 0; i < picked_scores.size(); i += 2) {
        const int score = std::to_integer<int>(picked_scores[i + 1]);
        const std::byte grey{static_cast<std::uint8_t>(std::clamp((score - unchanged) * 2, 0, 200))};
        const bool changed = picked_mask[i + 1] == std::byte{1};
        const std::byte other = changed ? std::byte{32} : grey;
        colours.insert(colours.end(), {picked_scores[i], changed ? std::byte{255} : grey, other, other});
    }
    preview_.place(tile, SampleType::u8, colours);
}

} // namespace overflight
