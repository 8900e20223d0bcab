// SPDX-License-Identifier: Apache-2.0
#include "stages/locate.h"

#include "core/quantile.h"
#include "geometry/range_gatherer.h"
#include "kernels/lattice.h"
#include "kernels/resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace overflight {
namespace {

constexpr int coarsest_step = 32, finest_step = 8;
constexpr std::size_t cache_line = 16; ///< in heights
constexpr int split_side = 64;

/// The part of the error bound that interpolation may use; the rest is for float arithmetic and the 1/256 pixel grid.
constexpr double interpolation_share = 0.75;

double fraction_height(const HeightRange& range, double t) {
    return range.min + t * (range.max - range.min);
}

/// Relief below this is stretched to it, so that the change with height stays well conditioned on flat ground.
HeightRange at_least(HeightRange range, float relief) {
    const float missing = relief - (range.max - range.min);
    if (missing > 0) {
        range.min -= missing / 2;
        range.max += missing / 2;
    }
    return range;
}

HeightRange range_of(const TileHeights& heights, int tile_width, const Window& part) {
    RangeGatherer range;
    for (int row = 0; row < part.height; ++row)
        range.add(heights.height.data() + (part.row + row) * tile_width + part.col,
                  static_cast<std::size_t>(part.width));
    return range.range();
}

bool finite(const ImagePoint& point) {
    return std::isfinite(point.u) && std::isfinite(point.v) && point.w > 0;
}

} // namespace

GroundLattices::GroundLattices(const Grid& grid, const Window& window, const GroundSpace& space, HeightRange relief)
    : grid_(grid), window_(window), space_(space), range_(at_least(relief, static_cast<float>(4 * grid.resolution))) {}

const GroundLattices::Nodes& GroundLattices::nodes(int step) const {
    const auto [entry, fresh] = nodes_.try_emplace(step);
    Nodes& nodes = entry->second;
    if (!fresh) return nodes;
    nodes.step = step;
    nodes.cols = (window_.width + step - 1) / step + 1;
    nodes.rows = (window_.height + step - 1) / step + 1;
    const auto fill = [&](std::vector<Eigen::Vector3d>& points, double height) {
        points.reserve(static_cast<std::size_t>(nodes.cols) * static_cast<std::size_t>(nodes.rows));
        for (int row = 0; row < nodes.rows; ++row)
            for (int col = 0; col < nodes.cols; ++col)
                points.emplace_back(grid_.x(static_cast<double>(window_.col + col * step)),
                                    grid_.y(static_cast<double>(window_.row + row * step)), height);
        space_.from_map(points);
    };
    fill(nodes.low, range_.min);
    fill(nodes.mid, fraction_height(range_, 0.5));
    fill(nodes.high, range_.max);
    return nodes;
}

const std::vector<GroundLattices::Probe>& GroundLattices::probes(int step) const {
    const auto [entry, fresh] = probes_.try_emplace(step);
    std::vector<Probe>& probes = entry->second;
    if (!fresh) return probes;
    // cell centres of a 5 x 5 pattern, at the heights where a parabola through the three levels is furthest off
    const int cols = nodes(step).cols - 1, rows = nodes(step).rows - 1;
    std::vector<Eigen::Vector3d> points;
    for (int i = 0; i < 5; ++i) {
        for (int j = 0; j < 5; ++j) {
            Probe probe;
            probe.col = (static_cast<double>(j * (cols - 1) / 4) + 0.5) * step;
            probe.row = (static_cast<double>(i * (rows - 1) / 4) + 0.5) * step;
            for (const double t : {0.21, 0.79}) {
                probe.height = static_cast<float>(fraction_height(range_, t));
                probes.push_back(probe);
                points.emplace_back(grid_.x(static_cast<double>(window_.col) + probe.col),
                                    grid_.y(static_cast<double>(window_.row) + probe.row), probe.height);
            }
        }
    }
    space_.from_map(points);
    for (std::size_t i = 0; i < probes.size(); ++i) probes[i].ground = points[i];
    return probes;
}

TileGround::TileGround(const Grid& grid, const Window& window, const GroundSpace& space, const TileHeights& heights)
    : grid_(grid), window_(window), space_(space), heights_(heights), whole_(grid, window, space, heights.range) {}

const GroundLattices& TileGround::part(const Window& part) const {
    const Place place{part.col, part.row};
    const auto known = parts_.find(place);
    if (known != parts_.end()) return known->second;
    const Window window{window_.col + part.col, window_.row + part.row, part.width, part.height};
    return parts_.emplace(place, GroundLattices(grid_, window, space_, range_of(heights_, window_.width, part)))
        .first->second;
}

GroundBox TileGround::box(const Window& part) const {
    const HeightRange range = range_of(heights_, window_.width, part);
    std::array<Eigen::Vector3d, 8> corners;
    for (std::size_t k = 0; k < corners.size(); ++k) {
        const std::int64_t col = part.col + ((k & 1) != 0 ? part.width - 1 : 0),
                           row = part.row + ((k & 2) != 0 ? part.height - 1 : 0);
        corners[k] = {grid_.x(static_cast<double>(window_.col + col)), grid_.y(static_cast<double>(window_.row + row)),
                      static_cast<double>((k & 4) != 0 ? range.max : range.min)};
    }
    space_.from_map(corners);
    return GroundBox(corners);
}

