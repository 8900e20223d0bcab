// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "geometry/frame_camera.h"
#include "geometry/ground_space.h"
#include "geometry/terrain.h"

#include <Eigen/Core>

#include <cstdint>
#include <optional>
#include <vector>

namespace overflight {

/// How lines of sight (or of light) run through the space over a window of a grid, told on a level plane: where the
/// line through a point meets the plane. A point at height h above cell (col, row) lies on the line that meets the
/// plane at (col, row) + linear (h - plane) + square (h - plane)^2, in cells. What is higher is displaced away from the
/// eye. Nodes every `step` cells, linear between them and beyond them: exact for central projections over a map in
/// which they hold, as near as no matter for all others over the few hundred metres that something can hide.
class SightField {
public:
    struct Displacement {
        float linear_col = 0, linear_row = 0; ///< cells a metre
        float square_col = 0, square_row = 0; ///< cells a square metre
    };

    /// Alike everywhere: light from the sun, whose direction over the ground (cells a metre of height, towards it) is
    /// given.
    static SightField parallel(double towards_col, double towards_row, double plane);

    SightField() = default;
    SightField(double plane, int step, double first_col, double first_row, int cols, int rows)
        : plane_(plane), step_(step), by_cell_(1.0 / step), first_col_(first_col), first_row_(first_row), cols_(cols),
          rows_(rows), nodes_(static_cast<std::size_t>(cols) * static_cast<std::size_t>(rows)) {}

    float plane() const { return static_cast<float>(plane_); }
    int step() const { return step_; }
    double first_col() const { return first_col_; }
    double first_row() const { return first_row_; }
    int cols() const { return cols_; }
    int rows() const { return rows_; }
    Displacement& node(int col, int row) { return nodes_[static_cast<std::size_t>(row * cols_ + col)]; }
    const Displacement& node(int col, int row) const { return nodes_[static_cast<std::size_t>(row * cols_ + col)]; }

    Displacement at(double col, double row) const;

private:
    double plane_ = 0;
    int step_ = 1;
    double by_cell_ = 1;                   ///< nodes a cell: steps are powers of two, so that this divides exactly
    double first_col_ = 0, first_row_ = 0; ///< cell of the first node, counted like the grid's pixels
    int cols_ = 0, rows_ = 0;              ///< at least 2 x 2
    std::vector<Displacement> nodes_;
};

/// The ground space around places on the map, to first order: shared by all cameras that look at them.
struct GroundFrame {
    Eigen::Vector3d point;           ///< of the place at the height asked for
    Eigen::Vector3d east, north, up; ///< change with map x, map y and height
};

std::vector<GroundFrame> ground_frames(const GroundSpace& space, const std::vector<Eigen::Vector3d>& places);

/// Change of map x and y with height along the line of sight through a place, towards the camera; NaN where it does
/// not see the place.
Eigen::Vector2d sight_slope(const FrameCamera& camera, const GroundFrame& at);

/// Ground frames on the nodes of a SightField over a window, at the height of its plane.
class SightNodes {
public:
    /// Heights between `range.min` and `range.max` are what will be asked for; the plane lies between them.
    SightNodes(const Grid& cells, const Window& window, const GroundSpace& space, HeightRange range);

    /// Nodes that the camera does not see (beyond its frame) go on as the others begin, linearly. False where it sees
    /// fewer than three.
    bool field(const FrameCamera& camera, SightField& out) const;

private:
    std::optional<SightField::Displacement> displacement(const FrameCamera& camera, const GroundFrame& at) const;
    static bool fill(const std::vector<std::uint8_t>& seen, SightField& field);

    SightField empty_;
    double half_range_;
    double resolution_;
    std::vector<GroundFrame> frames_;
};

} // namespace overflight
