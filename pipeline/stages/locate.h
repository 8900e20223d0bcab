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
#include <span>
#include <utility>
#include <vector>

namespace overflight {

/// A tile's ground in a mission's ground space, on lattices of nodes at three heights that span the tile's relief.
/// Computed once a tile and shared by all frames that see it: the map projection is the dearest part.
class TileGround {
public:
    TileGround(const Grid& grid, const Window& window, const GroundSpace& space, const TileHeights& heights);

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

    const Window& window() const { return window_; }
    HeightRange range() const { return range_; }
    const Nodes& nodes(int step) const;
    const std::vector<Probe>& probes(int step) const;

    /// Ground point of a single pixel, exactly.
    Eigen::Vector3d exact(double col, double row, float height) const;
    /// Ground points of `count` pixels of a row from column `first` on, exactly; whoever asks for a run again, for
    /// another frame, must have the same heights. Valid as long as this.
    const Eigen::Vector3d* exact_run(int row, int first, std::size_t count, const float* heights) const;

    /// The ground of a part of the window, by column and row in it; whoever asks again must have the same heights.
    const TileGround& part(const Window& part, const TileHeights& heights) const;

private:
    TileGround(const TileGround& whole, const Window& part, const TileHeights& heights);

    const Grid& grid_;
    Window window_;
    const GroundSpace& space_;
    HeightRange range_;
    mutable std::map<int, Nodes> nodes_;
    mutable std::map<int, std::vector<Probe>> probes_;
    mutable std::map<std::pair<int, int>, std::vector<Eigen::Vector3d>> exact_runs_; ///< by row and first column
    mutable std::map<std::pair<std::int64_t, std::int64_t>, TileGround> parts_;      ///< by column and row
};

/// Where the pixels of a tile lie in a frame, to within `max_position_error` pixels of the exact projection.
///
/// The projection is interpolated in (x, y, height) from lattice nodes, in homogeneous coordinates, which leaves only
/// lens distortion and map curvature to the interpolation; quadratic in height. Its error is checked between the nodes;
/// where the bound fails, nodes are set closer, then the tile is split, then every pixel is projected exactly.
class FrameLocator {
public:
    static constexpr double max_position_error = 0.02;

    FrameLocator(const TileGround& ground, const TileHeights& heights, const FrameCamera& camera);

    /// Frame positions (1/256 pixel, centre-based, absolute) of `count` pixels of tile row `row` from column `first`
    /// on; kernels::no_position where there is no height or the camera does not see.
    void positions(int row, int first, std::size_t count, std::int32_t* col_q8, std::int32_t* row_q8) const;

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

    bool fit(const TileGround& ground, int step, Patch& patch) const;

    const TileGround& ground_;
    const TileHeights& heights_;
    const FrameCamera& camera_;
    std::vector<Patch> patches_;
    int patch_side_ = 0; ///< patches lie in rows of this side
    int exact_patches_ = 0;
};

} // namespace overflight