bool GroundBox::may_lie_in(const FrameCamera& camera) const {
    constexpr double least_slack = 16, slack_share = 0.125; // of frame pixels, and of what the box extends over
    constexpr double infinity = std::numeric_limits<double>::infinity();
    Eigen::Array2d low(infinity, infinity), high(-infinity, -infinity);
    for (const Eigen::Vector3d& corner : corners_) {
        const ImagePoint point = camera.project(corner);
        if (!finite(point) || !(point.w > 0)) return true; // who knows of the rest
        low = low.min(Eigen::Array2d(point.col(), point.row()));
        high = high.max(Eigen::Array2d(point.col(), point.row()));
    }
    const Eigen::Array2d slack = least_slack + slack_share * (high - low);
    return ((high + slack) >= 0).all() && ((low - slack) <= Eigen::Array2d(camera.width, camera.height)).all();
}

Eigen::Vector3d TileGround::exact(double col, double row, float height) const {
    Eigen::Vector3d point(grid_.x(static_cast<double>(window_.col) + col),
                          grid_.y(static_cast<double>(window_.row) + row), height);
    space_.from_map(std::span(&point, 1));
    return point;
}

const Eigen::Vector3d* TileGround::exact_row(int row, const Window& part) const {
    const auto [entry, fresh] = exact_rows_.try_emplace({part.col, row});
    std::vector<Eigen::Vector3d>& points = entry->second;
    if (fresh) {
        const float* heights = heights_.height.data() + std::ptrdiff_t{row} * window_.width + part.col;
        for (int i = 0; i < part.width; ++i)
            points.emplace_back(grid_.x(static_cast<double>(window_.col + part.col + i)),
                                grid_.y(static_cast<double>(window_.row + row)), heights[i]);
        space_.from_map(points);
    }
    return points.data();
}

FrameLocator::FrameLocator(const TileGround& ground, const FrameCamera& camera) : ground_(ground), camera_(camera) {
    const Window& tile = ground.window();
    Patch whole;
    whole.window = {0, 0, tile.width, tile.height};
    for (int step = coarsest_step; step >= finest_step; step /= 2) {
        if (!fit(ground.whole(), step, whole)) continue;
        patch_side_ = std::max(tile.width, tile.height);
        patches_.push_back(std::move(whole));
        return;
    }
    patch_side_ = split_side;
    for (int row = 0; row < tile.height; row += split_side) {
        for (int col = 0; col < tile.width; col += split_side) {
            Patch patch;
            patch.window = {col, row, std::min(split_side, tile.width - col), std::min(split_side, tile.height - row)};
            if (!fit(ground.part(patch.window), finest_step, patch)) {
                patch.step = 0;
                ++exact_patches_;
            }
            patches_.push_back(std::move(patch));
        }
    }
}

bool FrameLocator::fit(const GroundLattices& ground, int step, Patch& patch) const {
    const GroundLattices::Nodes& nodes = ground.nodes(step);
    const std::size_t count = nodes.low.size();
    const HeightRange range = ground.range();
    const double half = 0.5 * (static_cast<double>(range.max) - range.min);

    // positions are kept relative to a whole pixel near the tile, so that floats hold them to 1e-4 pixel
    ImagePoint centre = camera_.project(nodes.mid[count / 2]);
    for (std::size_t i = 0; i < count && !finite(centre); ++i) centre = camera_.project(nodes.mid[i]);
    if (!finite(centre) || std::abs(centre.col()) > 4e6 || std::abs(centre.row()) > 4e6) return false;
    const double col_origin = std::round(centre.col()), row_origin = std::round(centre.row());

    patch.step = step;
    patch.cols = nodes.cols;
    patch.rows = nodes.rows;
    patch.height = static_cast<float>(fraction_height(range, 0.5));
    patch.col_origin_q8 = static_cast<std::int32_t>(col_origin) * kernels::phases;
    patch.row_origin_q8 = static_cast<std::int32_t>(row_origin) * kernels::phases;
    patch.nodes.resize(count * kernels::Lattice::values);
    for (std::size_t i = 0; i < count; ++i) {
        const ImagePoint low = camera_.project(nodes.low[i]), mid = camera_.project(nodes.mid[i]),
                         high = camera_.project(nodes.high[i]);
        if (!finite(low) || !finite(mid) || !finite(high)) return false;
        const auto relative = [&](const ImagePoint& p) -> Eigen::Array3d {
            return Eigen::Array3d(p.u - col_origin * p.w, p.v - row_origin * p.w, p.w) / centre.w;
        };
        const Eigen::Array3d a = relative(low), b = relative(mid), c = relative(high);
        const Eigen::Array3d slope = (c - a) / (2 * half), bend = (a - 2 * b + c) / (2 * half * half);
        float* node = patch.nodes.data() + i * kernels::Lattice::values;
        for (int k = 0; k < 3; ++k) {
            node[k] = static_cast<float>(b[k]);
            node[3 + k] = static_cast<float>(slope[k]);
            node[6 + k] = static_cast<float>(bend[k]);
        }
    }

    for (const GroundLattices::Probe& probe : ground.probes(step)) {
        const ImagePoint truth = camera_.project(probe.ground);
        if (!finite(truth)) return false;
        const auto cell_col = static_cast<int>(probe.col) / step, cell_row = static_cast<int>(probe.row) / step;
        const double t = static_cast<double>(probe.height) - patch.height;
        Eigen::Array3d mean = Eigen::Array3d::Zero();
        for (const int corner : {0, 1, patch.cols, patch.cols + 1}) { // a probe is a cell's centre
            const float* node =
                patch.nodes.data() +
                static_cast<std::size_t>(cell_row * patch.cols + cell_col + corner) * kernels::Lattice::values;
            for (int k = 0; k < 3; ++k) mean[k] += 0.25 * (node[k] + t * (node[3 + k] + t * node[6 + k]));
        }
        const double error =
            std::hypot(mean[0] / mean[2] + col_origin - truth.col(), mean[1] / mean[2] + row_origin - truth.row());
        if (!(error <= interpolation_share * max_position_error)) return false;
    }
    return true;
}

