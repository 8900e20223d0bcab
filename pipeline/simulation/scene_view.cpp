// SPDX-License-Identifier: Apache-2.0
#include "simulation/scene_view.h"

#include "core/angle.h"
#include "simulation/hash.h"
#include "simulation/object_shapes.h"

#include <algorithm>
#include <cmath>

namespace overflight::simulation {

namespace {

/// Nothing that stands further off than this, on the map, comes into view (metres): within the reach of the caches.
constexpr double farthest = 3000;

/// floor() of what fits 31 bits, without a library call.
std::int32_t floor_of(double v) {
    const auto truncated = static_cast<std::int32_t>(v);
    return truncated - (v < static_cast<double>(truncated) ? 1 : 0);
}

double smooth_step(double t) {
    t = std::clamp(t, 0.0, 1.0);
    return t * t * (3 - 2 * t);
}

} // namespace

SceneView::SceneView(const Scene& scene, int mission)
    : scene_(scene), mission_(mission), bands_(scene.settings().output.bands), lanes_((bands_ + 4) / 4 * 4), ground_(5),
      bins_(5), land_(5) {
    const MissionSettings& m = scene.settings().missions[static_cast<std::size_t>(mission)];
    const double elevation = m.sun_elevation_deg * degree, azimuth = m.sun_azimuth_deg * degree;
    sun_ = {std::cos(elevation) * std::sin(azimuth), std::cos(elevation) * std::cos(azimuth), std::sin(elevation)};
    const double side = BinTile::bins * BinTile::bin_m, gentle = side / (scene.tallest() + side * scene.steepest());
    gentle2_ = gentle * gentle;
    for (std::size_t k = 0; k < 3; ++k) sun_f_[k] = static_cast<float>(sun_[k]);
    sun_tx_ = sun_[0] / sun_[2], sun_ty_ = sun_[1] / sun_[2];
    posts_per_m_ = 1 / scene.settings().terrain.post_m;
    for (int level = 0; level < paint_levels; ++level) {
        paint_.emplace_back(level < 2 ? 5 : 4);
        cells_per_m_[static_cast<std::size_t>(level)] = 1 / (scene.detail() * static_cast<double>(1 << level));
    }
    for (int k = 0; k < static_cast<int>(Material::count); ++k) {
        const Look& look = look_of(static_cast<Material>(k));
        Spectrum spectrum = look.reflectance;
        for (std::size_t b = 0; b < spectrum.size() && look.vegetation; ++b) {
            spectrum[b] *= 1 + static_cast<float>(m.season) * (autumn()[b] - 1);
        }
        if (bands_ == 1) spectrum[0] = (spectrum[0] + spectrum[1] + spectrum[2]) / 3; // panchromatic
        spectra_.push_back(spectrum);
    }
    const Settings& settings = scene.settings();
    if (settings.terrain.relief == Relief::file) {
        ground_source_ = std::make_unique<GroundSource>(settings.terrain.file, settings.scene.crs);
    }
    if (!settings.land.orthophoto.empty()) {
        paint_source_ = std::make_unique<PaintSource>(settings.land.orthophoto, settings.scene.crs);
    }
}

SceneView::~SceneView() = default;
SceneView::SceneView(SceneView&&) noexcept = default;

SceneView::LandBlock& SceneView::land_block(std::int64_t i, std::int64_t j) {
    return land_.get(i, j, [&](LandBlock& land) {
        land = LandBlock{};
        land.block = scene_.layout_.block(i, j);
        for (const std::size_t index : scene_.changes_.of_block(i, j)) {
            const Edit& edit = scene_.changes_.edits()[index];
            if (edit.from > mission_) continue;
            if (edit.kind == ChangeKind::field_ploughed) land.ploughed = &edit;
            if (edit.kind == ChangeKind::water_level) land.water = &edit;
            if (edit.kind == ChangeKind::ground_works) land.works.push_back(&edit);
        }
    });
}

const SceneView::LandBlock& SceneView::land_at(double u, double v) {
    if (last_land_) {
        const Block& b = last_land_->block;
        if (u >= b.u0 && u < b.u1 && v >= b.v0 && v < b.v1) return *last_land_;
    }
    std::int64_t i, j;
    scene_.layout_.find(u, v, i, j);
    return *(last_land_ = &land_block(i, j));
}

/// visit(i, j) for the blocks of land that lie at least partly in an area.
template <class Visit>
void SceneView::visit_land(const Bounds& area, Visit&& visit) {
    double u_min = 1e300, u_max = -1e300, v_min = 1e300, v_max = -1e300;
    for (int corner = 0; corner < 4; ++corner) {
        const Point2 uv = scene_.layout_.to_uv(corner & 1 ? area.xmax : area.xmin, corner >> 1 ? area.ymax : area.ymin);
        u_min = std::min(u_min, uv.x), u_max = std::max(u_max, uv.x);
        v_min = std::min(v_min, uv.y), v_max = std::max(v_max, uv.y);
    }
    std::int64_t i0, j0, i1, j1;
    scene_.layout_.find(u_min, v_min, i0, j0);
    scene_.layout_.find(u_max, v_max, i1, j1);
    for (std::int64_t j = j0; j <= j1; ++j) {
        for (std::int64_t i = i0; i <= i1; ++i) visit(i, j);
    }
}

void SceneView::make_ground(std::int64_t col, std::int64_t row, GroundTile& tile) {
    const Settings& settings = scene_.settings_;
    const TerrainSettings& terrain = settings.terrain;
    const std::int64_t i0 = col * GroundTile::cells, j0 = row * GroundTile::cells;
    const double x0 = static_cast<double>(i0) * terrain.post_m, y0 = static_cast<double>(j0) * terrain.post_m;
    tile.col = col, tile.row = row;
    switch (terrain.relief) {
    case Relief::flat:
        std::fill(tile.height.begin(), tile.height.end(), static_cast<float>(terrain.level_m));
        break;
    case Relief::file:
        ground_source_->read(settings.scene.center_x + x0, settings.scene.center_y + y0, terrain.post_m,
                             GroundTile::side, GroundTile::side, terrain.level_m, tile.height.data());
        break;
    case Relief::fractal: {
        scene_.relief_.evaluate(i0, j0, GroundTile::side, GroundTile::side, 0, noise_);
        const auto scale = static_cast<float>(terrain.relief_m / 5); // the range of a scene is about five deviations
        for (std::size_t k = 0; k < tile.height.size(); ++k) {
            tile.height[k] = static_cast<float>(terrain.level_m) + scale * noise_[k];
        }
        break;
    }
    }
    if (!scene_.layout_.carves_ponds() || settings.land.water <= 0) return;

    // Ponds: a bowl about the shore's level, which is that of the natural terrain at its centre.
    const double reach = terrain.post_m * GroundTile::cells;
    visit_land({x0, y0, x0 + reach, y0 + reach}, [&](std::int64_t bi, std::int64_t bj) {
        const Block& block = land_block(bi, bj).block;
        if (block.use != Use::water) return;
        double shore = terrain.level_m;
        if (terrain.relief == Relief::fractal) {
            const Point2 center = scene_.layout_.to_xy(block.pond_u, block.pond_v);
            scene_.relief_.evaluate(floor_of(center.x / terrain.post_m), floor_of(center.y / terrain.post_m), 1, 1, 0,
                                    noise_);
            shore += terrain.relief_m / 5 * static_cast<double>(noise_[0]);
        }
        for (int r = 0; r < GroundTile::side; ++r) {
            for (int c = 0; c < GroundTile::side; ++c) {
                const Point2 uv = scene_.layout_.to_uv(x0 + c * terrain.post_m, y0 + r * terrain.post_m);
                const double d2 = block.pond_distance2(uv.x, uv.y);
                if (d2 >= pond_rim * pond_rim) continue;
                float& height = tile.height[static_cast<std::size_t>(r * GroundTile::side + c)];
                const double bed = shore + pond_depth_m * (d2 - 1);
                const double natural = smooth_step((std::sqrt(d2) - 1.05) / (pond_rim - 1.05));
                height = static_cast<float>(bed + natural * (static_cast<double>(height) - bed));
            }
        }
    });
}

const SceneView::GroundTile& SceneView::ground_tile(std::int64_t col, std::int64_t row) {
    return ground_.get(col, row, [&](GroundTile& tile) { make_ground(col, row, tile); });
}

GroundPoint SceneView::ground(double x, double y) {
    const double scale = posts_per_m_;
    const double fx = x * scale, fy = y * scale;
    const std::int64_t i = floor_of(fx), j = floor_of(fy);
    const std::int64_t col = i >> GroundTile::bits, row = j >> GroundTile::bits;
    if (!last_ground_ || last_ground_->col != col || last_ground_->row != row) last_ground_ = &ground_tile(col, row);
    const int in_col = static_cast<int>(i & (GroundTile::cells - 1)),
              in_row = static_cast<int>(j & (GroundTile::cells - 1));
    const float* p = last_ground_->height.data() + in_row * GroundTile::side + in_col;
    const double a = fx - static_cast<double>(i), b = fy - static_cast<double>(j);
    const double p00 = p[0], p10 = p[1], p01 = p[GroundTile::side], p11 = p[GroundTile::side + 1];
    const double twist = p11 - p10 - p01 + p00;
    return {p00 + a * (p10 - p00) + b * (p01 - p00) + a * b * twist, (p10 - p00 + b * twist) * scale,
            (p01 - p00 + a * twist) * scale};
}

bool SceneView::ground_below(const Bounds& area, GroundPatch& out) {
    constexpr double most = 1 << 18;
    const std::int64_t i0 = floor_of(area.xmin * posts_per_m_), i1 = floor_of(area.xmax * posts_per_m_) + 1;
    const std::int64_t j0 = floor_of(area.ymin * posts_per_m_), j1 = floor_of(area.ymax * posts_per_m_) + 1;
    if (static_cast<double>(i1 - i0 + 1) * static_cast<double>(j1 - j0 + 1) > most) return false;
    out.posts_per_m = posts_per_m_;
    out.first_col = static_cast<double>(i0), out.first_row = static_cast<double>(j0);
    out.cols = static_cast<int>(i1 - i0 + 1), out.rows = static_cast<int>(j1 - j0 + 1);
    out.height.resize(static_cast<std::size_t>(out.cols) * static_cast<std::size_t>(out.rows));
    constexpr std::int64_t in_tile = GroundTile::cells - 1;
    for (std::int64_t j = j0; j <= j1; ++j) {
        float* line = out.height.data() + (j - j0) * out.cols;
        for (std::int64_t i = i0; i <= i1;) {
            const GroundTile& tile = ground_tile(i >> GroundTile::bits, j >> GroundTile::bits);
            const std::int64_t end = std::min(i1 + 1, (i | in_tile) + 1);
            const float* from = tile.height.data() + (j & in_tile) * GroundTile::side + (i & in_tile);
            std::copy(from, from + (end - i), line + (i - i0));
            i = end;
        }
    }
    const auto [low, high] = std::minmax_element(out.height.begin(), out.height.end());
    out.lowest = static_cast<double>(*low), out.highest = static_cast<double>(*high);
    return true;
}

/// visit(object) for all that may stand at least partly in an area, and some beside it.
template <class Visit>
void SceneView::visit_objects(const Bounds& area, Visit&& visit) {
    constexpr double widest = 45; // half of the largest object
    visit_land({area.xmin - widest, area.ymin - widest, area.xmax + widest, area.ymax + widest},
               [&](std::int64_t i, std::int64_t j) {
                   for (const SceneObject& object : objects(i, j)) visit(object);
               });
}

void SceneView::objects_within(const Bounds& area, std::vector<SceneObject>& out) {
    visit_objects(area, [&](const SceneObject& o) {
        const double r = o.radius();
        if (o.x + r >= area.xmin && o.x - r <= area.xmax && o.y + r >= area.ymin && o.y - r <= area.ymax)
            out.push_back(o);
    });
}

const std::vector<SceneObject>& SceneView::objects(std::int64_t i, std::int64_t j) {
    LandBlock& land = land_block(i, j);
    if (land.peopled) return land.objects;
    land.objects = scene_.layout_.objects(land.block);
    for (const std::size_t index : scene_.changes_.of_block(i, j)) {
        const Edit& edit = scene_.changes_.edits()[index];
        if (edit.from > mission_) continue;
        if (edit.removed) {
            std::erase_if(land.objects, [&](const SceneObject& o) { return o.key == edit.removed->key; });
        }
        if (edit.added) land.objects.push_back(*edit.added);
    }
    for (SceneObject& object : land.objects) object.base = ground(object.x, object.y).height;
    land.peopled = true;
    return land.objects;
}

void SceneView::make_bins(std::int64_t col, std::int64_t row, BinTile& tile) {
    tile.col = col, tile.row = row;
    tile.objects.clear();
    const double side = BinTile::bins * BinTile::bin_m;
    const double x0 = static_cast<double>(col) * side, y0 = static_cast<double>(row) * side;
    tile.highest = -1e9;
    tile.surveyed = false;
    std::vector<std::array<int, 4>> spans;
    visit_objects({x0, y0, x0 + side, y0 + side}, [&](const SceneObject& object) {
        const bool tree = object.kind == ObjectKind::tree;
        const double c = std::abs(object.cos), s = std::abs(object.sin);
        const double rx = tree ? object.half_a : c * object.half_a + s * object.half_b;
        const double ry = tree ? object.half_a : s * object.half_a + c * object.half_b;
        const auto bin = [](double v) {
            return static_cast<int>(std::clamp(std::floor(v / BinTile::bin_m), -1.0, BinTile::bins + 0.0));
        };
        const std::array<int, 4> span = {bin(object.x - rx - x0), bin(object.x + rx - x0), bin(object.y - ry - y0),
                                         bin(object.y + ry - y0)};
        if (span[1] < 0 || span[0] >= BinTile::bins || span[3] < 0 || span[2] >= BinTile::bins) return;
        tile.objects.push_back(object);
        spans.push_back(span);
        tile.highest = std::max(tile.highest, object.top_height());
    });
    tile.items.clear();
    for (int by = 0; by < BinTile::bins; ++by) {
        for (int bx = 0; bx < BinTile::bins; ++bx) {
            BinTile::Bin& bin = tile.bin[static_cast<std::size_t>(by * BinTile::bins + bx)];
            bin.first = static_cast<std::uint32_t>(tile.items.size());
            bin.highest = -1e9;
            for (std::size_t k = 0; k < spans.size(); ++k) {
                const auto& span = spans[k];
                if (bx < span[0] || bx > span[1] || by < span[2] || by > span[3]) continue;
                const SceneObject& o = tile.objects[k];
                tile.items.push_back({o.x, o.y, o.radius() * o.radius(), o.top_height(), k});
                bin.highest = std::max(bin.highest, tile.objects[k].top_height());
            }
            bin.end = static_cast<std::uint32_t>(tile.items.size());
        }
    }
}

const SceneView::BinTile& SceneView::bin_tile(std::int64_t col, std::int64_t row) {
    return bins_.get(col, row, [&](BinTile& tile) { make_bins(col, row, tile); });
}

/// Visits the bins over which a line passes from height offset `from` to `to` (over the place x, y), in that order:
/// visit(tile, bin, offset where the line leaves the bin) returns true to stop.
template <class Visit>
void SceneView::walk_bins(double x, double y, double tx, double ty, double from, double to, Visit&& visit) {
    const double size = BinTile::bin_m, way = to > from ? 1 : -1;
    const double px = (x + tx * from) / size, py = (y + ty * from) / size;
    std::int64_t i = floor_of(px), j = floor_of(py);
    const auto look_into = [&](double leave) {
        const std::int64_t col = i >> BinTile::bits, row = j >> BinTile::bits;
        if (!last_bins_ || last_bins_->col != col || last_bins_->row != row) last_bins_ = &bin_tile(col, row);
        const auto& bin =
            last_bins_
                ->bin[static_cast<std::size_t>((j & (BinTile::bins - 1)) * BinTile::bins + (i & (BinTile::bins - 1)))];
        return bin.first != bin.end && visit(*last_bins_, bin, leave);
    };
    // Most ways are short: one bin, or two side by side, need no care for where the line crosses over.
    const std::int64_t last_i = floor_of((x + tx * to) / size), last_j = floor_of((y + ty * to) / size);
    if (std::abs(last_i - i) + std::abs(last_j - j) <= 1) {
        const bool one = last_i == i && last_j == j, done = look_into(std::min(from, to));
        if (one || done) return;
        i = last_i, j = last_j;
        look_into(std::min(from, to));
        return;
    }
    const double sx = way * tx, sy = way * ty; // step of x, y per unit walked
    const double length = std::abs(to - from), never = 1e300;
    const double per_x = sx != 0 ? size / std::abs(sx) : never, per_y = sy != 0 ? size / std::abs(sy) : never;
    double next_x = sx > 0   ? (static_cast<double>(i) + 1 - px) * per_x
                    : sx < 0 ? (px - static_cast<double>(i)) * per_x
                             : never;
    double next_y = sy > 0   ? (static_cast<double>(j) + 1 - py) * per_y
                    : sy < 0 ? (py - static_cast<double>(j)) * per_y
                             : never;
    for (;;) {
        const double leave = std::min({next_x, next_y, length});
        if (look_into(from + way * leave)) return;
        if (leave >= length) return;
        if (next_x < next_y) {
            i += sx > 0 ? 1 : -1;
            next_x += per_x;
        } else {
            j += sy > 0 ? 1 : -1;
            next_y += per_y;
        }
    }
}

/// How far above a place objects can come into the way of a line that leaves it with that tangent.
double SceneView::rise_to_search(double x, double y, double h, double tangent2) {
    const double side = BinTile::bins * BinTile::bin_m;
    const std::int64_t col = floor_of(x / side), row = floor_of(y / side);
    if (!last_bins_ || last_bins_->col != col || last_bins_->row != row) last_bins_ = &bin_tile(col, row);
    if (!last_bins_->surveyed) {
        const BinTile& tile = *last_bins_;
        double highest = tile.highest;
        for (std::int64_t j = row - 1; j <= row + 1; ++j) {
            for (std::int64_t i = col - 1; i <= col + 1; ++i) highest = std::max(highest, bin_tile(i, j).highest);
        }
        tile.highest_around = highest;
        tile.surveyed = true;
    }
    const double near = last_bins_->highest_around - h;
    // Where the line has passed over all around before it leaves the neighbours, only what stands on higher ground
    // further off could matter; where it is steep enough for the terrain, nothing does.
    if (near <= 0 || near * near * tangent2 < side * side) {
        if (tangent2 < gentle2_) return near;
        const double sky = scene_.highest_ + scene_.tallest_ - h;
        if (sky * sky * tangent2 < side * side) return near;
    }
    const double tangent = std::sqrt(tangent2);
    double up = scene_.highest_ + scene_.tallest_ - h;
    if (scene_.steepest_ * tangent < 0.9) up = std::min(up, scene_.tallest_ / (1 - scene_.steepest_ * tangent));
    return std::min(up, farthest / (tangent + 1e-9));
}

double SceneView::top(double x, double y) {
    double height = ground(x, y).height;
    walk_bins(x, y, 0, 0, 1, 0, [&](const BinTile& tile, const BinTile::Bin& bin, double) {
        for (std::uint32_t k = bin.first; k < bin.end; ++k) {
            double over = 0;
            if (height_over(tile.objects[tile.items[k].object], x, y, over)) height = std::max(height, over);
        }
        return true;
    });
    return height;
}

bool SceneView::meet_ground(const SightLine& line, double& guess, SurfacePoint& out, double& tx, double& ty) {
    const double limit = scene_.steepest_;
    double h = guess;
    const double first2 = line.tx * line.tx + line.ty * line.ty;
    const bool single = limit * limit * first2 < single_meeting; // then the line meets the ground just once
    if (!single) {
        const double tangent = std::sqrt(first2);
        // From above the highest ground down, never further than the steepest slope allows.
        h = scene_.highest_;
        for (int step = 0; step < 400; ++step) {
            const double d = h - line.reference;
            const GroundPoint g = ground(line.x0 + d * (line.tx + d * line.cx), line.y0 + d * (line.ty + d * line.cy));
            const double gap = h - g.height;
            if (gap < 0.02) break;
            h -= gap / (1 + limit * tangent);
        }
    }
    GroundPoint g;
    double x = 0, y = 0;
    for (int step = 0; step < 30; ++step) {
        const double d = h - line.reference;
        x = line.x0 + d * (line.tx + d * line.cx), y = line.y0 + d * (line.ty + d * line.cy);
        tx = line.tx + 2 * d * line.cx, ty = line.ty + 2 * d * line.cy;
        g = ground(x, y);
        const double gap = h - g.height;
        const double slope =
            step < 12 ? std::max(0.1, 1 - g.slope_x * tx - g.slope_y * ty) : 1 + limit * std::sqrt(first2);
        const double move = gap / slope;
        h -= move;
        x -= tx * move, y -= ty * move;
        if (std::abs(gap) < 1e-3) break;
    }
    if (!std::isfinite(h)) {
        guess = scene_.lowest_;
        return false;
    }
    guess = h;
    const double length = std::sqrt(1 + g.slope_x * g.slope_x + g.slope_y * g.slope_y);
    out.x = x, out.y = y, out.h = h;
    out.nx = -g.slope_x / length, out.ny = -g.slope_y / length, out.nz = 1 / length;
    out.object = nullptr;
    out.key = 0;
    out.face = 0;
    return true;
}

bool SceneView::trace(const SightLine& line, double& guess, SurfacePoint& out) {
    double tx = 0, ty = 0;
    if (!meet_ground(line, guess, out, tx, ty)) return false;
    const double x = out.x, y = out.y, h = out.h, tangent2 = tx * tx + ty * ty;
    const double up = rise_to_search(x, y, h, tangent2);
    if (up <= 0) return true;
    const Line straight{x, y, h, tx, ty};
    ShapeHit best;
    best.h = h;
    const SceneObject* object = nullptr;
    walk_bins(x, y, tx, ty, up, 0, [&](const BinTile& tile, const BinTile::Bin& bin, double leave) {
        if (bin.highest > best.h && bin.highest > h + leave) {
            for (std::uint32_t k = bin.first; k < bin.end; ++k) {
                const BinTile::Item& item = tile.items[k];
                if (item.top <= best.h || !item.near(x, y, tx, ty, tangent2)) continue;
                ShapeHit hit;
                if (highest_point(tile.objects[item.object], straight, hit) && hit.h > best.h) {
                    best = hit;
                    object = &tile.objects[item.object];
                }
            }
        }
        return object && best.h >= h + leave;
    });
    if (!object) return true;
    const double d = best.h - h;
    out.x = x + tx * d, out.y = y + ty * d, out.h = best.h;
    out.nx = best.nx, out.ny = best.ny, out.nz = best.nz;
    out.object = object;
    out.key = object->key;
    out.face = best.face;
    return true;
}

bool SceneView::blocked(const SurfacePoint& point, double tx, double ty) {
    const double limit = scene_.steepest_, tangent2 = tx * tx + ty * ty;
    if (limit * limit * tangent2 >= single_meeting) { // the terrain itself may stand in between
        const double tangent = std::sqrt(tangent2);
        for (double d = 0.05; d < scene_.highest_ - point.h;) {
            const double gap = point.h + d - ground(point.x + tx * d, point.y + ty * d).height;
            if (gap < -0.02) return true;
            d += std::max(0.25, gap / (1 + limit * tangent));
        }
    }
    const double up = rise_to_search(point.x, point.y, point.h, tangent2);
    if (up <= 0) return false;
    const Line line{point.x, point.y, point.h, tx, ty};
    bool found = false;
    walk_bins(point.x, point.y, tx, ty, 0, up, [&](const BinTile& tile, const BinTile::Bin& bin, double) {
        if (bin.highest > point.h) {
            for (std::uint32_t k = bin.first; k < bin.end && !found; ++k) {
                const BinTile::Item& item = tile.items[k];
                if (item.top <= point.h || !item.near(point.x, point.y, tx, ty, tangent2)) continue;
                ShapeHit hit;
                const SceneObject& candidate = tile.objects[item.object];
                found = candidate.key != point.key && highest_point(candidate, line, hit) && hit.h > point.h + 1e-3;
            }
        }
        return found;
    });
    return found;
}

bool SceneView::sunlit(const SurfacePoint& p) {
    if (p.nx * sun_[0] + p.ny * sun_[1] + p.nz * sun_[2] <= 0) return false;
    return !blocked(p, sun_tx_, sun_ty_);
}

bool SceneView::hidden(const SurfacePoint& point, double tx, double ty) {
    // Objects are convex: what faces away is hidden by its own object, what does not is not.
    return point.nx * tx + point.ny * ty + point.nz <= 0 || blocked(point, tx, ty);
}

bool SceneView::is_window(const SurfacePoint& point) {
    if (!point.object || point.object->kind != ObjectKind::building || point.face < 2) return false;
    const SceneObject& o = *point.object;
    const double dx = point.x - o.x, dy = point.y - o.y;
    const double along = point.face < 4 ? -o.sin * dx + o.cos * dy : o.cos * dx + o.sin * dy;
    const double up = point.h - o.base, across = along / 2.6 - std::floor(along / 2.6),
                 floor = up / 2.9 - std::floor(up / 2.9);
    return across > 0.3 && across < 0.7 && floor > 0.35 && floor < 0.75 && up < o.height;
}

std::uint64_t SceneView::content(const SurfacePoint& point) {
    if (point.object) return point.object->key;
    const Point2 uv = scene_.layout_.to_uv(point.x, point.y);
    const LandBlock& land = land_at(uv.x, uv.y);
    const Block& b = land.block;
    for (const Edit* works : land.works) {
        const double dx = point.x - works->x, dy = point.y - works->y;
        if (std::abs(works->cos * dx + works->sin * dy) <= works->half_a &&
            std::abs(-works->sin * dx + works->cos * dy) <= works->half_b) {
            return works->key;
        }
    }
    if (land.ploughed && b.inset(uv.x, uv.y) > verge_m) return land.ploughed->key;
    if (b.use == Use::water) {
        const double inside = land.water_edge(uv.x, uv.y);
        if (inside > -beach_m) return inside > 0 ? 2 : 3;
    }
    return 1;
}

void SceneView::radiance(const SurfacePoint& p, bool lit, int level, float* out) {
    float here[12]; // whole groups of four lanes
    paint(level, 1, &p.x, &p.y, here);
    const float l = light(static_cast<float>(p.nx), static_cast<float>(p.ny), static_cast<float>(p.nz), lit);
    if (p.object) return object_radiance(p, l, here[bands_], out);
    for (int k = 0; k < bands_; ++k) out[k] = l * here[k];
}

void SceneView::object_radiance(const SurfacePoint& p, float light, float texture, float* out) const {
    const bool roof = p.object->kind == ObjectKind::tree || p.face < 2;
    const Material material = roof ? p.object->top : is_window(p) ? Material::car_dark : p.object->side;
    const float scale = light * p.object->shade * std::max(0.1f, 1 + look_of(material).contrast * texture);
    const Spectrum& spectrum = spectra_[static_cast<std::size_t>(material)];
    for (int k = 0; k < bands_; ++k) out[k] = scale * spectrum[static_cast<std::size_t>(k)];
}

void SceneView::paint(int level, int count, const double* x, const double* y, float* out) {
    switch (lanes_) {
    case 4:
        return paint_lanes<4>(level, count, x, y, out);
    case 8:
        return paint_lanes<8>(level, count, x, y, out);
    default:
        return paint_lanes<12>(level, count, x, y, out);
    }
}

template <int lanes>
void SceneView::paint_lanes(int level, int count, const double* x, const double* y, float* out) {
    const double scale = cells_per_m_[static_cast<std::size_t>(level)];
    constexpr int in_tile = PaintTile::cells - 1;
    std::int32_t col = 0, row = 0; // of the tile
    const float* values = nullptr;
    for (int n = 0; n < count; ++n) {
        const double fx = x[n] * scale, fy = y[n] * scale;
        const std::int32_t i = floor_of(fx), j = floor_of(fy);
        if (!values || i >> PaintTile::bits != col || j >> PaintTile::bits != row) {
            col = i >> PaintTile::bits, row = j >> PaintTile::bits;
            values = paint_tile(level, col, row).values.data();
        }
        const auto a = static_cast<float>(fx - i), b = static_cast<float>(fy - j);
        const float* p0 = values + ((j & in_tile) * PaintTile::side + (i & in_tile)) * lanes;
        const float *p1 = p0 + lanes, *p2 = p0 + PaintTile::side * lanes, *p3 = p2 + lanes;
        const float w0 = (1 - a) * (1 - b), w1 = a * (1 - b), w2 = (1 - a) * b, w3 = a * b;
        std::array<float, lanes> sum; // a local, so that the compiler can take four lanes at once
        for (std::size_t k = 0; k < lanes; ++k) sum[k] = w0 * p0[k] + w1 * p1[k] + w2 * p2[k] + w3 * p3[k];
        std::copy(sum.begin(), sum.end(), out + n * lanes);
    }
}

const SceneView::PaintTile& SceneView::paint_tile(int level, std::int64_t col, std::int64_t row) {
    return paint_[static_cast<std::size_t>(level)].get(col, row, [&](PaintTile& tile) {
        tile.level = level, tile.col = col, tile.row = row;
        make_paint(level, col, row, tile);
    });
}

} // namespace overflight::simulation
