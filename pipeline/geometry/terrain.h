// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "core/grid.h"
#include "geometry/terrain_overview.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace overflight {

/// Heights of one tile, one a pixel, row-major.
struct TileHeights {
    std::vector<float> height;        ///< in the poses' height system; NaN where there is none
    std::vector<std::uint8_t> filled; ///< 1 where a hole or the outside was filled; empty where nothing was
    HeightRange range;                ///< of the finite heights; {0, 0} where none
};

/// Of the finite heights; {0, 0} where none.
HeightRange range_of(const std::vector<float>& heights);

class PostCache;

/// A terrain or surface model, bilinear between its posts. Holes (nodata, NaN, masked, absurd: outside -500 .. 9000 m)
/// are filled smoothly from their surroundings and flagged. Reads windows: memory does not grow with the model. Safe to
/// use from several threads at once.
class Terrain {
public:
    /// How heights are turned into those of the poses: constant offset and, where the vertical datums differ, the
    /// undulation of their grids (see vertical_datum.h; pose_heights is that of MissionCameras). The height of
    /// OutsideTerrain::constant counts like those of the model. Throws InputError: unreadable file, missing statement
    /// or grid of a vertical datum (key terrain.heights), a geoid grid that does not cover the model. Reads all posts
    /// once, unless `overviews` knows the model. Decoded posts are held in `cache`, or in one of its own.
    Terrain(const TerrainConfig& config, const std::string& map_crs, const std::string& pose_heights,
            TerrainOverviews* overviews = nullptr, std::shared_ptr<PostCache> cache = nullptr);
    /// nearest_heights() of a model of which no more is asked. Throws what the constructor does, but for what takes
    /// more than headers to find.
    static std::vector<double> glance(const TerrainConfig& config, const std::string& map_crs,
                                      const std::string& pose_heights,
                                      std::span<const std::pair<double, double>> points);
    ~Terrain();
    Terrain(Terrain&&) noexcept;
    Terrain& operator=(Terrain&&) noexcept;

    /// Heights at the pixel centres of a window of a grid in the map CRS. At most 4 million posts are held at a time,
    /// whatever the window; the model's positions are interpolated to 0.02 post where its CRS is not that of the map.
    void heights(const Grid& grid, const Window& window, TileHeights& out) const;

    /// The same of cells at least half as wide as those of the reduced level: from these, which are means, and no post
    /// is read; what was filled is not flagged then. Of narrower ones heights().
    void cell_heights(const Grid& cells, const Window& window, TileHeights& out) const;

    /// The posts that heights() of a window depends on, with their place and which of them are holes, as bytes to be
    /// compared with those of another time, piece by piece. None where the window lies outside or the terrain is flat.
    void posts_under(const Grid& grid, const Window& window,
                     const std::function<void(std::span<const std::byte>)>& use) const;
    /// The model's own files: its header, mask and overviews included; none where the terrain is flat.
    std::vector<std::filesystem::path> files() const;
    /// Those that it leads to as a VRT: they may be many, and few of them under the mission.
    std::vector<std::filesystem::path> sources() const;
    /// Of the geoid grids that turn its heights into those of the poses.
    std::vector<std::filesystem::path> geoid_files() const;
    /// What the model's file says of its heights: "ellipsoidal", the name of a vertical CRS, or nothing.
    std::string stated_datum() const;
    /// Where the posts lie, as text to be compared.
    std::string georeference() const;

    /// Height at a point of the map; NaN outside where the config refuses or leaves a gap.
    double height_at(double x, double y) const;

    /// Height at a point of the map from the reduced level that is kept in memory (at most 1024 x 1024 cells): cheap,
    /// for footprints. Beyond the model's border the height of the border.
    double reduced_height_at(double x, double y) const;

    /// Distance on the map between the points that reduced_height_at tells apart; infinite for a flat terrain.
    double reduced_spacing() const;

    /// Distance between posts on the map, about; infinite for a flat terrain.
    double post_spacing() const;

    /// Of the whole model; used for bounds and search intervals.
    HeightRange range() const;

    /// Of the posts that have a say within bounds on the map: holds every height there, and little more.
    HeightRange range_within(const Bounds& bounds) const;

    /// Share of the points (map CRS) that lie within the model's border; 1 for a flat terrain.
    double coverage(std::span<const std::pair<double, double>> points) const;

    /// The model's border on the map, as a ring without a last point that repeats the first; 64 points a side, without
    /// those that cannot be transformed. Empty for a flat terrain.
    std::vector<std::pair<double, double>> border() const;

    /// Heights at some points of the map, to the nearest post; NaN in holes and beyond the model. Each costs GDAL a
    /// block of the file. Of a model, not of flat terrain.
    std::vector<double> nearest_heights(std::span<const std::pair<double, double>> points) const;

private:
    void find_heights(const Grid& grid, const Window& window, bool reduced, TileHeights& out) const;

    struct State;
    std::unique_ptr<State> state_;
};

} // namespace overflight
