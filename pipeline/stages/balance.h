// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace overflight {

/// What makes the frames of a mission agree: value = slope / V * (gain * sample + offset), with
/// - gain and offset (in digital numbers) per frame and band;
/// - V = 1 + a2 r^2 + a4 r^4 + a6 r^6 per camera and band, r = 1 in the frame's corners: vignetting, and what of haze
///   and view angle is round;
/// - slope = exp(east * dx + north * dy) per band over the whole mission, dx and dy in map units from the centre of the
///   frame's footprint: what all frames are brighter on one side, as the sun stands.
/// 1, 0, none and none where nothing was solved for.
class FrameBalance {
public:
    using Vignetting = std::array<float, 3>; ///< a2, a4, a6
    struct Slope {
        float east = 0, north = 0;
    };

    FrameBalance() = default;
    FrameBalance(std::size_t frames, int bands, std::size_t cameras = 1);

    float gain(std::size_t frame, int band) const { return gains_.empty() ? 1.0F : gains_[at(frame, band)]; }
    float offset(std::size_t frame, int band) const { return offsets_.empty() ? 0.0F : offsets_[at(frame, band)]; }
    Vignetting vignetting(std::size_t camera, int band) const {
        return vignetting_.empty() ? Vignetting{} : vignetting_[at(camera, band)];
    }
    Slope slope(int band) const { return slopes_.empty() ? Slope{} : slopes_[static_cast<std::size_t>(band)]; }
    std::size_t cameras() const { return bands_ == 0 ? 0 : vignetting_.size() / static_cast<std::size_t>(bands_); }
    /// Whether light falls off in any band of a camera, or slopes: else gain and offset are all.
    bool has_falloff(std::size_t camera) const;

    void set(std::size_t frame, int band, float gain, float offset) {
        gains_[at(frame, band)] = gain, offsets_[at(frame, band)] = offset;
    }
    void set_vignetting(std::size_t camera, int band, const Vignetting& a) { vignetting_[at(camera, band)] = a; }
    void set_slope(int band, Slope slope) { slopes_[static_cast<std::size_t>(band)] = slope; }

private:
    std::size_t at(std::size_t item, int band) const {
        return item * static_cast<std::size_t>(bands_) + static_cast<std::size_t>(band);
    }

    int bands_ = 0;
    std::vector<float> gains_, offsets_;
    std::vector<Vignetting> vignetting_;
    std::vector<Slope> slopes_;
};

/// Statistics of one band over the pixels of a small window that two frames both show.
struct OverlapStatistics {
    float count = 0, mean_a = 0, mean_b = 0, deviation_a = 0, deviation_b = 0;
};

/// Two frames compared on small windows: one row a window and pair of frames.
struct Overlaps {
    struct Pair {
        std::uint32_t a = 0, b = 0;         ///< frames, the lower number first
        float radius2_a = 0, radius2_b = 0; ///< squared distance from the frame's centre, 1 in its corners
    };

    int bands = 0;
    std::vector<Pair> pairs;
    std::vector<OverlapStatistics> statistics; ///< pairs x bands

    /// Adds the rows of another part, in order.
    void append(const Overlaps& part);
};

/// What is to be balanced.
struct BalanceTask {
    struct Frame {
        int camera = 0;
        double x = 0, y = 0;   ///< middle of the footprint, map units
        double half_width = 1; ///< of the footprint, map units
    };

    std::vector<Frame> frames;
    int cameras = 1, bands = 1;
    bool offsets = false;          ///< beside gains; for where the black level differs
    bool vignetting = false;       ///< solve for it too; kept where it says what gains alone do not
    bool slope = false;            ///< likewise
    std::ptrdiff_t reference = -1; ///< frame that keeps a gain of 1 and an offset of 0; -1: they are 1 and 0 on average
};

/// One robust least squares a band over all overlaps, after Cresson & Saint-Geours 2015:
/// min sum n_ij [((u_ij - u_ji) / sqrt(g_i g_j))^2 + d_ij^2 (ln v_ij - ln v_ji)^2] + ridge,
/// u and v being a window's mean and standard deviation after balance, d before: measured in the gains
/// themselves, which noise would else draw to 0. Huber weights from the residuals' own scatter; Gauss-Newton, the
/// frames' unknowns by sparse Cholesky, the cameras' by its Schur complement: thousands of frames are no matter. The
/// overlaps cannot tell a slope that all frames share from a ramp of gains over the mission: the ramp is taken for a
/// slope where it stands out of the scatter of the gains. Offsets take the contrast of the overlaps at its word: where
/// the light differs within a mission, gains alone do better. Results are rounded to 2^-12 (relative).
FrameBalance solve_balance(const BalanceTask& task, const Overlaps& overlaps);

} // namespace overflight
