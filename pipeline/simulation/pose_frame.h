// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include <memory>
#include <span>
#include <string>

namespace overflight::simulation {

/// The scene's map CRS and what it is turned into: earth-centred Cartesian coordinates for true central projection,
/// longitude and latitude for RPC. Heights are taken as ellipsoidal. Not for use by several threads at once.
class PoseFrame {
public:
    explicit PoseFrame(const std::string& crs); ///< throws InputError for a CRS that is unknown or not in metres
    ~PoseFrame();
    PoseFrame(PoseFrame&&) noexcept;

    const std::string& wkt() const;
    const std::string& name() const; ///< as GeoJSON wants it: urn:ogc:def:crs:EPSG::n where the CRS has a code

    void map_to_earth(std::span<Eigen::Vector3d> points) const;
    void earth_to_map(std::span<Eigen::Vector3d> points) const;
    void map_to_geographic(std::span<Eigen::Vector3d> points) const; ///< longitude, latitude (degrees), height

    /// Columns: grid east, grid north and up at a map point, in earth-centred axes.
    Eigen::Matrix3d local_axes(const Eigen::Vector3d& map_point) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace overflight::simulation
