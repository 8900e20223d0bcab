// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change.h"
#include "stages/change_statistics.h"

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace overflight {

/// A place that two missions show: by which of their frames, and how bright.
struct PlacePair {
    std::uint32_t frame_before = 0, frame_after = 0;
    std::array<float, change_max_bands> before{}, after{};
};

/// How much brighter than normalisation expects a mission is where a frame of it meets a frame of the other, by band:
/// what the balance of either left, as it is never perfect and has other overlaps to go by. The median over the places
/// given, so that no change of less than half of them counts; between the limits, beyond which it is a change whatever
/// its size; 1 where there are few places.
class RadiometricDrift {
public:
    static constexpr float largest = 1.1F; ///< and 1 / largest
    static constexpr std::size_t least_places = 100;
    static constexpr std::array<float, change_max_bands> none = {1, 1, 1, 1, 1, 1, 1, 1};

    RadiometricDrift(std::span<const PlacePair> places, const ChangeModel& model);

    std::array<float, change_max_bands> of(std::uint32_t frame_before, std::uint32_t frame_after) const;

private:
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::array<float, change_max_bands>> factors_;
};

} // namespace overflight
