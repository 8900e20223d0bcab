// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace overflight {

/// A model of the geoid: height above the ellipsoid = height above the geoid + undulation. Any grid of longitude and
/// latitude that GDAL reads (.gtx, .tif); bilinear between its nodes. Safe to use from several threads.
class GeoidGrid {
public:
    /// Throws InputError that names the config key.
    GeoidGrid(const std::filesystem::path& file, const std::string& key);
    ~GeoidGrid();

    /// Metres, at longitude and latitude in degrees; NaN outside the grid.
    double undulation(double lon, double lat) const;

    const std::filesystem::path& file() const { return file_; }
    const std::vector<std::filesystem::path>& files() const { return files_; } ///< that it is made of, itself first

private:
    struct State;
    std::filesystem::path file_;
    std::vector<std::filesystem::path> files_;
    std::unique_ptr<State> state_;
};

/// What leads from terrain heights to the heights of the poses: + undulation of `plus`, - undulation of `minus`.
struct VerticalShift {
    std::shared_ptr<const GeoidGrid> plus, minus;

    bool none() const { return !plus && !minus; }
    double at(double lon, double lat) const {
        return (plus ? plus->undulation(lon, lat) : 0) - (minus ? minus->undulation(lon, lat) : 0);
    }
};

/// The geoid grid of a statement: its path, a file of that name in PROJ's folders, or that of the vertical CRS EGM84,
/// EGM96 or EGM2008 there. Empty where there is none.
std::optional<std::filesystem::path> find_geoid_grid(const std::string& statement);

/// Settles the vertical datums of terrain and poses.
///   terrain.heights  "same_as_poses": no shift. "ellipsoidal", a grid: the terrain's datum, whatever its file says.
///                    Empty: what the terrain's file states (`terrain_states`: "ellipsoidal", a vertical CRS' name, or
///                    "")
///   pose_heights     "ellipsoidal", a grid's path, a vertical CRS' name, or "" where nothing is said. Then the poses
///   are
///                    taken as ellipsoidal, as GNSS heights are, if terrain.heights is set; else the statement is
///                    missing.
/// Grids are found by find_geoid_grid(). Throws InputError where a statement or a grid is missing.
VerticalShift settle_heights(const TerrainConfig& config, const std::string& terrain_states,
                             const std::string& pose_heights);

} // namespace overflight
