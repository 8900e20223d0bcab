// SPDX-License-Identifier: Apache-2.0
#include "stages/score_statistics.h"

namespace overflight {

namespace {

constexpr int row_step = 4; ///< smoothness is a mean over the scene: a quarter of it says as much

void add_steps(const std::uint8_t* a, const std::uint8_t* b, int count, ScoreStatistics::Steps& steps) {
    constexpr unsigned least = stored_change_score(least_change_score);
    std::int32_t pairs = 0, squares = 0; // 255 * 255 * the width of a tile stays below 2^31
    for (int i = 0; i < count; ++i) {
        const std::int32_t counts =
                               (a[i] - 1U < least - 1 ? 1 : 0) & (b[i] - 1U < least - 1 ? 1 : 0), // without branches
            difference = counts * (a[i] - b[i]);
        pairs += counts;
        squares += difference * difference;
    }
    steps.pairs += pairs;
    steps.squares += squares;
}

} // namespace

void ScoreStatistics::add(const ScoreStatistics& other) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
    for (const auto steps : {&ScoreStatistics::along, &ScoreStatistics::across}) {
        (this->*steps).pairs += (other.*steps).pairs;
        (this->*steps).squares += (other.*steps).squares;
    }
}

void ScoreStatistics::add(std::span<const std::uint8_t> scores, int width) {
    // Several counters a score, as adding to the one that was just added to waits for that.
    constexpr std::size_t ways = 4;
    std::array<std::array<std::int64_t, change_score_values>, ways> parts{};
    std::size_t i = 0;
    for (; i + ways <= scores.size(); i += ways)
        for (std::size_t way = 0; way < ways; ++way) ++parts[way][scores[i + way]];
    for (; i < scores.size(); ++i) ++counts[scores[i]];
    for (const auto& part : parts)
        for (std::size_t score = 0; score < counts.size(); ++score) counts[score] += part[score];
    const std::uint8_t* end = scores.data() + scores.size();
    for (const std::uint8_t* row = scores.data(); row < end; row += static_cast<std::ptrdiff_t>(row_step) * width) {
        add_steps(row, row + 1, width - 1, along);
        if (row + width < end) add_steps(row, row + width, width, across);
    }
}

} // namespace overflight
