// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_sample.h"

#include <array>
#include <string>
#include <vector>

namespace overflight {

/// Views of the same pixels, in this order: bands at full resolution, bands at half resolution with texture, and these
/// compressed (x / (x + median)), which weighs dark surfaces as the eye does.
inline constexpr int change_levels = 3;
inline constexpr int change_max_features = change_max_bands + 1;

/// One MAD transformation: u = forward(before), v = forward(after), scaled so that |u - v|^2 summed over the variates
/// has median 1 over the unchanged pixels, or less where these differ by less than a step of the samples.
struct MadTransform {
    int variates = 0;
    int features_before = 0, features_after = 0;
    std::array<float, change_max_features * change_max_features> before{}, after{}; ///< variate-major
    std::array<float, change_max_features> offset_before{}, offset_after{};
    std::vector<double> correlations; ///< canonical, descending
    int iterations = 0;
    bool converged = false;
    bool fallback = false;      ///< normalised difference per band, as the statistics were degenerate
    double unchanged_share = 0; ///< mean no-change weight
};

/// after ~ gain * before + offset for one band, by orthogonal regression on no-change pixels.
struct BandNormalisation {
    double gain = 1, offset = 0;
    double residual = 0;        ///< RMSE on the held-out third, in units of `after`
    double residual_before = 0; ///< the same without normalisation
};

/// Centre and scale of a change distance over the bulk of the pixels: its median, and the deviation that a normal
/// distribution with the same median and upper quartile has; where half of the pixels differ by less than a step of the
/// samples, those of such steps.
struct EmpiricalNull {
    float centre = 0, scale = 1;
};

/// Where both missions draw the ground finely their frames sample it differently, and fine distances reach further than
/// elsewhere though nothing changed. `width` times as far, by knots of rising detail; 1 everywhere: no more than usual.
struct DetailWidth {
    static constexpr std::size_t knots = 12;
    float gain = 1, offset = 0; ///< from the earlier mission's brightness to the later's
    std::array<float, knots> detail{}, width{};
    DetailWidth() { width.fill(1); }
};

inline constexpr float saturation_step = 0.02F; ///< below a level of saturation, as noise and resampling blur it

struct ChangeModel {
    int bands_before = 0, bands_after = 0;
    std::array<MadTransform, change_levels> levels;
    std::array<float, change_max_features> knee_before{}, knee_after{}; ///< half-saturation of the compressed features
    std::array<float, change_max_features> fill_before{}, fill_after{}; ///< stands in where nothing was observed
    /// Level, the same ground in both, above which one of the missions is saturated: it tells nothing of how bright the
    /// ground is beyond.
    std::array<float, change_max_bands> cap_before{}, cap_after{};
    EmpiricalNull fine_null, coarse_null; ///< of the fine distance and of the larger of the two coarse ones
    DetailWidth detail_width;
    std::vector<BandNormalisation> normalisation; ///< per common band, in order
    std::size_t samples = 0;
    std::vector<std::string> warnings; ///< what was degenerate, for the report
    bool usable = false;               ///< false: too few samples; nothing can be scored
};

/// Iteratively reweighted multivariate alteration detection (Nielsen 2007) at each level. Samples are finite numbers.
/// The first `common_bands` of both missions' bands are the same ones; at most as many as both have.
ChangeModel fit_change_model(const ChangeSample& sample, int common_bands = change_max_bands);

} // namespace overflight
