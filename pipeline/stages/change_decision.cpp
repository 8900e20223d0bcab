// SPDX-License-Identifier: Apache-2.0
#include "stages/change_decision.h"

#include <algorithm>
#include <cmath>

namespace overflight {

namespace {

/// The statistics pass scales scores to a standard normal null for pixels of full weight; context weights narrow the
/// bulk that a scene shows. Neither alone is the null: this is the share of the former.
constexpr double nominal_null = 0.4;
constexpr double least_high = 2.5;        ///< no score below this makes a change, however many there are
constexpr double joining_fraction = 0.45; ///< of the high threshold

std::uint8_t score_of(double value) {
    return static_cast<std::uint8_t>(std::clamp((value - change_score_offset) / change_score_scale + 0.5, 1.0, 255.0));
}

} // namespace

ChangeThresholds decide_thresholds(const ScoreHistogram& histogram, double false_discovery) {
    ChangeThresholds out;
    std::int64_t total = 0, above = 0;
    for (std::size_t i = 1; i < histogram.counts.size(); ++i) total += histogram.counts[i];
    if (total == 0) return out;
    const auto quantile = [&](double share) { // values are spread evenly over what rounds to one score
        const double wanted = share * static_cast<double>(total);
        std::int64_t sum = 0;
        int i = 1;
        while (static_cast<double>(sum + histogram.counts[static_cast<std::size_t>(i)]) < wanted)
            sum += histogram.counts[static_cast<std::size_t>(i++)];
        const auto inside = static_cast<double>(histogram.counts[static_cast<std::size_t>(i)]);
        return change_score_value(i) + change_score_scale * ((wanted - static_cast<double>(sum)) / inside - 0.5);
    };
    out.null_centre = quantile(0.5);
    const double narrow = (quantile(0.9) - out.null_centre) / 1.2815515655446004;
    out.null_scale = nominal_null + (1 - nominal_null) * std::min(narrow, 1.0);
    for (int i = change_score_values - 1; i >= 1; --i) {
        const std::int64_t count = histogram.counts[static_cast<std::size_t>(i)];
        if (count == 0) continue;
        above += count;
        if (change_score_value(i) < least_high) break;
        const double z = (change_score_value(i) - out.null_centre) / out.null_scale;
        const double expected = 0.5 * std::erfc(z / std::sqrt(2.0)) * static_cast<double>(total);
        if (expected <= false_discovery * static_cast<double>(above)) {
            out.high = static_cast<std::uint8_t>(i);
            out.flagged_share = static_cast<double>(above) / static_cast<double>(total);
        }
    }
    out.high = std::max(out.high, score_of(least_high));
    out.low = score_of(joining_fraction * change_score_value(out.high));
    return out;
}

int decision_halo(int minimum_area_px) {
    return hysteresis_reach + minimum_area_px + 2;
}

void decide_change(const Window& tile, const Window& window, std::span<const std::uint8_t> scores,
                   const ChangeThresholds& thresholds, int minimum_area_px, std::span<std::uint8_t> mask) {
    const int width = window.width, height = window.height;
    const auto size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    const auto fill_mask = [&](const auto& value) {
        for (int r = 0; r < tile.height; ++r) {
            const std::size_t from = static_cast<std::size_t>(r + (tile.row - window.row)) * width +
                                     static_cast<std::size_t>(tile.col - window.col);
            std::uint8_t* out = mask.data() + static_cast<std::size_t>(r) * tile.width;
            for (int c = 0; c < tile.width; ++c) {
                const std::size_t i = from + static_cast<std::size_t>(c);
                out[c] = scores[i] == 0 ? std::uint8_t{255} : value(i);
            }
        }
    };
    std::uint8_t strongest = 0;
    for (const std::uint8_t score : scores) strongest = std::max(strongest, score);
    if (strongest < thresholds.high) { // most tiles
        fill_mask([](std::size_t) { return std::uint8_t{0}; });
        return;
    }
    // Grow from the seeds through the candidates, a pixel a round: what is reached depends on no tile's border.
    std::vector<std::uint8_t> flagged(size);
    std::vector<std::size_t> front, next;
    for (std::size_t i = 0; i < size; ++i) {
        if (scores[i] >= thresholds.high) {
            flagged[i] = 1;
            front.push_back(i);
        }
    }
    for (int step = 0; step < hysteresis_reach && !front.empty(); ++step) {
        next.clear();
        for (const std::size_t i : front) {
            const auto row = static_cast<int>(i / width), col = static_cast<int>(i % width);
            for (int y = std::max(row - 1, 0); y <= std::min(row + 1, height - 1); ++y) {
                for (int x = std::max(col - 1, 0); x <= std::min(col + 1, width - 1); ++x) {
                    const std::size_t j = static_cast<std::size_t>(y) * width + x;
                    if (flagged[j] == 0 && scores[j] >= thresholds.low) {
                        flagged[j] = 1;
                        next.push_back(j);
                    }
                }
            }
        }
        front.swap(next);
    }
    // Drop components below the minimum area; searching one stops as soon as it is large enough.
    std::vector<std::uint8_t> visited(size);
    std::vector<std::size_t> component;
    for (std::size_t start = 0; start < size; ++start) {
        if (flagged[start] == 0 || visited[start] != 0) continue;
        component.assign(1, start);
        visited[start] = 1;
        for (std::size_t k = 0; k < component.size(); ++k) {
            const auto row = static_cast<int>(component[k] / width), col = static_cast<int>(component[k] % width);
            for (int y = std::max(row - 1, 0); y <= std::min(row + 1, height - 1); ++y) {
                for (int x = std::max(col - 1, 0); x <= std::min(col + 1, width - 1); ++x) {
                    const std::size_t j = static_cast<std::size_t>(y) * width + x;
                    if (flagged[j] != 0 && visited[j] == 0) {
                        visited[j] = 1;
                        component.push_back(j);
                    }
                }
            }
        }
        if (component.size() < static_cast<std::size_t>(minimum_area_px)) {
            for (const std::size_t i : component) flagged[i] = 0;
        }
    }
    fill_mask([&](std::size_t i) { return flagged[i]; });
}

} // namespace overflight
