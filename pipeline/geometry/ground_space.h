// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/frame_camera.h"

#include <Eigen/Core>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace overflight {

/// The space in which a mission's cameras project, and the way to it from a map.
///   map         x, y of the pose CRS and height: poses of an aerial triangulation done in that CRS
///   cartesian   earth-centred x, y, z (WGS 84 ellipsoid or that of the pose CRS): collinearity holds over any distance
///   geographic  longitude, latitude in degrees (WGS 84), ellipsoidal height: RPC
/// Heights go through unchanged: terrain heights are already in the system of the poses.
/// Safe to use from several threads at once.
class GroundSpace {
public:
    enum class Kind : std::uint8_t { map, cartesian, geographic };

    GroundSpace(Kind kind, const std::string& map_crs, const std::string& pose_crs);
    ~GroundSpace();
    GroundSpace(GroundSpace&&) noexcept;
    GroundSpace& operator=(GroundSpace&&) noexcept;

    Kind kind() const;

    /// (x, y) of the map CRS and height -> this space, in place. Points that PROJ cannot transform become NaN.
    void from_map(std::span<Eigen::Vector3d> points) const;
    /// The way back.
    void to_map(std::span<Eigen::Vector3d> points) const;

    /// The point of a line of sight at a height, in this space. Behind the origin where the line only gets there
    /// backwards; NaN where it runs level.
    Eigen::Vector3d at_height(const Ray& ray, double height) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// WKT of anything the config may name as a CRS: "EPSG:n", WKT, PROJ string, or a file that holds one.
/// Throws InputError for what PROJ does not know.
std::string resolve_crs(const std::string& text);

/// Metres per unit of a projected CRS; throws InputError for a geographic one.
double metres_per_unit(const std::string& crs_wkt);

/// Metres on the ellipsoid in a unit of a projected CRS about a place: the root of the ratio of areas. That of
/// metres_per_unit() where PROJ cannot tell.
double metres_on_ground(const std::string& crs_wkt, double x, double y);

} // namespace overflight
