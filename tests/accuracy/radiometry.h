// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accuracy/flown_scene.h"

#include <string>

namespace overflight::accuracy {

/// Of the missions of scene "radiometry": with Balance::gain all but "offsets", and the change from "aligned" to
/// "darker"; with Balance::gain_offset "offsets" alone.
Config radiometry_config(const FlownScene& scene, Balance balance);

struct SampleErrors {
    std::int64_t count = 0;
    double largest = 0, mean = 0; ///< digital numbers, absolute
};

/// A mosaic against the frames that its pixels are from, where a frame's pixels fall on the mosaic's to 0.01 pixel.
SampleErrors sample_errors(const Config& config, const std::string& mission);

struct MeanErrors {
    std::int64_t count = 0;
    double rms = 0; ///< digital numbers
};

/// An ortho against the mean of what a true one of smaller pixels, several along the side of each, holds under them.
MeanErrors mean_errors(const Image& ortho, const Image& truth);

/// Deviation of (what was put in) x (what was solved for) from what all frames have in common, first band.
struct BalanceErrors {
    int frames = 0;
    double gains_put_in = 0;    ///< largest gain over smallest
    double largest_gain = 0;    ///< relative
    double offsets_put_in = 0;  ///< largest offset less smallest, digital numbers
    double largest_offset = 0;  ///< digital numbers
    double largest_falloff = 0; ///< relative, anywhere in the frame
};

/// Gains, offsets and vignetting of the product's table of frames against those that the simulator exposed the frames
/// of a mission with.
BalanceErrors balance_errors(const FlownScene& scene, const Config& config, const std::string& mission);

struct NormalisationErrors {
    int bands = 0;
    double largest_gain = 0;   ///< relative
    double largest_offset = 0; ///< digital numbers
};

/// Of the change product's normalisation, against the gain and offset of the later mission's exposure over the
/// earlier's.
NormalisationErrors normalisation_errors(const Config& config, const std::string& before, const std::string& after,
                                         double gain, double offset);

} // namespace overflight::accuracy
