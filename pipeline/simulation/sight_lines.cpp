// SPDX-License-Identifier: Apache-2.0
#include "simulation/sight_lines.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

namespace overflight::simulation {

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

/// A ray that comes nearer to the horizon than this sees nothing (cosine of the angle from the nadir).
constexpr double horizon = 0.08;

/// Where rays meet a height: straight in map space.
Eigen::Vector3d meet(const Eigen::Vector3d& origin, const Eigen::Vector3d& direction, double height) {
    return origin + direction * ((height - origin.z()) / direction.z());
}

/// Where rays in earth-centred axes meet an ellipsoidal height, on the map: Newton's method along the ray.
std::vector<Eigen::Vector3d> meet_on_earth(const PoseFrame& frame, const Eigen::Vector3d& center, double center_height,
                                           const Eigen::Vector3d& up, const std::vector<Eigen::Vector3d>& directions,
                                           double height) {
    std::vector<double> way(directions.size());
    for (std::size_t i = 0; i < way.size(); ++i) way[i] = (height - center_height) / directions[i].dot(up);
    std::vector<Eigen::Vector3d> points(directions.size());
    const double radius = center.norm();
    for (int iteration = 0;; ++iteration) {
        for (std::size_t i = 0; i < points.size(); ++i) points[i] = center + way[i] * directions[i];
        frame.earth_to_map(points);
        double worst = 0;
        for (std::size_t i = 0; i < points.size(); ++i) {
            const double miss = height - points[i].z(), cosine = directions[i].dot(up);
            way[i] += miss / (cosine + way[i] * (1 - cosine * cosine) / radius);
            if (std::isfinite(miss)) worst = std::max(worst, std::abs(miss));
        }
        if (worst < 1e-7 || iteration == 8) return points;
    }
}

/// Weights of the cubic through nodes at -1, 0, 1, 2.
std::array<double, 4> cubic(double t) {
    return {-t * (t - 1) * (t - 2) / 6, (t + 1) * (t - 1) * (t - 2) / 2, -(t + 1) * t * (t - 2) / 2,
            (t + 1) * t * (t - 1) / 6};
}

} // namespace

SightLines::SightLines(const Exposure& exposure, const MissionSettings& mission, const PoseFrame& frame,
                       const Point2& center, double reference, double range)
    : reference_(reference) {
    const ExactCamera& camera = exposure.exact;
    cols_ = static_cast<int>((camera.interior.width - 1) / step) + 4;
    rows_ = static_cast<int>((camera.interior.height - 1) / step) + 4;
    nodes_.resize(static_cast<std::size_t>(cols_) * rows_);

    const bool curved = mission.pose_space == PoseSpace::cartesian;
    straight_ = !curved;
    const Eigen::Vector3d up =
        curved ? Eigen::Vector3d(frame.local_axes(exposure.truth.position).col(2)) : Eigen::Vector3d::UnitZ();
    std::vector<Eigen::Vector3d> directions(nodes_.size());
    for (int r = 0; r < rows_; ++r) {
        for (int c = 0; c < cols_; ++c) {
            const double col = (c - 1) * step, row = (r - 1) * step;
            const auto k = static_cast<std::size_t>(r * cols_ + c);
            const auto direction = camera.direction(col, row);
            const double cosine = direction ? -direction->dot(up) : 0;
            Node& node = nodes_[k];
            if (cosine < horizon) {
                node.fill(nan_value);
                directions[k] = -up; // any line will do: the node stays empty
                continue;
            }
            directions[k] = *direction;
            const double lens = 1 - mission.vignetting * camera.relative_radius2(col, row);
            const double air = std::pow(1 - mission.haze, 1 / cosine);
            node[6] = lens * air;
            node[7] = lens * 0.3 * (1 - air);
        }
    }
    const auto set = [&](std::size_t k, const Eigen::Vector3d& low, const Eigen::Vector3d& middle,
                         const Eigen::Vector3d& high) {
        Node& node = nodes_[k];
        if (std::isnan(node[6])) return;
        const Eigen::Vector3d slope = (high - low) / (2 * range),
                              bend = (high - 2 * middle + low) / (2 * range * range);
        node[0] = middle.x() - center.x, node[1] = middle.y() - center.y;
        node[2] = slope.x(), node[3] = slope.y();
        node[4] = curved ? bend.x() : 0, node[5] = curved ? bend.y() : 0;
    };
    if (!curved) {
        for (std::size_t k = 0; k < nodes_.size(); ++k) {
            set(k, meet(camera.center, directions[k], reference - range), meet(camera.center, directions[k], reference),
                meet(camera.center, directions[k], reference + range));
        }
        return;
    }
    const double z = exposure.truth.position.z();
    const auto low = meet_on_earth(frame, camera.center, z, up, directions, reference - range);
    const auto middle = meet_on_earth(frame, camera.center, z, up, directions, reference);
    const auto high = meet_on_earth(frame, camera.center, z, up, directions, reference + range);
    for (std::size_t k = 0; k < nodes_.size(); ++k) set(k, low[k], middle[k], high[k]);
}

