// SPDX-License-Identifier: Apache-2.0
#include "stages/sight_field.h"

#include <Eigen/LU>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace overflight {
namespace {

constexpr int node_step = 64;

Eigen::Vector2d position(const ImagePoint& point) {
    return {point.w > 0 ? point.col() : NAN, point.w > 0 ? point.row() : NAN};
}

/// Change of the frame position with map x, map y and height.
Eigen::Matrix<double, 2, 3> derivative(const FrameCamera& camera, const GroundFrame& at) {
    const auto across = [&](const Eigen::Vector3d& by) -> Eigen::Vector2d {
        return (position(camera.project(at.point + by)) - position(camera.project(at.point - by))) / 2;
    };
    Eigen::Matrix<double, 2, 3> d;
    d << across(at.east), across(at.north), across(at.up);
    return d;
}

} // namespace

SightField SightField::parallel(double towards_col, double towards_row, double plane) {
    SightField field(plane, 1, 0, 0, 2, 2);
    for (Displacement& node : field.nodes_) {
        node.linear_col = static_cast<float>(-towards_col);
        node.linear_row = static_cast<float>(-towards_row);
    }
    return field;
}

SightField::Displacement SightField::at(double col, double row) const {
    const double x = (col - first_col_) * by_cell_, y = (row - first_row_) * by_cell_;
    const int c = std::clamp(static_cast<int>(x), 0, cols_ - 2), r = std::clamp(static_cast<int>(y), 0, rows_ - 2);
    const auto fx = static_cast<float>(x - c), fy = static_cast<float>(y - r);
    const auto parts = [&](int node_col, int node_row) { // all four at once
        return Eigen::Array4f(std::bit_cast<std::array<float, 4>>(node(node_col, node_row)).data());
    };
    const Eigen::Array4f above = parts(c, r) + fx * (parts(c + 1, r) - parts(c, r)),
                         below = parts(c, r + 1) + fx * (parts(c + 1, r + 1) - parts(c, r + 1));
    const Eigen::Array4f mixed = above + fy * (below - above);
    return {mixed[0], mixed[1], mixed[2], mixed[3]};
}

std::vector<GroundFrame> ground_frames(const GroundSpace& space, const std::vector<Eigen::Vector3d>& places) {
    std::vector<Eigen::Vector3d> points;
    points.reserve(4 * places.size());
    for (const Eigen::Vector3d& place : places)
        for (const Eigen::Vector3d& by :
             {Eigen::Vector3d(0, 0, 0), Eigen::Vector3d(1, 0, 0), Eigen::Vector3d(0, 1, 0), Eigen::Vector3d(0, 0, 1)})
            points.push_back(place + by);
    space.from_map(points);
    std::vector<GroundFrame> frames(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        const Eigen::Vector3d* p = points.data() + 4 * i;
        frames[i] = {p[0], p[1] - p[0], p[2] - p[0], p[3] - p[0]};
    }
    return frames;
}

Eigen::Vector2d sight_slope(const FrameCamera& camera, const GroundFrame& at) {
    const Eigen::Matrix<double, 2, 3> d = derivative(camera, at);
    return -d.leftCols<2>().inverse() * d.col(2);
}

SightNodes::SightNodes(const Grid& cells, const Window& window, const GroundSpace& space, HeightRange range)
    : empty_(0.5 * (static_cast<double>(range.min) + range.max), node_step, static_cast<double>(window.col),
             static_cast<double>(window.row), (window.width + node_step - 1) / node_step + 1,
             (window.height + node_step - 1) / node_step + 1),
      half_range_(std::max(1.0, 0.5 * (static_cast<double>(range.max) - range.min))), resolution_(cells.resolution) {
    std::vector<Eigen::Vector3d> places;
    for (int row = 0; row < empty_.rows(); ++row)
        for (int col = 0; col < empty_.cols(); ++col)
            places.emplace_back(cells.x(empty_.first_col() + col * node_step),
                                cells.y(empty_.first_row() + row * node_step), static_cast<double>(empty_.plane()));
    frames_ = ground_frames(space, places);
}

bool SightNodes::field(const FrameCamera& camera, SightField& out) const {
    out = empty_;
    std::vector<std::uint8_t> seen(frames_.size());
    std::size_t unseen = 0;
    for (std::size_t i = 0; i < frames_.size(); ++i) {
        const auto place = static_cast<int>(i);
        const std::optional<SightField::Displacement> node = displacement(camera, frames_[i]);
        seen[i] = node ? 1 : 0;
        unseen += node ? 0 : 1;
        if (node) out.node(place % out.cols(), place / out.cols()) = *node;
    }
    return unseen == 0 || fill(seen, out);
}

std::optional<SightField::Displacement> SightNodes::displacement(const FrameCamera& camera,
                                                                 const GroundFrame& at) const {
    const Eigen::Matrix<double, 2, 3> d = derivative(camera, at);
    const Eigen::Matrix2d back = d.leftCols<2>().inverse();
    const Eigen::Vector2d slope = -back * d.col(2);
    // where the lines of sight through the lowest and the highest point above the node meet the plane
    const auto meets = [&](double rise) {
        const Eigen::Vector2d seen = position(camera.project(at.point + at.up * rise));
        Eigen::Vector2d by = -slope * rise;
        for (int step = 0; step < 2; ++step)
            by -= back * (position(camera.project(at.point + at.east * by.x() + at.north * by.y())) - seen);
        return by;
    };
    const Eigen::Vector2d low = meets(-half_range_), high = meets(half_range_);
    if (!low.allFinite() || !high.allFinite()) return {};
    const Eigen::Vector2d linear = (high - low) / (2 * half_range_) / resolution_,
                          square = (high + low) / (2 * half_range_ * half_range_) / resolution_;
    return SightField::Displacement{static_cast<float>(linear.x()), static_cast<float>(-linear.y()),
                                    static_cast<float>(square.x()), static_cast<float>(-square.y())};
}

/// By the plane of least squares through the nodes that are seen.
bool SightNodes::fill(const std::vector<std::uint8_t>& seen, SightField& field) {
    using Displacement = SightField::Displacement;
    Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
    Eigen::Matrix<double, 3, 4> right = Eigen::Matrix<double, 3, 4>::Zero();
    const auto place = [&](std::size_t i) {
        const auto at = static_cast<int>(i);
        return Eigen::Vector3d(1, at % field.cols(), at / field.cols());
    };
    const auto node = [&](std::size_t i) -> Displacement& {
        const auto at = static_cast<int>(i);
        return field.node(at % field.cols(), at / field.cols());
    };
    for (std::size_t i = 0; i < seen.size(); ++i) {
        if (seen[i] == 0) continue;
        const Displacement& d = node(i);
        const Eigen::Vector3d p = place(i);
        normal += p * p.transpose();
        right += p * Eigen::RowVector4d(d.linear_col, d.linear_row, d.square_col, d.square_row);
    }
    const Eigen::FullPivLU<Eigen::Matrix3d> solver(normal);
    if (!solver.isInvertible()) return false;
    const Eigen::Matrix<double, 3, 4> plane = solver.solve(right);
    for (std::size_t i = 0; i < seen.size(); ++i) {
        if (seen[i] != 0) continue;
        const Eigen::RowVector4d d = place(i).transpose() * plane;
        node(i) = {static_cast<float>(d[0]), static_cast<float>(d[1]), static_cast<float>(d[2]),
                   static_cast<float>(d[3])};
    }
    return true;
}

} // namespace overflight
