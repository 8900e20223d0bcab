// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/balance.h"

#include <cmath>
#include <random>
#include <vector>

namespace overflight {

/// A block of vertical frames in strips, reduced to what the balance sees of it: windows of ground that all frames over
/// them show, each under the frame's gain, the camera's vignetting, a slope over the frame, and noise.
struct SimulatedBlock {
    double gain_spread = 0.1, vignetting = 0.2, slope = 0; ///< slope: share from the middle of a frame to its side
    double noise = 0.005;                                  ///< of a window's mean
    int windows = 24;                                      ///< a frame

    BalanceTask task;
    Overlaps overlaps;
    std::vector<double> gains; ///< as put in, all bands alike

    void simulate(int strips, int frames_a_strip, int bands, unsigned seed = 1) {
        std::mt19937 random(seed);
        std::normal_distribution<double> normal;
        std::uniform_real_distribution<double> even;
        constexpr double half = 50, along = 40, across = 60; // 60 % overlap, 40 % sidelap
        task.bands = overlaps.bands = bands;
        task.vignetting = true;
        for (int strip = 0; strip < strips; ++strip) {
            for (int i = 0; i < frames_a_strip; ++i) {
                task.frames.push_back({0, i * along + 3 * normal(random), strip * across + 3 * normal(random), half});
                gains.push_back(std::exp(gain_spread * normal(random)));
            }
        }
        const auto wanted = windows * strips * frames_a_strip;
        for (int w = 0; w < wanted; ++w) {
            const double x = even(random) * (frames_a_strip - 1) * along, y = even(random) * (strips - 1) * across;
            const double light = 60 + 100 * even(random), contrast = 10 + 20 * even(random);
            const int strip0 = static_cast<int>(y / across), i0 = static_cast<int>(x / along);
            std::vector<std::size_t> shown;
            for (int strip = std::max(0, strip0 - 1); strip < std::min(strips, strip0 + 3); ++strip)
                for (int i = std::max(0, i0 - 2); i < std::min(frames_a_strip, i0 + 4); ++i) {
                    const auto f = static_cast<std::size_t>(strip * frames_a_strip + i);
                    if (std::abs(x - task.frames[f].x) < half && std::abs(y - task.frames[f].y) < half)
                        shown.push_back(f);
                }
            std::vector<std::vector<OverlapStatistics>> seen; // mean_a, deviation_a: of the frame
            std::vector<float> radius2;
            for (const std::size_t f : shown) {
                const double dx = (x - task.frames[f].x) / half, dy = (y - task.frames[f].y) / half;
                const double r2 = (dx * dx + dy * dy) / 2;
                radius2.push_back(static_cast<float>(r2));
                auto& all = seen.emplace_back();
                for (int band = 0; band < bands; ++band) {
                    const double factor = gains[f] * (1 - vignetting * r2) * std::exp(slope * dx);
                    OverlapStatistics s;
                    s.count = 4000;
                    s.mean_a = static_cast<float>(factor * light * (1 + noise * normal(random)));
                    s.deviation_a = static_cast<float>(factor * contrast * (1 + 5 * noise * normal(random)));
                    all.push_back(s);
                }
            }
            for (std::size_t a = 0; a < shown.size(); ++a) {
                for (std::size_t b = a + 1; b < shown.size(); ++b) {
                    overlaps.pairs.push_back({static_cast<std::uint32_t>(shown[a]),
                                              static_cast<std::uint32_t>(shown[b]), radius2[a], radius2[b]});
                    for (std::size_t band = 0; band < static_cast<std::size_t>(bands); ++band) {
                        OverlapStatistics s = seen[a][band];
                        s.mean_b = seen[b][band].mean_a, s.deviation_b = seen[b][band].deviation_a;
                        overlaps.statistics.push_back(s);
                    }
                }
            }
        }
    }
};

} // namespace overflight
