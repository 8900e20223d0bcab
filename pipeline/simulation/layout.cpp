// SPDX-License-Identifier: Apache-2.0
#include "simulation/layout.h"

#include "core/angle.h"
#include "simulation/hash.h"

#include <algorithm>
#include <cmath>

namespace overflight::simulation {

namespace {

/// Salts: each use of the hash is a stream of its own.
enum Salt : std::int64_t { road_line = 11, land_use, land_cluster, block_key, lot, plant, car };

} // namespace

Layout::Layout(const Settings& settings)
    : seed_(mix(static_cast<std::uint64_t>(settings.scene.seed))), land_(settings.land),
      cos_(std::cos(settings.land.heading_deg * degree)), sin_(std::sin(settings.land.heading_deg * degree)),
      carves_ponds_(settings.terrain.relief != Relief::file) {}

double Layout::line(std::int64_t index, int axis) const {
    Random random(hash(seed_, {road_line, axis, index}));
    return (static_cast<double>(index) + 0.3 * random.uniform()) * land_.block_m;
}

double Layout::half_width(std::int64_t index) {
    return index % 4 == 0 ? 5.5 : 3.5;
}

void Layout::find(double u, double v, std::int64_t& i, std::int64_t& j) const {
    i = static_cast<std::int64_t>(std::floor(u / land_.block_m));
    j = static_cast<std::int64_t>(std::floor(v / land_.block_m));
    if (u < line(i, 0)) --i;
    if (v < line(j, 1)) --j;
}

Block Layout::block(std::int64_t i, std::int64_t j) const {
    Block b;
    b.i = i, b.j = j;
    b.key = hash(seed_, {block_key, i, j});
    b.u0 = line(i, 0), b.u1 = line(i + 1, 0), b.v0 = line(j, 1), b.v1 = line(j + 1, 1);
    b.road_u0 = half_width(i), b.road_u1 = half_width(i + 1);
    b.road_v0 = half_width(j), b.road_v1 = half_width(j + 1);

    // Two thirds of the blocks take the use of their neighbourhood, so that towns and woods are larger than a block.
    Random own(hash(seed_, {land_use, i, j}));
    const bool follows = own.chance(0.66);
    const double share = follows ? Random(hash(seed_, {land_cluster, i >> 1, j >> 1})).uniform() : own.uniform();
    const std::pair<Use, double> uses[] = {{Use::town, land_.town},
                                           {Use::forest, land_.forest},
                                           {Use::water, land_.water},
                                           {Use::parking, land_.parking},
                                           {Use::meadow, land_.meadow}};
    double below = 0;
    for (const auto& [use, part] : uses) {
        if (share >= below && share < below + part) b.use = use;
        below += part;
    }
    Random random(b.key);
    b.shade = static_cast<float>(random.uniform(0.82, 1.18));
    b.furrow_m = random.uniform(2.5, 7);
    b.furrows_along_u = random.chance(0.5);
    switch (b.use) {
    case Use::town:
        b.ground = random.chance(0.75) ? Material::garden : Material::pavement;
        break;
    case Use::forest:
        b.ground = Material::litter;
        break;
    case Use::parking:
        b.ground = Material::asphalt, b.shade *= 1.2f;
        break;
    case Use::water:
    case Use::meadow:
        b.ground = Material::meadow;
        break;
    case Use::field: {
        const Material crops[] = {Material::wheat, Material::maize, Material::beet, Material::soil, Material::wheat};
        b.ground = crops[random.integer(5)];
        break;
    }
    }
    b.pond_u = b.center_u(), b.pond_v = b.center_v();
    b.pond_ru = 0.5 * (b.u1 - b.u0 - b.road_u0 - b.road_u1) / pond_rim * random.uniform(0.85, 1);
    b.pond_rv = 0.5 * (b.v1 - b.v0 - b.road_v0 - b.road_v1) / pond_rim * random.uniform(0.85, 1);
    return b;
}

SceneObject Layout::building(const Block& block, double u, double v, double side_a, double side_b,
                             std::uint64_t key) const {
    Random random(key);
    SceneObject o;
    o.key = key;
    o.kind = ObjectKind::building;
    const Point2 place = to_xy(u, v);
    o.x = place.x, o.y = place.y;
    const double turn = random.uniform(-4, 4) * degree;
    o.cos = cos_ * std::cos(turn) - sin_ * std::sin(turn);
    o.sin = sin_ * std::cos(turn) + cos_ * std::sin(turn);
    o.half_a = 0.5 * side_a, o.half_b = 0.5 * side_b;
    const bool dense = block.ground == Material::pavement;
    const double tallest = std::max(4.0, land_.tallest_m);
    o.height = dense ? random.uniform(std::min(9.0, tallest), tallest) : random.uniform(3, std::min(8.0, tallest));
    const bool gable = !dense && random.chance(0.7);
    if (gable) {
        if (o.half_a < o.half_b) { // the ridge runs along the longer side
            std::swap(o.half_a, o.half_b);
            const double c = o.cos;
            o.cos = -o.sin, o.sin = c;
        }
        o.rise = std::min(o.half_b * random.uniform(0.5, 0.9), 0.5 * o.height + 1);
        o.top = random.chance(0.7) ? Material::tiles : Material::slate;
    } else {
        const Material tops[] = {Material::gravel, Material::sheet, Material::slate, Material::gravel};
        o.top = tops[random.integer(4)];
    }
    o.side = random.chance(0.7) ? Material::plaster : Material::brick;
    o.shade = static_cast<float>(random.uniform(0.75, 1.25));
    return o;
}

SceneObject Layout::vehicle(double u, double v, bool along_u, std::uint64_t key) const {
    Random random(key);
    SceneObject o;
    o.key = key;
    o.kind = ObjectKind::vehicle;
    const Point2 place = to_xy(u, v);
    o.x = place.x, o.y = place.y;
    o.cos = along_u ? cos_ : -sin_;
    o.sin = along_u ? sin_ : cos_;
    const bool lorry = random.chance(0.12);
    o.half_a = lorry ? 4.5 : random.uniform(1.9, 2.4);
    o.half_b = lorry ? 1.25 : 0.9;
    o.height = lorry ? 3.2 : random.uniform(1.4, 1.8);
    const Material colors[] = {Material::car_white, Material::car_dark, Material::car_red,  Material::car_blue,
                               Material::car_dark,  Material::sheet,    Material::car_white};
    o.top = o.side = colors[random.integer(7)];
    o.shade = static_cast<float>(random.uniform(0.8, 1.2));
    return o;
}

std::vector<SceneObject> Layout::objects(const Block& b) const {
    std::vector<SceneObject> made;
    if (!land_.objects) return made;
    const double u_min = b.u0 + b.road_u0 + verge_m, u_max = b.u1 - b.road_u1 - verge_m;
    const double v_min = b.v0 + b.road_v0 + verge_m, v_max = b.v1 - b.road_v1 - verge_m;
    const auto free = [&](double u, double v, double radius) {
        const Point2 p = to_xy(u, v);
        return std::none_of(made.begin(), made.end(), [&](const SceneObject& o) {
            const double dx = p.x - o.x, dy = p.y - o.y, reach = radius + o.radius();
            return dx * dx + dy * dy < reach * reach;
        });
    };
    const auto tree = [&](double u, double v, double radius, double height, std::uint64_t key) {
        if (u - radius < b.u0 + b.road_u0 || u + radius > b.u1 - b.road_u1 || v - radius < b.v0 + b.road_v0 ||
            v + radius > b.v1 - b.road_v1 || !free(u, v, 0.8 * radius)) {
            return;
        }
        SceneObject o;
        o.key = key;
        o.kind = ObjectKind::tree;
        const Point2 p = to_xy(u, v);
        o.x = p.x, o.y = p.y;
        o.half_a = o.half_b = radius;
        o.rise = std::min(0.55 * height, 1.3 * radius);
        o.height = height - o.rise;
        o.top = o.side = Material::crown;
        o.shade = static_cast<float>(Random(key).uniform(0.7, 1.3));
        made.push_back(o);
    };

    if (b.use == Use::town) {
        const int across = std::max(1, static_cast<int>((u_max - u_min) / 27));
        const int along = std::max(1, static_cast<int>((v_max - v_min) / 24));
        const double lot_u = (u_max - u_min) / across, lot_v = (v_max - v_min) / along;
        for (int s = 0; s < across * along; ++s) {
            const std::uint64_t key = hash(b.key, {lot, s});
            Random random(key);
            if (!random.chance(0.85)) continue;
            const double side_u = lot_u * random.uniform(0.35, 0.72), side_v = lot_v * random.uniform(0.4, 0.72);
            const double u = u_min + (s % across + 0.5 + random.uniform(-0.08, 0.08)) * lot_u;
            const double v = v_min + (s / across + 0.5 + random.uniform(-0.08, 0.08)) * lot_v;
            made.push_back(building(b, u, v, side_u, side_v, key));
        }
    }
    if (b.use == Use::parking) {
        const int rows = static_cast<int>((v_max - v_min) / 17), bays = static_cast<int>((u_max - u_min - 8) / 2.7);
        for (int s = 0; s < 2 * rows * bays; ++s) {
            const std::uint64_t key = hash(b.key, {car, 2, s});
            if (!Random(mix(key)).chance(0.45)) continue;
            const int row = s / bays, bay = s % bays;
            made.push_back(
                vehicle(u_min + 4 + (bay + 0.5) * 2.7, v_min + 4 + row / 2 * 17.0 + row % 2 * 5.5, false, key));
        }
    }
    // Cars along the road on the block's low sides: those of the far sides belong to the neighbours.
    for (int side = 0; side < 2; ++side) {
        const bool along_u = side == 0;
        const double from = along_u ? b.u0 + 8 : b.v0 + 8, to = along_u ? b.u1 - 8 : b.v1 - 8;
        const double middle = along_u ? b.v0 : b.u0, lane = 0.5 * (along_u ? b.road_v0 : b.road_u0);
        const int places = static_cast<int>((to - from) / 12);
        for (int s = 0; s < 2 * places; ++s) {
            const std::uint64_t key = hash(b.key, {car, side, s});
            Random random(mix(key));
            if (!random.chance(b.use == Use::town ? 0.22 : 0.07)) continue;
            const double at = from + (s % places + random.uniform(0.3, 0.7)) * (to - from) / places;
            const double off = middle + (s < places ? lane : -lane);
            made.push_back(vehicle(along_u ? at : off, along_u ? off : at, along_u, key));
        }
    }
    const double spacing = b.use == Use::forest ? 6.5 : b.use == Use::town ? 13 : b.use == Use::meadow ? 24 : 0;
    const double share = b.use == Use::forest ? 0.92 : b.use == Use::town ? 0.45 : 0.25;
    if (spacing > 0) {
        const int across = static_cast<int>((u_max - u_min) / spacing),
                  along = static_cast<int>((v_max - v_min) / spacing);
        for (int s = 0; s < across * along; ++s) {
            const std::uint64_t key = hash(b.key, {plant, s});
            Random random(mix(key));
            if (!random.chance(share)) continue;
            const double u = u_min + (s % across + random.uniform(0.2, 0.8)) * spacing;
            const double v = v_min + (s / across + random.uniform(0.2, 0.8)) * spacing;
            const bool forest = b.use == Use::forest;
            tree(u, v, forest ? random.uniform(2.5, 4.2) : random.uniform(1.5, 3.5),
                 forest ? random.uniform(10, 19) : random.uniform(3.5, 9), key);
        }
    }
    return made;
}

} // namespace overflight::simulation
