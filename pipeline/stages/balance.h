// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/frame_cache.h"
#include "stages/plan.h"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace overflight {

/// Gain and offset (in digital numbers, added after the gain) per frame and band; 1 and 0 where nothing was solved
/// for.
class FrameBalance {
public:
    FrameBalance() = default;
    FrameBalance(std::size_t frames, int bands)
        : bands_(bands), gains_(frames * static_cast<std::size_t>(bands), 1.0F), offsets_(gains_.size()) {}

    float gain(std::size_t frame, int band) const { return gains_.empty() ? 1.0F : gains_[at(frame, band)]; }
    float offset(std::size_t frame, int band) const { return offsets_.empty() ? 0.0F : offsets_[at(frame, band)]; }
    void set(std::size_t frame, int band, float gain, float offset) {
        gains_[at(frame, band)] = gain, offsets_[at(frame, band)] = offset;
    }

private:
    std::size_t at(std::size_t frame, int band) const {
        return frame * static_cast<std::size_t>(bands_) + static_cast<std::size_t>(band);
    }

    int bands_ = 0;
    std::vector<float> gains_, offsets_;
};

/// Statistics of one band over the pixels that two frames both show.
struct OverlapStatistics {
    double count = 0, mean_a = 0, mean_b = 0, deviation_a = 0, deviation_b = 0;
};

/// Sums over common pixels, per band; merged patch by patch in a fixed order.
struct OverlapSums {
    struct Band {
        std::uint64_t count = 0;
        double a = 0, b = 0, aa = 0, bb = 0;
    };
    std::vector<Band> bands;
};

/// A pair of frames, the lower number first.
using FramePair = std::pair<std::size_t, std::size_t>;
using Overlaps = std::map<FramePair, OverlapSums>;

/// Small windows of the mosaic, spread over the ground that more than one frame shows: where the frames are compared.
std::vector<std::pair<std::int64_t, Window>> survey_windows(const PlannedMission& mission);

/// Compares the frames that show a window of the tile.
Overlaps survey_window(const PlannedMission& mission, FrameCache& cache, std::int64_t tile, const Window& window);

void merge(const Overlaps& part, Overlaps& into);

/// Gains of mean 1 that make overlapping frames agree, and with Balance::gain_offset offsets of mean 0 (Cresson &
/// Saint-Geours 2015 is the form without offsets):
/// min sum n_ij [(g_i mean_ij + o_i - g_j mean_ji - o_j)^2 + (g_i dev_ij - g_j dev_ji)^2]
///     + lambda sum [(g_i - 1)^2 + o_i^2],
/// robust by Huber weights on the pairs; sparse Cholesky, so that thousands of frames are no matter. Offsets take the
/// contrast of the overlaps at its word: where the light differs within a mission, gains alone do better.
FrameBalance solve_balance(const PlannedMission& mission, const Overlaps& overlaps, Balance balance = Balance::gain);

} // namespace overflight
