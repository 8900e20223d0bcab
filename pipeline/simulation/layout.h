// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulation/materials.h"
#include "simulation/scene_settings.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace overflight::simulation {

struct Point2 {
    double x = 0, y = 0;
};

enum class Use : std::uint8_t { town, forest, water, parking, meadow, field };

/// What lies between four roads. u, v: the scene's coordinates turned to the heading of the roads.
struct Block {
    std::int64_t i = 0, j = 0;
    std::uint64_t key = 0;
    Use use = Use::field;
    double u0 = 0, u1 = 0, v0 = 0, v1 = 0;                     ///< centre lines of the roads around it
    double road_u0 = 0, road_u1 = 0, road_v0 = 0, road_v1 = 0; ///< half widths of those roads
    Material ground = Material::meadow;
    float shade = 1;
    double furrow_m = 3; ///< distance of the rows in a field
    bool furrows_along_u = true;
    double pond_u = 0, pond_v = 0, pond_ru = 1, pond_rv = 1; ///< centre and half axes of the shore

    double center_u() const { return 0.5 * (u0 + u1); }
    double center_v() const { return 0.5 * (v0 + v1); }
    /// Distance from the nearest edge of a road, positive inside the block.
    double inset(double u, double v) const {
        return std::min(std::min(u - u0 - road_u0, u1 - road_u1 - u), std::min(v - v0 - road_v0, v1 - road_v1 - v));
    }
    /// Squared distance from the pond's centre in half axes: 1 at the shore.
    double pond_distance2(double u, double v) const {
        const double a = (u - pond_u) / pond_ru, b = (v - pond_v) / pond_rv;
        return a * a + b * b;
    }
};

inline constexpr double verge_m = 1.5;      ///< strip of grass between road and block
inline constexpr double beach_m = 1.5;      ///< strip of bare ground around a pond
inline constexpr double pond_depth_m = 2.0; ///< the bed is pond_depth_m (distance2 - 1) above the shore
inline constexpr double pond_rim = 1.5;     ///< where the bowl has become the natural terrain, in half axes

enum class ObjectKind : std::uint8_t { building, tree, vehicle };

/// Something that stands on the ground: a box with a flat or gable roof, or a dome on a cylinder. Surfaces are 2.5-D.
struct SceneObject {
    std::uint64_t key = 0; ///< unlike that of any other object
    ObjectKind kind = ObjectKind::building;
    Material top = Material::tiles, side = Material::plaster;
    float shade = 1;
    double x = 0, y = 0;           ///< centre, scene coordinates
    double base = 0;               ///< ground height at the centre
    double cos = 1, sin = 0;       ///< of the direction of the longer side
    double half_a = 1, half_b = 1; ///< half sides; radius for trees
    double height = 1;             ///< of the eaves or of the crown's widest place
    double rise = 0;               ///< of the roof's ridge or the crown above that

    double top_height() const { return base + height + rise; }
    double radius() const { return kind == ObjectKind::tree ? half_a : std::sqrt(half_a * half_a + half_b * half_b); }
};

/// Roads, blocks and what stands in them: a pure function of the seed and the place, without end.
/// Scene coordinates: metres east and north of the scene's centre.
class Layout {
public:
    explicit Layout(const Settings& settings);

    Point2 to_uv(double x, double y) const { return {cos_ * x + sin_ * y, -sin_ * x + cos_ * y}; }
    Point2 to_xy(double u, double v) const { return {cos_ * u - sin_ * v, sin_ * u + cos_ * v}; }

    /// Index of the block that a place lies in.
    void find(double u, double v, std::int64_t& i, std::int64_t& j) const;
    Block block(std::int64_t i, std::int64_t j) const;

    /// Everything that stands in a block and on its roads, heights of the ground left at 0.
    std::vector<SceneObject> objects(const Block& block) const;

    SceneObject building(const Block& block, double u, double v, double side_a, double side_b, std::uint64_t key) const;
    SceneObject vehicle(double u, double v, bool along_u, std::uint64_t key) const;

    bool carves_ponds() const { return carves_ponds_; }
    double heading_cos() const { return cos_; }
    double heading_sin() const { return sin_; }

private:
    double line(std::int64_t index, int axis) const;
    static double half_width(std::int64_t index);

    std::uint64_t seed_;
    LandSettings land_;
    double cos_, sin_;
    bool carves_ponds_;
};

} // namespace overflight::simulation
