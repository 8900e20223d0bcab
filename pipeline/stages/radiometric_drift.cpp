// SPDX-License-Identifier: Apache-2.0
#include "stages/radiometric_drift.h"

#include "core/quantile.h"

#include <algorithm>

namespace overflight {

void BrightnessRatios::add(const PlacePair& place, const ChangeModel& model) {
    std::array<std::vector<float>, change_max_bands>& bands = by_frames_[{place.frame_before, place.frame_after}];
    for (std::size_t b = 0; b < model.normalisation.size(); ++b) {
        const auto gain = static_cast<float>(model.normalisation[b].gain),
                   offset = static_cast<float>(model.normalisation[b].offset);
        const float expected = gain * place.before[b] + offset;
        if (expected > 0 && place.after[b] > 0 && place.before[b] < model.cap_before[b] &&
            place.after[b] < model.cap_after[b])
            bands[b].push_back(place.after[b] / expected);
    }
}

std::size_t BrightnessRatios::bytes() const {
    std::size_t sum = sizeof(*this);
    for (const auto& [frames, bands] : by_frames_) {
        sum += sizeof(frames) + sizeof(bands);
        for (const std::vector<float>& ratios : bands) sum += ratios.capacity() * sizeof(float);
    }
    return sum;
}

const std::array<float, change_max_bands>& RadiometricDrift::of(std::uint32_t frame_before, std::uint32_t frame_after) {
    const auto [known, fresh] = factors_.try_emplace({frame_before, frame_after}, none);
    for (std::size_t b = 0; fresh && b < change_max_bands; ++b) {
        ratios_.clear();
        for (const BrightnessRatios* part : places_) {
            const auto found = part->by_frames_.find(known->first);
            if (found == part->by_frames_.end()) continue;
            ratios_.insert(ratios_.end(), found->second[b].begin(), found->second[b].end());
        }
        if (ratios_.size() < least_places) continue;
        known->second[b] = std::clamp(median(ratios_), 1 / largest, largest);
    }
    return known->second;
}

} // namespace overflight
