// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accuracy/flown_scene.h"

#include <Eigen/Core>

#include <optional>

namespace overflight::accuracy {

/// How far what `image` shows around a place (pixel, centre-based) lies from where `truth` shows it, in pixels
/// (columns, rows), by least-squares matching of a window of 2 half + 1 pixels a side with shift, gain and offset
/// (Ackermann 1984). Both on the same grid. Nothing where the window holds pixels without data or too little texture.
std::optional<Eigen::Vector2d> image_shift(const Image& image, const Image& truth, double col, double row, int half);

/// Errors in position, in pixels. East and north are positive.
struct PositionErrors {
    int count = 0;
    double rmse_x = 0, rmse_y = 0, mean_x = 0, mean_y = 0, largest = 0;

    double rmse() const; ///< of both together, as the ASPRS standards have it: sqrt(rmse_x^2 + rmse_y^2)
};

/// Of a mosaic at its check points, from what it shows there.
PositionErrors errors_at_check_points(const Image& mosaic, const Image& truth, const std::vector<CheckPoint>& points);

} // namespace overflight::accuracy