Eigen::Array2d FrameLocator::spacing(const Window& part) const {
    constexpr int places = 8, widest_step = 4; // pixels, so that the positions' rounding has no say
    const int step = std::min({widest_step, part.width - 1, part.height - 1});
    std::vector<double> along, down;
    for (int place = 0; step > 0 && place < places * places; ++place) {
        const int col = static_cast<int>(part.col) + (part.width - 1 - step) * (place % places) / (places - 1),
                  row = static_cast<int>(part.row) + (part.height - 1 - step) * (place / places) / (places - 1);
        std::array<std::int32_t, widest_step + 1> cols, rows;
        std::int32_t col_below = 0, row_below = 0;
        positions(row, col, static_cast<std::size_t>(step) + 1, cols.data(), rows.data());
        positions(row + step, col, 1, &col_below, &row_below);
        const auto end = static_cast<std::size_t>(step);
        if (cols[0] == kernels::no_position || cols[end] == kernels::no_position || col_below == kernels::no_position)
            continue;
        const Eigen::Array2d east(cols[end] - cols[0], rows[end] - rows[0]),
            south(col_below - cols[0], row_below - rows[0]);
        const Eigen::Array2d both = (east.square() + south.square()).sqrt();
        const double area = std::abs(east.x() * south.y() - east.y() * south.x());
        if (!(both.prod() > 0)) continue;
        const Eigen::Array2d apart = both * std::sqrt(area / both.prod()) / (step * kernels::phases);
        along.push_back(apart.x());
        down.push_back(apart.y());
    }
    if (along.empty()) return Eigen::Array2d::Constant(NAN);
    return {median(along), median(down)};
}

void FrameLocator::positions(int row, int first, std::size_t count, std::int32_t* col_q8, std::int32_t* row_q8) const {
    const Window& tile = ground_.window();
    const int patches_across = (tile.width + patch_side_ - 1) / patch_side_;
    for (int col = first, end = first + static_cast<int>(count); col < end;) {
        const Patch& patch = patches_[static_cast<std::size_t>(row / patch_side_ * patches_across + col / patch_side_)];
        const int stop = std::min(end, static_cast<int>(patch.window.col) + patch.window.width);
        const auto run = static_cast<std::size_t>(stop - col);
        const float* heights = ground_.heights().height.data() + static_cast<std::ptrdiff_t>(row) * tile.width + col;
        std::int32_t *to_col = col_q8 + (col - first), *to_row = row_q8 + (col - first);
        if (row + 1 < tile.height) // a part's rows lie far apart: the machine does not see that the next one follows
            for (std::size_t i = 0; i < run; i += cache_line) __builtin_prefetch(heights + tile.width + i);
        if (patch.step > 0) {
            const kernels::Lattice lattice{patch.nodes.data(), patch.cols,          patch.rows,         patch.step,
                                           patch.height,       patch.col_origin_q8, patch.row_origin_q8};
            kernels::lattice_positions(lattice, row - static_cast<int>(patch.window.row),
                                       col - static_cast<int>(patch.window.col), run, heights, to_col, to_row);
        } else {
            const Eigen::Vector3d* ground = ground_.exact_row(row, patch.window) + (col - patch.window.col);
            for (std::size_t i = 0; i < run; ++i) {
                const ImagePoint point =
                    std::isnan(heights[i]) ? ImagePoint{NAN, NAN, NAN} : camera_.project(ground[i]);
                const bool seen = finite(point) && std::abs(point.col()) < 4e6 && std::abs(point.row()) < 4e6;
                to_col[i] =
                    seen ? static_cast<std::int32_t>(std::lrint(point.col() * kernels::phases)) : kernels::no_position;
                to_row[i] =
                    seen ? static_cast<std::int32_t>(std::lrint(point.row() * kernels::phases)) : kernels::no_position;
            }
        }
        col = stop;
    }
}

} // namespace overflight
