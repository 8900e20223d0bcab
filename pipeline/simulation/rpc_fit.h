// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulation/flight.h"

#include <filesystem>

namespace overflight::simulation {

/// Fits rational polynomial coefficients to a camera at its true pose, between two heights, and writes them as
/// NAME_RPC.TXT. Returns the largest misfit in pixels over points that were not used for the fit.
/// Method: Tao & Hu (2001), linear least squares with the denominators of the round before as weights.
double write_rpc(const std::filesystem::path& file, const Exposure& exposure, const MissionSettings& mission,
                 const PoseFrame& frame, double lowest, double highest);

} // namespace overflight::simulation
