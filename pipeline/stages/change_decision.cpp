// SPDX-License-Identifier: Apache-2.0
#include "stages/change_decision.h"

#include "core/plain_math.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace overflight {

namespace {

/// The statistics pass scales scores to a standard normal null for pixels of full weight; context weights narrow the
/// bulk that a scene shows. Neither alone is the null: this is the share of the former.
constexpr double nominal_null = 0.4;
constexpr double joining_fraction = 0.45; ///< of the high threshold

std::int64_t observed(const ScoreStatistics& statistics) {
    return std::accumulate(statistics.counts.begin() + 1, statistics.counts.end(), std::int64_t{0});
}

/// Variance of what is not more than a change, in squared stored scores.
double bulk_variance(const ScoreStatistics& statistics) {
    double count = 0, sum = 0, squares = 0;
    for (int i = 1; i < stored_change_score(least_change_score); ++i) {
        const auto n = static_cast<double>(statistics.counts[static_cast<std::size_t>(i)]);
        count += n;
        sum += n * i;
        squares += n * i * i;
    }
    return count > 0 ? squares / count - sum / count * (sum / count) : 0;
}

double mean_square(const ScoreStatistics::Steps& steps) {
    return steps.pairs > 0 ? static_cast<double>(steps.squares) / static_cast<double>(steps.pairs) : 0;
}

} // namespace

double ScoreNull::expected_places(double score) const {
    const double t = std::max((score - centre) / scale, 1.0), pi = std::numbers::pi, share = normal_tail(t);
    const double places = share + pixels * roughness * t * exp_negative(t * t / 2) / (2 * pi * std::sqrt(2 * pi));
    return std::min(places, pixels * share);
}

ChangeThresholds candidate_thresholds(const ScoreStatistics& statistics) {
    if (observed(statistics) == 0) return {};
    const std::uint8_t high = stored_change_score(least_change_score);
    return {high, stored_change_score(joining_fraction * change_score_value(high))};
}

ScoreNull fit_score_null(const ScoreStatistics& statistics) {
    ScoreNull out;
    const std::int64_t total = observed(statistics);
    if (total == 0) return out;
    const auto quantile = [&](double share) { // values are spread evenly over what rounds to one score
        const double wanted = share * static_cast<double>(total);
        std::int64_t sum = 0;
        int i = 1;
        while (static_cast<double>(sum + statistics.counts[static_cast<std::size_t>(i)]) < wanted)
            sum += statistics.counts[static_cast<std::size_t>(i++)];
        const auto inside = static_cast<double>(statistics.counts[static_cast<std::size_t>(i)]);
        return change_score_value(i) + change_score_scale * ((wanted - static_cast<double>(sum)) / inside - 0.5);
    };
    out.centre = quantile(0.5);
    const double narrow = (quantile(0.9) - out.centre) / 1.2815515655446004;
    out.scale = nominal_null + (1 - nominal_null) * std::min(narrow, 1.0);
    const double variance = bulk_variance(statistics);
    if (variance > 0)
        out.roughness = std::sqrt(mean_square(statistics.along) * mean_square(statistics.across)) / variance;
    out.pixels = static_cast<double>(total);
    return out;
}

std::vector<double> false_discovery_rates(const ScoreNull& null, const std::vector<double>& largest_scores) {
    std::vector<std::size_t> order(largest_scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return largest_scores[a] < largest_scores[b]; });
    std::vector<double> rates(largest_scores.size());
    constexpr double rounding = change_score_scale / 2; // what rounds to a stored score reaches it
    double least = 1;
    // From the lowest: order.size() - k reach as high, or more if equal.
    for (std::size_t k = 0; k < order.size(); ++k) {
        if (k == 0 || largest_scores[order[k]] > largest_scores[order[k - 1]])
            least = std::min(least, null.expected_places(largest_scores[order[k]] - rounding) /
                                        static_cast<double>(order.size() - k));
        rates[order[k]] = least;
    }
    return rates;
}

int decision_halo(int minimum_area_px) {
    return hysteresis_reach + minimum_area_px + 2;
}

void find_candidates(const Window& tile, const Window& window, std::span<const std::uint8_t> scores,
                     const ChangeThresholds& thresholds, int minimum_area_px, std::span<std::uint8_t> mask) {
    const int width = window.width, height = window.height;
    const auto fill_mask = [&](const std::uint8_t* flagged) {
        const int count = tile.width; // bytes that are written might be in the tile, for all that the compiler knows
        for (int r = 0; r < tile.height; ++r) {
            const std::ptrdiff_t from =
                static_cast<std::ptrdiff_t>(r + (tile.row - window.row)) * width + (tile.col - window.col);
            const std::uint8_t *seen = scores.data() + from, *in = flagged ? flagged + from : nullptr;
            std::uint8_t* out = mask.data() + static_cast<std::ptrdiff_t>(r) * count;
            for (int c = 0; c < count; ++c) out[c] = seen[c] == 0 ? 255 : 0;
            if (!in) continue;
            for (int c = 0; c < count; ++c) out[c] |= in[c] != 0 ? 1 : 0; // what is unseen is never flagged
        }
    };
    // Grow from the seeds through the candidates, a pixel a round: what is reached depends on no tile's border.
    std::vector<std::size_t> reached;
    for (int r = 0; r < height; ++r) {
        const std::size_t from = static_cast<std::size_t>(r) * width;
        const std::span<const std::uint8_t> row = scores.subspan(from, static_cast<std::size_t>(width));
        std::uint8_t strongest = 0;
        for (const std::uint8_t score : row) strongest = std::max(strongest, score);
        if (strongest < thresholds.high) continue; // most rows
        for (std::size_t c = 0; c < row.size(); ++c)
            if (row[c] >= thresholds.high) reached.push_back(from + c);
    }
    if (reached.empty()) { // most tiles
        fill_mask(nullptr);
        return;
    }
    std::vector<std::uint8_t> flagged(scores.size());
    for (const std::size_t i : reached) flagged[i] = 1;
    const auto for_neighbours = [&](std::size_t i, const auto& act) {
        const auto row = static_cast<int>(i / width), col = static_cast<int>(i % width);
        for (int y = std::max(row - 1, 0); y <= std::min(row + 1, height - 1); ++y)
            for (int x = std::max(col - 1, 0); x <= std::min(col + 1, width - 1); ++x)
                act(static_cast<std::size_t>(y) * width + x);
    };
    std::size_t round = 0; // first of those that the last step reached
    for (int step = 0; step < hysteresis_reach && round < reached.size(); ++step) {
        const std::size_t end = reached.size();
        for (; round < end; ++round)
            for_neighbours(reached[round], [&](std::size_t j) {
                if (flagged[j] != 0 || scores[j] < thresholds.low) return;
                flagged[j] = 1;
                reached.push_back(j);
            });
    }
    // Drop components below the minimum area.
    constexpr std::uint8_t counted = 2;
    std::vector<std::size_t> component;
    for (const std::size_t start : reached) {
        if (flagged[start] != 1) continue;
        component.assign(1, start);
        flagged[start] = counted;
        for (std::size_t k = 0; k < component.size(); ++k)
            for_neighbours(component[k], [&](std::size_t j) {
                if (flagged[j] != 1) return;
                flagged[j] = counted;
                component.push_back(j);
            });
        if (component.size() < static_cast<std::size_t>(minimum_area_px))
            for (const std::size_t i : component) flagged[i] = 0;
    }
    fill_mask(flagged.data());
}

} // namespace overflight
