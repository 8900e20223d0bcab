// SPDX-License-Identifier: Apache-2.0
#include "simulation/object_shapes.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace overflight::simulation {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Half-space c0 + c1 d <= 0 along the line (d above line.h): narrows the interval, remembers who cuts its upper end.
struct Interval {
    double low = -infinity, high = infinity;
    int face = 0;

    bool cut(double c0, double c1, int which) {
        if (c1 > 0) {
            const double d = -c0 / c1;
            if (d < high) high = d, face = which;
        } else if (c1 < 0) {
            low = std::max(low, -c0 / c1);
        } else if (c0 > 0) {
            return false;
        }
        return low <= high && high > 0;
    }
};

bool box_point(const SceneObject& o, const Line& line, ShapeHit& out) {
    const double dx = line.x - o.x, dy = line.y - o.y;
    const double a0 = o.cos * dx + o.sin * dy, a1 = o.cos * line.tx + o.sin * line.ty;
    const double b0 = -o.sin * dx + o.cos * dy, b1 = -o.sin * line.tx + o.cos * line.ty;
    const double rise = o.top_height() - line.h; // most lines stay beside one wall all the way up
    if (rise <= 0) return false;
    const double a_end = a0 + a1 * rise, b_end = b0 + b1 * rise;
    if (std::min(a0, a_end) > o.half_a || std::max(a0, a_end) < -o.half_a || std::min(b0, b_end) > o.half_b ||
        std::max(b0, b_end) < -o.half_b) {
        return false;
    }
    Interval in;
    const double eaves = line.h - (o.base + o.height);
    if (o.rise > 0) {
        const double slope = o.rise / o.half_b, ridge = eaves - o.rise;
        if (!in.cut(ridge + slope * b0, 1 + slope * b1, 0) || !in.cut(ridge - slope * b0, 1 - slope * b1, 1))
            return false;
    } else if (!in.cut(eaves, 1, 0)) {
        return false;
    }
    if (!in.cut(a0 - o.half_a, a1, 2) || !in.cut(-a0 - o.half_a, -a1, 3) || !in.cut(b0 - o.half_b, b1, 4) ||
        !in.cut(-b0 - o.half_b, -b1, 5)) {
        return false;
    }
    out.h = line.h + in.high;
    out.face = in.face;
    double na = 0, nb = 0;
    out.nz = 0;
    switch (in.face) {
    case 0:
    case 1:
        if (o.rise > 0) {
            const double slope = o.rise / o.half_b, length = std::sqrt(1 + slope * slope);
            nb = (in.face == 0 ? slope : -slope) / length;
            out.nz = 1 / length;
        } else {
            out.nz = 1;
        }
        break;
    case 2:
        na = 1;
        break;
    case 3:
        na = -1;
        break;
    case 4:
        nb = 1;
        break;
    default:
        nb = -1;
        break;
    }
    out.nx = o.cos * na - o.sin * nb;
    out.ny = o.sin * na + o.cos * nb;
    return true;
}

bool dome_point(const SceneObject& o, const Line& line, ShapeHit& out) {
    const double px = line.x - o.x, py = line.y - o.y, r2 = o.half_a * o.half_a;
    const double tt = line.tx * line.tx + line.ty * line.ty, pt = px * line.tx + py * line.ty, pp = px * px + py * py;
    // Nearest approach of the line to the axis: most lines miss.
    if (tt > 0 ? pp - pt * pt / tt > r2 : pp > r2) return false;
    const double middle = o.base + o.height - line.h; // of the crown's widest circle, over line.h
    const double squeeze = r2 / (o.rise * o.rise);
    // |p + t d|^2 + squeeze (d - middle)^2 = r^2
    const double a = tt + squeeze, b = pt - squeeze * middle, c = pp + squeeze * middle * middle - r2;
    const double root2 = b * b - a * c;
    if (root2 >= 0) {
        const double d = (-b + std::sqrt(root2)) / a;
        if (d >= middle) {
            if (d <= 0) return false;
            out.h = line.h + d;
            out.face = 0;
            const double gx = px + line.tx * d, gy = py + line.ty * d, gz = squeeze * (d - middle);
            const double length = std::sqrt(gx * gx + gy * gy + gz * gz);
            out.nx = gx / length, out.ny = gy / length, out.nz = gz / length;
            return true;
        }
    }
    if (tt <= 0) return false;
    const double d = (-pt + std::sqrt(std::max(0.0, pt * pt - tt * (pp - r2)))) / tt;
    if (d > middle || d <= 0) return false;
    out.h = line.h + d;
    out.face = 1;
    out.nx = (px + line.tx * d) / o.half_a, out.ny = (py + line.ty * d) / o.half_a, out.nz = 0;
    return true;
}

} // namespace

bool highest_point(const SceneObject& object, const Line& line, ShapeHit& out) {
    return object.kind == ObjectKind::tree ? dome_point(object, line, out) : box_point(object, line, out);
}

bool height_over(const SceneObject& o, double x, double y, double& height) {
    const double dx = x - o.x, dy = y - o.y;
    if (o.kind == ObjectKind::tree) {
        const double share = (dx * dx + dy * dy) / (o.half_a * o.half_a);
        if (share > 1) return false;
        height = o.base + o.height + o.rise * std::sqrt(1 - share);
        return true;
    }
    const double a = std::abs(o.cos * dx + o.sin * dy), b = std::abs(-o.sin * dx + o.cos * dy);
    if (a > o.half_a || b > o.half_b) return false;
    height = o.base + o.height + o.rise * (1 - b / o.half_b);
    return true;
}

} // namespace overflight::simulation
