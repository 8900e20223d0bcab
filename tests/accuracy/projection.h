// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accuracy/flown_scene.h"

#include <string>

namespace overflight::accuracy {

struct ProjectionErrors {
    std::int64_t count = 0;
    double largest = 0; ///< pixels
};

/// The pipeline's cameras, read from the files of the mission, against the simulator's own at its check points.
ProjectionErrors projection_errors(const FlownScene& scene, const Config& config, const std::string& mission);

/// The same for a mission "rpc_x", its RPC cameras against GDAL's evaluation of the same coefficients.
ProjectionErrors rpc_projection_errors(const FlownScene& scene, const Config& config, const std::string& mission);

/// The positions that the pipeline interpolates for every tile and frame of the mission, against its own camera
/// projected exactly, at every `every`-th pixel.
ProjectionErrors interpolation_errors(const Config& config, const std::string& mission, int every);

} // namespace overflight::accuracy