SightLines::Pixel SightLines::at(double col, double row) const {
    const double c = col / step + 1, r = row / step + 1;
    const int ci = std::clamp(static_cast<int>(c), 1, cols_ - 3), ri = std::clamp(static_cast<int>(r), 1, rows_ - 3);
    const auto wc = cubic(c - ci), wr = cubic(r - ri);
    Node sum{};
    for (int j = 0; j < 4; ++j) {
        const Node* nodes = nodes_.data() + static_cast<std::ptrdiff_t>(ri - 1 + j) * cols_ + ci - 1;
        for (std::size_t k = 0; k < channels; ++k) {
            sum[k] += wr[static_cast<std::size_t>(j)] *
                      (wc[0] * nodes[0][k] + wc[1] * nodes[1][k] + wc[2] * nodes[2][k] + wc[3] * nodes[3][k]);
        }
    }
    return {{sum[0], sum[1], sum[2], sum[3], sum[4], sum[5], reference_}, sum[6], sum[7]};
}

SightLines::Row::Row(std::size_t count)
    : x0(count + step), y0(count + step), tx(count + step), ty(count + step), cx(count + step), cy(count + step),
      through(count + step), veil(count + step) {}

void SightLines::Row::put(std::size_t k, const Pixel& pixel) {
    x0[k] = pixel.line.x0, y0[k] = pixel.line.y0, tx[k] = pixel.line.tx, ty[k] = pixel.line.ty;
    cx[k] = pixel.line.cx, cy[k] = pixel.line.cy;
    through[k] = static_cast<float>(pixel.through), veil[k] = static_cast<float>(pixel.veil);
}

void SightLines::Row::put(std::size_t k, const Row& here, std::size_t c, double aside, const Row& above,
                          const Row& below, double down) {
    const double a = 0.5 * aside, d = 0.5 * down;
    const auto beside = [&](auto member) {
        const auto& row = here.*member;
        (this->*member)[k] = row[c] + a * (row[c + 1] - row[c - 1]) + d * ((below.*member)[c] - (above.*member)[c]);
    };
    for (const auto member : {&Row::x0, &Row::y0, &Row::tx, &Row::ty}) beside(member);
    cx[k] = here.cx[c], cy[k] = here.cy[c]; // next to constant
    through[k] = here.through[c], veil[k] = here.veil[c];
}

void SightLines::row(int col, int row, int count, Row& out) const {
    const double r = static_cast<double>(row) / step + 1;
    const int ri = std::clamp(static_cast<int>(r), 1, rows_ - 3);
    const auto wr = cubic(r - ri);
    const auto column = [&](int c) {
        Node sum{};
        for (int j = 0; j < 4; ++j) {
            const Node& node = nodes_[static_cast<std::size_t>((ri - 1 + j) * cols_ + c)];
            for (std::size_t k = 0; k < channels; ++k) sum[k] += wr[static_cast<std::size_t>(j)] * node[k];
        }
        return sum;
    };
    static const auto inner = [] { // weights of the pixels between two nodes, by node
        std::array<std::array<double, step>, 4> all{};
        for (std::size_t n = 0; n < step; ++n) {
            const auto weights = cubic(static_cast<double>(n) / step);
            for (std::size_t k = 0; k < 4; ++k) all[k][n] = weights[k];
        }
        return all;
    }();
    double* const exact[] = {out.x0.data(), out.y0.data(), out.tx.data(), out.ty.data(), out.cx.data(), out.cy.data()};
    float* const smooth[] = {out.through.data(), out.veil.data()};
    std::array<Node, 4> window{};
    int have = -1; // node column that window[1] stands for
    for (int i = 0; i < count;) {
        const int at = col + i + step;
        const int ci = std::clamp(at / step, 1, cols_ - 3);
        const int phase = at - ci * step;
        if (ci != have) {
            const bool next = have >= 0 && ci == have + 1;
            if (next) std::rotate(window.begin(), window.begin() + 1, window.end());
            for (int k = next ? 3 : 0; k < 4; ++k) window[static_cast<std::size_t>(k)] = column(ci - 1 + k);
            have = ci;
        }
        const bool whole = phase == 0; // all pixels between two nodes; the row has room for those too many
        const std::array<double, 4> alone = cubic(static_cast<double>(phase) / step);
        const auto interpolate = [&](std::size_t k, auto* to) {
            using Value = std::remove_reference_t<decltype(*to)>;
            const double a = window[0][k], b = window[1][k], c = window[2][k], d = window[3][k];
            if (!whole) {
                *to = static_cast<Value>(alone[0] * a + alone[1] * b + alone[2] * c + alone[3] * d);
                return;
            }
            std::array<Value, step> sum;
            for (std::size_t n = 0; n < step; ++n)
                sum[n] = static_cast<Value>(inner[0][n] * a + inner[1][n] * b + inner[2][n] * c + inner[3][n] * d);
            for (std::size_t n = 0; n < step; ++n) to[n] = sum[n];
        };
        for (std::size_t k = 0; k < (straight_ ? 4 : 6); ++k) interpolate(k, exact[k] + i);
        for (std::size_t k = 0; k < 2; ++k) interpolate(6 + k, smooth[k] + i);
        i += whole ? step : 1;
    }
}

Bounds SightLines::footprint(double lowest, double highest) const {
    Bounds bounds{1e300, 1e300, -1e300, -1e300};
    for (const Node& node : nodes_) {
        if (std::isnan(node[0])) continue;
        for (const double height : {lowest, highest}) {
            const double d = height - reference_;
            const double x = node[0] + d * (node[2] + d * node[4]), y = node[1] + d * (node[3] + d * node[5]);
            bounds.xmin = std::min(bounds.xmin, x), bounds.xmax = std::max(bounds.xmax, x);
            bounds.ymin = std::min(bounds.ymin, y), bounds.ymax = std::max(bounds.ymax, y);
        }
    }
    return bounds;
}

} // namespace overflight::simulation
