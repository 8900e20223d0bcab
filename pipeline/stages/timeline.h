// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace overflight {

/// By pixel: the last of several intervals between flights in which it changed, and in how many it did. Intervals are
/// numbered from 1 in the order of time.
struct Timeline {
    static constexpr std::uint8_t not_observed = 255; ///< in no interval

    std::vector<std::uint8_t> last;    ///< 0: in none of those in which it was observed
    std::vector<std::uint8_t> changes; ///< number of intervals

    explicit Timeline(std::size_t pixels) : last(pixels, not_observed), changes(pixels, not_observed) {}

    /// The mask of an interval: 0 no, 1 yes, 255 not observed. Intervals in order.
    void add(std::span<const std::uint8_t> mask, int interval);
};

/// Of all pixels of an object: the last interval in which any changed, and in how many any one did at most.
struct ObjectHistory {
    int last = 0, changes = 0;
};

/// `mask` and `timeline` over the object's bounding box, `width` pixels wide; the object is the component (pixels that
/// touch by side or corner) of so many pixels that reaches all four sides. None where there is no such component.
std::optional<ObjectHistory> object_history(std::span<const std::uint8_t> mask, const Timeline& timeline, int width,
                                            std::int64_t pixels);

} // namespace overflight
