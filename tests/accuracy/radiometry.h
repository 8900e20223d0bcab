// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accuracy/flown_scene.h"

#include <string>

namespace overflight::accuracy {

struct SampleErrors {
    std::int64_t count = 0;
    double largest = 0, mean = 0; ///< digital numbers, absolute
};

/// A mosaic against the frames that its pixels are from, where a frame's pixels fall on the mosaic's to 0.01 pixel.
SampleErrors sample_errors(const Config& config, const std::string& mission);

struct GainErrors {
    int frames = 0;
    double put_in = 0;  ///< largest gain over smallest
    double largest = 0; ///< largest deviation of gain put in x gain solved for from its mean over the frames, relative
};

/// Gains of the product's table of frames against those that the simulator exposed the frames of a mission with.
GainErrors gain_errors(const FlownScene& scene, const Config& config, const std::string& mission);

} // namespace overflight::accuracy
