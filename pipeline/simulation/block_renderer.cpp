// SPDX-License-Identifier: Apache-2.0
#include "simulation/block_renderer.h"

#include "simulation/hash.h"
#include "simulation/render_frame.h"

#include <algorithm>
#include <cmath>

namespace overflight::simulation {

namespace {

constexpr std::uint64_t nothing = ~std::uint64_t{0};

constexpr int fine_sights = 4; ///< of a pixel on an edge

/// Sights side by side: a row with one pixel around, or 32 pixels taken finely.
constexpr std::size_t capacity = BlockRenderer::block_width + 2;

std::uint64_t look_of(const SurfacePoint& p, bool lit) {
    return (p.key << 5) ^ static_cast<std::uint64_t>(p.face << 2 | (SceneView::is_window(p) ? 2 : 0) | (lit ? 1 : 0));
}

/// Texture level whose cells are just not larger than the pixels.
int level_for(const SightLines& lines, double col, double row, double height, double detail) {
    const auto place = [&](double c, double r) {
        const SightLine line = lines.at(c, r).line;
        const double d = height - line.reference;
        return Point2{line.x0 + d * line.tx, line.y0 + d * line.ty};
    };
    const Point2 p = place(col, row), right = place(col + 1, row), down = place(col, row + 1);
    const double area = std::abs((right.x - p.x) * (down.y - p.y) - (right.y - p.y) * (down.x - p.x));
    const double gsd = std::sqrt(area);
    if (!(gsd > detail)) return 0;
    return std::min(paint_levels - 1, static_cast<int>(std::log2(gsd / detail)));
}

/// Deviates of the normal distribution at 4096 equally likely values.
const std::vector<float>& normal_deviates() {
    static const std::vector<float> all = [] {
        std::vector<float> made(4096);
        for (std::size_t k = 0; k < made.size(); ++k) { // Newton's method on the distribution function
            const double p = (static_cast<double>(k) + 0.5) / 4096;
            double x = 0;
            for (int step = 0; step < 60; ++step) {
                const double density = std::exp(-0.5 * x * x) / std::sqrt(2 * 3.14159265358979323846);
                x += std::clamp((p - 0.5 * std::erfc(-x / std::sqrt(2.0))) / density, -0.5, 0.5);
            }
            made[k] = static_cast<float>(x);
        }
        return made;
    }();
    return all;
}

} // namespace

BlockRenderer::Sights::Sights(int lanes)
    : lines(capacity), cell(capacity), ground(capacity), looks(capacity),
      light(capacity * static_cast<std::size_t>(lanes)) {}

BlockRenderer::BlockRenderer(const Exposure& exposure, const MissionSettings& mission, const SightLines& lines,
                             const OutputSettings& output, const Scene& scene, SceneView& view)
    : exposure_(exposure), mission_(mission), lines_(lines), output_(output), scene_(scene), view_(view),
      bands_(view.bands()), lanes_(view.lanes()), rows_{Sights(lanes_), Sights(lanes_), Sights(lanes_)}, fine_(lanes_),
      x_(capacity), y_(capacity), tx_(capacity), ty_(capacity), nx_(capacity), ny_(capacity), nz_(capacity),
      lit_(capacity), shade_(capacity), hit_(capacity) {
    const double limit = scene.steepest(), tx = view.sun_tx(), ty = view.sun_ty();
    simple_sun_ = limit * limit * (tx * tx + ty * ty) < SceneView::single_meeting;
}

template <class Sample>
void BlockRenderer::render(const Window& block, Sample* out, std::ptrdiff_t row_stride) {
    const int width = static_cast<int>(block.width) + 2,
              height = static_cast<int>(block.height) + 2; // to see the edges
    const int first_col = static_cast<int>(block.col) - 1, first_row = static_cast<int>(block.row) - 1;
    const auto count = static_cast<std::size_t>(width);
    const double reference = lines_.reference();
    level_ = level_for(lines_, first_col + 0.5 * width, first_row + 0.5 * height, reference, scene_.detail());
    last_blocker_ = {};
    by_cells_ = cells_.survey(lines_, first_col, first_row, width, height, scene_, view_);
    const double start = by_cells_ ? 0.5 * (cells_.ground().lowest + cells_.ground().highest) : reference;
    const auto row_of = [&](int r) -> Sights& { return rows_[static_cast<std::size_t>((r + 3) % 3)]; };
    for (Sights& s : rows_) std::fill(s.ground.begin(), s.ground.end(), start);
    for (int r = 0; r < height; ++r) {
        Sights &here = row_of(r), &above = row_of(r - 1), &higher = row_of(r - 2);
        lines_.row(first_col, first_row + r, width, here.lines);
        for (std::size_t c = 0; c < count; ++c) {
            here.cell[c] = by_cells_ ? cells_.cell_of(static_cast<int>(c), r) : 0;
            // The ground goes on from row to row as it went: a guess that does not wait for the pixel before.
            here.ground[c] = r < 2 ? above.ground[c] : 2 * above.ground[c] - higher.ground[c];
        }
        see(here, count);
        if (r < 2) continue;
        smooth_edges(higher, above, here, first_col, first_row + r - 1, count);
        expose(above, first_col, first_row + r - 1, count, out + (r - 2) * row_stride);
    }
}

/// Newton's method along each line; most lie within one step of the guess.
template <bool straight>
void BlockRenderer::meet_ground(Sights& s, std::size_t count) {
    const GroundPatch& ground = cells_.ground();
    const double reference = lines_.reference();
    const SightLines::Row& l = s.lines;
    strays_.clear();
    for (std::size_t k = 0; k < count; ++k) {
        double h = s.ground[k];
        for (int step = 0;; ++step) {
            const double d = h - reference;
            const double bend_x = straight ? 0 : d * l.cx[k], bend_y = straight ? 0 : d * l.cy[k];
            const double x = l.x0[k] + d * (l.tx[k] + bend_x), y = l.y0[k] + d * (l.ty[k] + bend_y);
            const double tx = l.tx[k] + 2 * bend_x, ty = l.ty[k] + 2 * bend_y;
            tx_[k] = tx, ty_[k] = ty;
            GroundPoint g;
            if (step == 12 || !ground.at(x, y, g)) {
                strays_.push_back(k);
                const Point2 middle = ground.middle(); // any place that exists will do until it is seen alone
                x_[k] = middle.x, y_[k] = middle.y;
                nx_[k] = 0, ny_[k] = 0;
                break;
            }
            const double gap = h - g.height;
            const double move = gap / std::max(0.1, 1 - g.slope_x * tx - g.slope_y * ty);
            h -= move;
            if (std::abs(gap) >= 1e-3) continue;
            s.ground[k] = h;
            x_[k] = x - tx * move, y_[k] = y - ty * move;
            nx_[k] = static_cast<float>(-g.slope_x), ny_[k] = static_cast<float>(-g.slope_y);
            break;
        }
    }
    for (std::size_t k = 0; k < count; ++k) {
        const float nz = 1 / std::sqrt(1 + nx_[k] * nx_[k] + ny_[k] * ny_[k]);
        nx_[k] *= nz, ny_[k] *= nz, nz_[k] = nz;
    }
}

void BlockRenderer::see(Sights& s, std::size_t count) {
    if (!by_cells_) {
        for (std::size_t k = 0; k < count; ++k) see_alone(s, k);
        return;
    }
    lines_.straight() ? meet_ground<true>(s, count) : meet_ground<false>(s, count);
    meet_objects(s, count);
    look_for_sun(s, count);
    view_.paint(level_, static_cast<int>(count), x_.data(), y_.data(), s.light.data());
    for (std::size_t k = 0; k < count; ++k)
        shade_[k] = s.lines.through[k] * view_.light(nx_[k], ny_[k], nz_[k], lit_[k]);
    for (std::size_t k = 0; k < count; ++k) {
        float* light = s.light.data() + k * static_cast<std::size_t>(lanes_);
        s.looks[k] = lit_[k] > 0 ? 1 : 0;
        if (hit_[k] >= 0) {
            const SurfacePoint& p = hits_[static_cast<std::size_t>(hit_[k])];
            s.looks[k] = look_of(p, lit_[k] > 0);
            view_.object_radiance(p, 1, light[bands_], light);
        }
        for (int first = 0; first < lanes_; first += 4) { // whole groups, for the compiler to take at once
            std::array<float, 4> group;
            for (std::size_t b = 0; b < 4; ++b)
                group[b] = light[first + static_cast<int>(b)] * shade_[k] + s.lines.veil[k];
            std::copy(group.begin(), group.end(), light + first);
        }
    }
    for (const std::size_t k : strays_) see_alone(s, k);
}

void BlockRenderer::meet_objects(const Sights& s, std::size_t count) {
    hits_.clear();
    for (std::size_t k = 0; k < count; ++k) {
        hit_[k] = -1;
        const auto list = cells_.list(ObstacleCells::seen, s.cell[k]);
        if (list.empty()) continue;
        const Line line{x_[k], y_[k], s.ground[k], tx_[k], ty_[k]};
        const double tangent2 = line.tx * line.tx + line.ty * line.ty;
        ShapeHit best;
        best.h = line.h;
        const SceneObject* object = nullptr;
        for (const ObstacleCells::Obstacle& o : list) {
            if (o.top <= best.h) break;
            ShapeHit hit;
            if (!o.near(line, tangent2) || !highest_point(*o.object, line, hit) || hit.h <= best.h) continue;
            best = hit;
            object = o.object;
        }
        if (!object) continue;
        const double d = best.h - line.h;
        hit_[k] = static_cast<int>(hits_.size());
        hits_.push_back({line.x + line.tx * d, line.y + line.ty * d, best.h, best.nx, best.ny, best.nz, object,
                         object->key, best.face});
        x_[k] = hits_.back().x, y_[k] = hits_.back().y;
        nx_[k] = static_cast<float>(best.nx), ny_[k] = static_cast<float>(best.ny),
        nz_[k] = static_cast<float>(best.nz);
    }
}

void BlockRenderer::look_for_sun(const Sights& s, std::size_t count) {
    const auto [sx, sy, sz] = view_.sun();
    const auto fx = static_cast<float>(sx), fy = static_cast<float>(sy), fz = static_cast<float>(sz);
    for (std::size_t k = 0; k < count; ++k) lit_[k] = nx_[k] * fx + ny_[k] * fy + nz_[k] * fz > 0 ? 1.0f : 0.0f;
    for (std::size_t k = 0; k < count; ++k) {
        const auto which = hit_[k] < 0 ? ObstacleCells::shading_ground : ObstacleCells::shading_objects;
        if ((simple_sun_ && cells_.list(which, s.cell[k]).empty()) || lit_[k] == 0) continue;
        SurfacePoint ground;
        ground.x = x_[k], ground.y = y_[k], ground.h = s.ground[k];
        ground.nx = static_cast<double>(nx_[k]), ground.ny = static_cast<double>(ny_[k]);
        ground.nz = static_cast<double>(nz_[k]);
        if (in_shadow(which, s.cell[k], hit_[k] < 0 ? ground : hits_[static_cast<std::size_t>(hit_[k])])) lit_[k] = 0;
    }
}

bool BlockRenderer::in_shadow(ObstacleCells::List which, int cell, const SurfacePoint& point) {
    if (!simple_sun_) return !view_.sunlit(point);
    const Line line{point.x, point.y, point.h, view_.sun_tx(), view_.sun_ty()};
    const double tangent2 = line.tx * line.tx + line.ty * line.ty;
    const auto blocks = [&](const ObstacleCells::Obstacle& o) {
        ShapeHit hit;
        return o.near(line, tangent2) && o.object->key != point.key && highest_point(*o.object, line, hit) &&
               hit.h > point.h + 1e-3;
    };
    if (last_blocker_.object && blocks(last_blocker_)) return true;
    for (const ObstacleCells::Obstacle& o : cells_.list(which, cell)) {
        if (o.top <= point.h) break;
        if (!blocks(o)) continue;
        last_blocker_ = o;
        return true;
    }
    last_blocker_ = {};
    return false;
}

void BlockRenderer::see_alone(Sights& s, std::size_t k) {
    float* light = s.light.data() + k * static_cast<std::size_t>(lanes_);
    SurfacePoint point;
    if (std::isnan(s.lines.x0[k]) || !view_.trace(s.lines.line(k, lines_.reference()), s.ground[k], point)) {
        s.looks[k] = nothing;
        std::fill(light, light + lanes_, 0.0f);
        return;
    }
    const bool lit = view_.sunlit(point);
    view_.radiance(point, lit, level_, light);
    s.looks[k] = look_of(point, lit);
    for (int b = 0; b < bands_; ++b) light[b] = light[b] * s.lines.through[k] + s.lines.veil[k];
}

void BlockRenderer::smooth_edges(const Sights& above, Sights& here, const Sights& below, int col, int row,
                                 std::size_t count) {
    static constexpr double places[fine_sights][2] = {
        {-0.125, -0.375}, {0.375, -0.125}, {-0.375, 0.125}, {0.125, 0.375}};
    edges_.clear();
    const Look* looks = here.looks.data();
    for (std::size_t c = 1; c + 1 < count; ++c) {
        const Look look = looks[c];
        if (look != looks[c - 1] || look != looks[c + 1] || look != above.looks[c] || look != below.looks[c])
            edges_.push_back(c);
    }
    const auto lanes = static_cast<std::size_t>(lanes_);
    for (std::size_t first = 0; first < edges_.size(); first += capacity / fine_sights) {
        const std::size_t end = std::min(edges_.size(), first + capacity / fine_sights);
        std::size_t n = 0;
        for (std::size_t e = first; e < end; ++e) {
            const std::size_t c = edges_[e];
            for (const auto& place : places) {
                if (by_cells_) {
                    fine_.lines.put(n, here.lines, c, place[0], above.lines, below.lines, place[1]);
                } else {
                    fine_.lines.put(n, lines_.at(col + static_cast<double>(c) + place[0], row + place[1]));
                }
                fine_.cell[n] = here.cell[c];
                fine_.ground[n] = here.looks[c] == nothing ? lines_.reference() : here.ground[c];
                ++n;
            }
        }
        see(fine_, n);
        n = 0;
        for (std::size_t e = first; e < end; ++e) {
            float* light = here.light.data() + edges_[e] * lanes;
            std::fill(light, light + lanes, 0.0f);
            for (int s = 0; s < fine_sights; ++s, ++n) {
                for (std::size_t b = 0; b < lanes; ++b) light[b] += 0.25f * fine_.light[n * lanes + b];
            }
        }
    }
}

template <class Sample>
void BlockRenderer::expose(const Sights& s, int col, int row, std::size_t count, Sample* out) const {
    const float full = output_.bits == 8 ? 255 : 65535;
    const double unit = output_.bits == 8 ? 1 : 257; // offsets and noise are in digital numbers of 8 bits
    const double scale = static_cast<double>(full) * radiance_scale * mission_.exposure;
    const auto noise = static_cast<float>(unit * mission_.noise);
    std::array<float, max_bands + 4> gain{}, offset{};
    for (std::size_t b = 0; b < static_cast<std::size_t>(bands_); ++b) {
        gain[b] = static_cast<float>(exposure_.gain[b] * scale);
        offset[b] = static_cast<float>(unit * exposure_.offset[b] + 0.5);
    }
    const float* deviates = normal_deviates().data();
    for (std::size_t c = 1; c + 1 < count; ++c, out += bands_) {
        if (s.looks[c] == nothing) {
            std::fill(out, out + bands_, Sample{0});
            continue;
        }
        const float* light = s.light.data() + c * static_cast<std::size_t>(lanes_);
        std::uint64_t bits = mix(exposure_.key ^ (static_cast<std::uint64_t>(row) << 32 |
                                                  static_cast<std::uint64_t>(col + static_cast<int>(c))));
        for (int first = 0; first < bands_; first += 4, bits = mix(bits)) {
            const auto from = static_cast<std::size_t>(first);
            std::array<float, 4> value;
            for (std::size_t b = 0; b < 4; ++b) value[b] = noise * deviates[bits >> (16 * b) & 4095];
            for (std::size_t b = 0; b < 4; ++b) value[b] += gain[from + b] * light[from + b] + offset[from + b];
            std::array<std::int32_t, 4> whole; // whole groups, for the compiler to take at once
            for (std::size_t b = 0; b < 4; ++b)
                whole[b] = static_cast<std::int32_t>(std::min(std::max(value[b], 0.0f), full));
            for (int b = first; b < std::min(bands_, first + 4); ++b)
                out[b] = static_cast<Sample>(whole[static_cast<std::size_t>(b - first)]);
        }
    }
}

template void BlockRenderer::render(const Window&, std::uint8_t*, std::ptrdiff_t);
template void BlockRenderer::render(const Window&, std::uint16_t*, std::ptrdiff_t);

} // namespace overflight::simulation
