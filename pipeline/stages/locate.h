// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "geometry/frame_camera.h"
#include "geometry/ground_space.h"
#include "geometry/terrain.h"

#include <Eigen/Core>

#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace overflight {

/// The ground under a window in a mission's ground space, on lattices of nodes at three heights that span its relief.
class GroundLattices {
public:
    GroundLattices(const Grid& grid, const Window& window, const GroundSpace& space, HeightRange relief);

    struct Nodes {
        int step = 0, cols = 0, rows = 0;
        std::vector<Eigen::Vector3d> low, mid, high; ///< node (0, 0) on the window's pixel (0, 0)
    };
    /// Points between the nodes, where interpolation is worst: for the check of its error.
    struct Probe {
        double col = 0, row = 0; ///< in pixels of the window
        float height = 0;
        Eigen::Vector3d ground = Eigen::Vector3d::Zero();
    };

    HeightRange range() const { return range_; }
    const Nodes& nodes(int step) const;
    const std::vector<Probe>& probes(int step) const;

private:
    const Grid& grid_;
    Window window_;
    const GroundSpace& space_;
    HeightRange range_;
    mutable std::map<int, Nodes> nodes_;
    mutable std::map<int, std::vector<Probe>> probes_;
};

/// The ground under a window, between its lowest and its highest: a box's corners in a mission's ground space.
class GroundBox {
public:
    explicit GroundBox(const std::array<Eigen::Vector3d, 8>& corners) : corners_(corners) {}

    /// Whether a frame may show some of it. False only where it does not: corners are imaged, and what lens and map
    /// bend between them is allowed for.
    bool may_lie_in(const FrameCamera& camera) const;

private:
    std::array<Eigen::Vector3d, 8> corners_;
};

/// A tile's ground in a mission's ground space: what is asked for is computed once and shared by all frames that see
/// the tile, as the map projection is the dearest part. One thread at a time, locators on it included.
class TileGround {
public:
    /// All have to outlive it.
    TileGround(const Grid& grid, const Window& window, const GroundSpace& space, const TileHeights& heights);
    TileGround(const TileGround&) = delete;
    TileGround& operator=(const TileGround&) = delete;

    const Window& window() const { return window_; }
    const TileHeights& heights() const { return heights_; }
    const GroundLattices& whole() const { return whole_; }
    /// Of a part of the window (relative to it) with the relief in it; told apart by column and row.
    const GroundLattices& part(const Window& part) const;

    /// Of a part of the window (relative to it), with its heights.
    GroundBox box(const Window& part) const;

    /// Ground point of a single pixel at a height, exactly.
    Eigen::Vector3d exact(double col, double row, float height) const;
    /// Ground points of a row of a part (relative to the window), exactly; NaN where there is no height.
    const Eigen::Vector3d* exact_row(int row, const Window& part) const;

private:
    const Grid& grid_;
    Window window_;
    const GroundSpace& space_;
    const TileHeights& heights_;
    GroundLattices whole_;
    using Place = std::pair<std::int64_t, std::int64_t>; ///< column, row
    mutable std::map<Place, GroundLattices> parts_;
    mutable std::map<Place, std::vector<Eigen::Vector3d>> exact_rows_;
};

/// Where the pixels of a tile lie in a frame, to within `max_position_error` pixels of the exact projection.
///
/// The projection is interpolated in (x, y, height) from lattice nodes, in homogeneous coordinates, which leaves only
/// lens distortion and map curvature to the interpolation; quadratic in height. Its error is checked between the nodes;
/// where the bound fails, nodes are set closer, then the tile is split, then every pixel is projected exactly.
class FrameLocator {
public:
    static constexpr double max_position_error = 0.02;

    FrameLocator(const TileGround& ground, const FrameCamera& camera);

    /// Frame positions (1/256 pixel, centre-based, absolute) of `count` pixels of tile row `row` from column `first`
    /// on; kernels::no_position where there is no height or the camera does not see.
    void positions(int row, int first, std::size_t count, std::int32_t* col_q8, std::int32_t* row_q8) const;

    /// How far apart pixels next to each other in a part (relative to the tile) lie in the frame, in frame pixels along
    /// its lines and down its columns: in the ratio of what a pixel's two sides make together in each, and such that
    /// their product is the pixel's area. The medians of places over the part, as walls are steep. NaN where the camera
    /// sees none, or the part has one row or column.
    Eigen::Array2d spacing(const Window& part) const;

    /// How many patches had to be split or projected exactly: for the report and the tests.
    int exact_patches() const { return exact_patches_; }

private:
    struct Patch {
        Window window; ///< relative to the tile
        int step = 0;  ///< 0: project every pixel exactly
        int cols = 0, rows = 0;
        float height = 0;
        std::int32_t col_origin_q8 = 0, row_origin_q8 = 0;
        std::vector<float> nodes;
    };

    bool fit(const GroundLattices& ground, int step, Patch& patch) const;

    const TileGround& ground_;
    const FrameCamera& camera_;
    std::vector<Patch> patches_;
    int patch_side_ = 0; ///< patches lie in rows of this side
    int exact_patches_ = 0;
};

} // namespace overflight
