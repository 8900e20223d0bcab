// SPDX-License-Identifier: Apache-2.0
#include "accuracy/image_shift.h"

#include <Eigen/Cholesky>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace overflight::accuracy {
namespace {

/// Catmull-Rom at a position between pixels; NaN near the border.
double cubic_at(const Image& image, double col, double row) {
    const double c0 = std::floor(col), r0 = std::floor(row);
    if (c0 < 1 || r0 < 1 || c0 + 2 >= static_cast<double>(image.width()) ||
        r0 + 2 >= static_cast<double>(image.height())) {
        return NAN;
    }
    const auto weights = [](double t) {
        return std::array<double, 4>{t * (-0.5 + t * (1 - 0.5 * t)), 1 + t * t * (-2.5 + 1.5 * t),
                                     t * (0.5 + t * (2 - 1.5 * t)), t * t * (-0.5 + 0.5 * t)};
    };
    const std::array<double, 4> u = weights(col - c0), v = weights(row - r0);
    double sum = 0;
    for (int j = 0; j < 4; ++j) {
        for (int i = 0; i < 4; ++i) {
            sum += u[static_cast<std::size_t>(i)] * v[static_cast<std::size_t>(j)] *
                   static_cast<double>(
                       image.at(static_cast<std::int64_t>(c0) + i - 1, static_cast<std::int64_t>(r0) + j - 1));
        }
    }
    return sum;
}

} // namespace

std::optional<Eigen::Vector2d> image_shift(const Image& image, const Image& truth, double col, double row, int half) {
    const std::int64_t c0 = std::llround(col), r0 = std::llround(row);
    if (c0 < half || r0 < half || c0 + half >= image.width() || r0 + half >= image.height()) return {};
    Eigen::Vector2d shift(0, 0);
    for (int round = 0; round < 12; ++round) {
        // image(x) = gain truth(x - shift) + offset, linear in gain, offset and a change of the shift
        Eigen::Matrix4d normal = Eigen::Matrix4d::Zero();
        Eigen::Vector4d right = Eigen::Vector4d::Zero();
        for (int j = -half; j <= half; ++j) {
            for (int i = -half; i <= half; ++i) {
                const double c = static_cast<double>(c0 + i) - shift.x(), r = static_cast<double>(r0 + j) - shift.y();
                const Eigen::Vector4d terms(0.5 * (cubic_at(truth, c - 1, r) - cubic_at(truth, c + 1, r)),
                                            0.5 * (cubic_at(truth, c, r - 1) - cubic_at(truth, c, r + 1)),
                                            cubic_at(truth, c, r), 1);
                const auto seen = static_cast<double>(image.at(c0 + i, r0 + j));
                if (!terms.allFinite() || !std::isfinite(seen)) return {};
                normal += terms * terms.transpose();
                right += terms * seen;
            }
        }
        if (std::min(normal(0, 0), normal(1, 1)) < 4.0 * (2 * half + 1) * (2 * half + 1)) return {}; // too plain
        const Eigen::Vector4d solution = normal.ldlt().solve(right);
        const Eigen::Vector2d step = solution.head<2>() / solution[2];
        if (!step.allFinite()) return {};
        shift += step;
        if (step.norm() < 1e-4) return shift;
        if (shift.norm() > half) return {};
    }
    return {};
}

double PositionErrors::rmse() const {
    return std::hypot(rmse_x, rmse_y);
}

PositionErrors errors_at_check_points(const Image& mosaic, const Image& truth, const std::vector<CheckPoint>& points) {
    PositionErrors errors;
    std::set<int> seen; // a point is listed for each frame that shows it
    for (const CheckPoint& p : points) {
        if (!seen.insert(p.id).second) continue;
        const auto shift = image_shift(mosaic, truth, mosaic.grid.col(p.x), mosaic.grid.row(p.y), 12);
        if (!shift) continue;
        const double x = shift->x(), y = -shift->y();
        ++errors.count;
        errors.rmse_x += x * x, errors.rmse_y += y * y, errors.mean_x += x, errors.mean_y += y;
        errors.largest = std::max(errors.largest, std::hypot(x, y));
    }
    if (errors.count == 0) return errors;
    errors.rmse_x = std::sqrt(errors.rmse_x / errors.count), errors.rmse_y = std::sqrt(errors.rmse_y / errors.count);
    errors.mean_x /= errors.count, errors.mean_y /= errors.count;
    return errors;
}

} // namespace overflight::accuracy
