// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

// Private to handover: inline SVG, a few path elements each whatever the number of points.
namespace overflight {

struct ChartSeries {
    std::string name;
    std::string style;             ///< class of the style sheet
    std::vector<double> low, high; ///< a line from low to high at 0, 1, 2, ...; equal: a dot; NaN: nothing
};

struct Chart {
    std::string title, x_label, y_label;
    std::vector<ChartSeries> series;
    std::vector<std::pair<double, std::string>> levels; ///< lines across, with their names
};

/// Empty where no series has a finite value.
std::string drawn(const Chart& chart);

/// Arrows at places of a unit-wide map; `x`, `y` to the right and down in map units, dx, dy in pixels.
struct Arrow {
    double x = 0, y = 0, dx = 0, dy = 0;
};

/// Arrows on a map of width x height, the longest drawn `reach` long.
std::string drawn(const std::vector<Arrow>& arrows, double width, double height, double reach);

} // namespace overflight
