// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change.h"
#include "stages/change_statistics.h"

#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace overflight {

/// A place that two missions show: by which of their frames, and how bright.
struct PlacePair {
    std::uint32_t frame_before = 0, frame_after = 0;
    std::array<float, change_max_bands> before{}, after{};
};

/// How much brighter places are than normalisation expects, by the frames that show them and by band. Saturated ones
/// are left out.
class BrightnessRatios {
public:
    void add(const PlacePair& place, const ChangeModel& model);
    std::size_t bytes() const;

private:
    friend class RadiometricDrift;
    using Frames = std::pair<std::uint32_t, std::uint32_t>;
    std::map<Frames, std::array<std::vector<float>, change_max_bands>> by_frames_;
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

    /// The places must outlive the use.
    explicit RadiometricDrift(std::vector<const BrightnessRatios*> places) : places_(std::move(places)) {}

    /// Worked out when it is asked for.
    const std::array<float, change_max_bands>& of(std::uint32_t frame_before, std::uint32_t frame_after);

private:
    std::vector<const BrightnessRatios*> places_;
    std::vector<float> ratios_;
    std::map<BrightnessRatios::Frames, std::array<float, change_max_bands>> factors_;
};

} // namespace overflight
