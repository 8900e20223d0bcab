// SPDX-License-Identifier: Apache-2.0
#include "stages/radiometric_drift.h"

#include <algorithm>

namespace overflight {
RadiometricDrift::RadiometricDrift(std::span<const PlacePair> places, const ChangeModel& model) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<const PlacePair*>> groups;
    auto group = groups.end(); // of the last place: the next is mostly of the same
    for (const PlacePair& place : places) {
        const std::pair frames{place.frame_before, place.frame_after};
        if (group == groups.end() || group->first != frames) group = groups.try_emplace(frames).first;
        group->second.push_back(&place);
    }
    std::vector<float> ratios;
    for (const auto& [frames, members] : groups) {
        if (members.size() < least_places) continue;
        std::array<float, change_max_bands>& factors = factors_.emplace(frames, none).first->second;
        for (std::size_t b = 0; b < model.normalisation.size(); ++b) {
            const auto gain = static_cast<float>(model.normalisation[b].gain),
                       offset = static_cast<float>(model.normalisation[b].offset);
            ratios.clear();
            for (const PlacePair* place : members) {
                const float expected = gain * place->before[b] + offset;
                if (expected > 0 && place->after[b] > 0 && place->before[b] < model.cap_before[b] &&
                    place->after[b] < model.cap_after[b])
                    ratios.push_back(place->after[b] / expected);
            }
            if (ratios.size() < least_places) continue;
            const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
            std::nth_element(ratios.begin(), middle, ratios.end());
            factors[b] = std::clamp(*middle, 1 / largest, largest);
        }
    }
}

std::array<float, change_max_bands> RadiometricDrift::of(std::uint32_t frame_before, std::uint32_t frame_after) const {
    const auto found = factors_.find({frame_before, frame_after});
    return found == factors_.end() ? none : found->second;
}

} // namespace overflight
