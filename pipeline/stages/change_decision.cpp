// SPDX-License-Identifier: Apache-2.0
#include "stages/change_decision.h"

#include <algorithm>
#include <cmath>

namespace overflight {

extern double tune[16];

ChangeThresholds decide_thresholds(const ScoreHistogram& histogram, double false_discovery) {
    ChangeThresholds out;
    (void)false_discovery;
    std::int64_t total = 0;
    for (std::size_t i = 1; i < histogram.counts.size(); ++i) total += histogram.counts[i];
    if (total == 0) return out;
    const auto quantile = [&](double q) {
        std::int64_t sum = 0;
        for (std::size_t i = 1; i < histogram.counts.size(); ++i) {
            sum += histogram.counts[i];
            if (static_cast<double>(sum) >= q * static_cast<double>(total)) return static_cast<double>(i);
        }
        return 65535.0;
    };
    double hi;
    if (tune[8] == 0) hi = quantile(1 - tune[9]);
    else if (tune[8] == 1) { const double m = quantile(.5), q = quantile(.25); hi = std::exp(std::log(m) + tune[9] * (std::log(m) - std::log(q)) / .6745); }
    else if (tune[8] == 2) { const double m = quantile(.5); hi = m * tune[9]; }
    else {
        out.null_centre = quantile(.5); out.null_scale = (quantile(tune[15] > 0 ? tune[15] : .75) - out.null_centre) / (tune[15] > 0 ? std::sqrt(2.0) * 0.5951 : 0.6744897501960817);
        // Benjamini-Hochberg: smallest score whose expected share of false ones is within false_discovery
        std::int64_t above = 0;
        hi = 65535;
        for (int i = 65535; i >= 1; --i) {
            above += histogram.counts[i];
            const double p = 0.5 * std::erfc((i - out.null_centre) / out.null_scale / std::sqrt(2.0));
            if (above > 0 && p * (double)total <= tune[9] * (double)above) hi = i;
        }
    }
    out.high = (std::uint16_t)std::min(65535.0, hi);
    out.low = (std::uint16_t)std::min(65535.0, hi * tune[10]);
    return out;
}

int decision_halo(int minimum_area_px) { return hysteresis_reach + minimum_area_px + 2; }

void decide_change(const Window& tile, const Window& window, std::span<const std::uint16_t> scores,
                   const ChangeThresholds& thresholds, int minimum_area_px, std::span<std::uint8_t> mask) {
    const int width = window.width, height = window.height;
    const auto size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
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
    for (int r = 0; r < tile.height; ++r) {
        for (int c = 0; c < tile.width; ++c) {
            const std::size_t i = static_cast<std::size_t>(r + (tile.row - window.row)) * width + (c + (tile.col - window.col));
            mask[static_cast<std::size_t>(r) * tile.width + c] = scores[i] == 0 ? 255 : flagged[i];
        }
    }
}

} // namespace overflight
