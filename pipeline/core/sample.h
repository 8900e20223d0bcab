// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace overflight {

/// Sample types of frames and mosaics.
enum class SampleType : std::uint8_t { u8, u16, f32 };

constexpr std::size_t sample_size(SampleType type) {
    return type == SampleType::u8 ? 1 : type == SampleType::u16 ? 2 : 4;
}

constexpr const char* sample_name(SampleType type) {
    return type == SampleType::u8 ? "uint8" : type == SampleType::u16 ? "uint16" : "float32";
}

/// Decoded pixels are kept in groups of up to four bands, each group pixel-interleaved in 1, 2 or 4 lanes:
/// one 32-bit load is a whole 8-bit pixel, one 128-bit load a row of cubic taps. Three bands are padded to four lanes.
struct LaneLayout {
    int bands = 0;

    constexpr int groups() const { return (bands + 3) / 4; }
    constexpr int bands_in(int group) const { return bands - 4 * group < 4 ? bands - 4 * group : 4; }
    constexpr int lanes_in(int group) const { return bands_in(group) >= 3 ? 4 : bands_in(group); }
    constexpr int lanes_total() const {
        int total = 0;
        for (int group = 0; group < groups(); ++group) total += lanes_in(group);
        return total;
    }
};

} // namespace overflight
