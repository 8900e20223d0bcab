// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulation/layout.h"

namespace overflight::simulation {

/// A straight line by height: (x + tx d, y + ty d) at height h + d.
struct Line {
    double x = 0, y = 0, h = 0, tx = 0, ty = 0;
};

struct ShapeHit {
    double h = 0;
    double nx = 0, ny = 0, nz = 1;
    int face = 0;
};

/// The highest point that a line shares with an object (which is solid down to the ground), if it lies above line.h.
bool highest_point(const SceneObject& object, const Line& line, ShapeHit& out);

/// Height of the object's surface at a place; false beside it.
bool height_over(const SceneObject& object, double x, double y, double& height);

} // namespace overflight::simulation
