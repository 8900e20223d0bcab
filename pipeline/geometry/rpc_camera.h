// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/errors.h"
#include "geometry/frame_camera.h"

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace overflight {

/// Rational polynomial coefficients, RPC00B: line and sample (centre-based) from latitude, longitude (degrees, WGS 84)
/// and ellipsoidal height. Terms in the order of the standard: 1, L, P, H, LP, LH, PH, LL, PP, HH, PLH, LLL, LPP, LHH,
/// LLP, PPP, PHH, LLH, PPH, HHH with normalised longitude L, latitude P, height H.
struct RpcModel {
    using Terms = std::array<double, 20>;
    double line_off = 0, samp_off = 0, lat_off = 0, long_off = 0, height_off = 0;
    double line_scale = 1, samp_scale = 1, lat_scale = 1, long_scale = 1, height_scale = 1;
    Terms line_num{}, line_den{}, samp_num{}, samp_den{};
};

/// From what GDAL finds at a frame: GeoTIFF tags, NAME_RPC.TXT, NAME.RPB. None where there is nothing.
/// Sidecars that it came from are appended to `inputs`.
std::optional<RpcModel> read_rpc(const std::filesystem::path& frame, std::vector<std::filesystem::path>& inputs);

struct RpcEntry {
    RpcModel model;
    int width = 0, height = 0;
};

/// From orthority's YAML: frame name -> model. Throws InputError.
std::map<std::string, RpcEntry> read_rpc_yaml(const std::filesystem::path& file);

std::shared_ptr<const FrameCamera> make_rpc_camera(const RpcModel& model, int width, int height);

} // namespace overflight
