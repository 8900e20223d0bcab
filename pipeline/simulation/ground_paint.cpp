// SPDX-License-Identifier: Apache-2.0
#include "simulation/scene_view.h"

#include <algorithm>
#include <cmath>

namespace overflight::simulation {

namespace {

/// Share of a cell on the inner side of an edge, from its signed distance. `per_cell` is 1 over a cell. Edges are
/// smooth over two cells, about what a lens does, so that one sample a pixel shows them without steps.
float coverage(double distance, double per_cell) {
    return static_cast<float>(std::clamp(0.5 + 0.5 * distance * per_cell, 0.0, 1.0));
}

/// A wave of period 1 between -1 and 1, without steps.
float wave(double phase) {
    const auto whole = static_cast<double>(static_cast<std::int32_t>(phase + 0x1p30)) - 0x1p30; // floor, without a call
    const double t = std::abs(phase - whole - 0.5) * 4 - 1;
    return static_cast<float>(t * (1.5 - 0.5 * t * t));
}

/// What one cell of ground looks like, layer over layer.
struct Coat {
    Spectrum color{};
    float contrast = 0, hue = 0;

    void put(const Spectrum& spectrum, const Look& look, float shade, float share, int bands) {
        for (int b = 0; b < bands; ++b) {
            const auto k = static_cast<std::size_t>(b);
            color[k] += share * (spectrum[k] * shade - color[k]);
        }
        contrast += share * (look.contrast - contrast);
        hue += share * (look.hue - hue);
    }
};

/// Number of steps from a place that lie deeper than `depth` in a block.
double cells_inside(const Block& b, const Point2& uv, double depth, const Point2& step) {
    const auto along = [&](double at, double low, double high, double by) {
        if (by == 0) return 1e6;
        return std::clamp(((by > 0 ? high : low) - at) / by, 0.0, 1e6);
    };
    return std::min(along(uv.x, b.u0 + b.road_u0 + depth, b.u1 - b.road_u1 - depth, step.x),
                    along(uv.y, b.v0 + b.road_v0 + depth, b.v1 - b.road_v1 - depth, step.y));
}

/// Cells of one coat side by side: `lanes` values each, the bands and then the texture.
template <int lanes>
void paint_open_ground(const Coat& coat, int bands, int count, const float* shade, const float* noise,
                       const float* hue_noise, float* out) {
    std::array<float, lanes> color{}, direction{};
    std::copy_n(coat.color.begin(), bands, color.begin());
    std::copy_n(hue_direction().begin(), bands, direction.begin());
    for (int c = 0; c < count; ++c, out += lanes) {
        const float texture = 1 + coat.contrast * noise[c], tint = coat.hue * hue_noise[c];
        std::array<float, lanes> cell; // a local, so that the compiler can take four lanes at once
        for (std::size_t k = 0; k < lanes; ++k)
            cell[k] = color[k] * shade[c] * std::max(0.1f, texture + tint * direction[k]);
        std::copy(cell.begin(), cell.end(), out);
        out[bands] = noise[c];
    }
}

} // namespace

void SceneView::make_paint(int level, std::int64_t col, std::int64_t row, PaintTile& tile) {
    constexpr int side = PaintTile::side;
    const double cell = scene_.detail_ * static_cast<double>(1 << level);
    const double per_cell = 1 / cell;
    const std::int64_t c0 = col * PaintTile::cells, r0 = row * PaintTile::cells;
    const double x0 = static_cast<double>(c0) * cell, y0 = static_cast<double>(r0) * cell;
    scene_.texture_.evaluate(c0, r0, side, side, level, noise_);
    tile.values.resize(static_cast<std::size_t>(side * side * lanes_));

    const Settings& settings = scene_.settings_;
    if (paint_source_) {
        // Nominal exposure: half reflectance at full scale.
        paint_source_->read(settings.scene.center_x + x0, settings.scene.center_y + y0, cell, side, side, bands_,
                            lanes_, tile.values.data());
        for (std::size_t k = 0; k < static_cast<std::size_t>(side * side); ++k) {
            float* out = tile.values.data() + k * static_cast<std::size_t>(lanes_);
            for (int b = 0; b < bands_; ++b) out[b] *= 0.5f;
            out[bands_] = noise_[k];
        }
    } else {
        scene_.hue_.evaluate(c0, r0, side, side, level, hue_noise_);
        const Spectrum& direction = hue_direction();
        const auto put = [&](Coat& coat, Material material, float shade, float share) {
            coat.put(spectra_[static_cast<std::size_t>(material)], look_of(material), shade, share, bands_);
        };
        const LandBlock* known = nullptr;
        Coat bare; // the block's ground before furrows
        double per_furrow = 0;
        float depth = 0;
        const auto open_ground = lanes_ == 4   ? paint_open_ground<4>
                                 : lanes_ == 8 ? paint_open_ground<8>
                                               : paint_open_ground<12>;
        const Point2 step = scene_.layout_.to_uv(cell, 0);
        std::array<Point2, side> at;
        std::array<float, side> shades;
        for (int r = 0; r < side; ++r) {
            const double y = y0 + r * cell;
            for (int c = 0; c < side; ++c) at[static_cast<std::size_t>(c)] = scene_.layout_.to_uv(x0 + c * cell, y);
            for (int c = 0; c < side; ++c) {
                const Point2 uv = at[static_cast<std::size_t>(c)];
                const double x = x0 + c * cell;
                const LandBlock& land = land_at(uv.x, uv.y);
                const Block& b = land.block;
                if (known != &land) {
                    known = &land;
                    bare = {};
                    put(bare, land.ploughed ? Material::soil : b.ground, land.ploughed ? 0.8f : b.shade, 1);
                    const double furrow = land.ploughed ? 1.6 : b.furrow_m;
                    per_furrow = 1 / furrow;
                    const auto seen = static_cast<float>(std::clamp(0.5 * furrow * per_cell - 1, 0.0, 1.0));
                    depth = b.use == Use::field ? (land.ploughed ? 0.16f : 0.09f) * seen : 0.0f;
                }
                // Most cells lie in the open, side by side.
                const double inset = b.inset(uv.x, uv.y);
                int end = c;
                if (inset >= verge_m + cell && b.use != Use::water && land.works.empty())
                    end = std::min(side, c + 1 + static_cast<int>(cells_inside(b, uv, verge_m + cell, step)));
                if (end > c) {
                    std::fill(shades.begin() + c, shades.begin() + end, 1.0f);
                    for (int k = c; k < end && depth > 0; ++k) {
                        const Point2& p = at[static_cast<std::size_t>(k)];
                        shades[static_cast<std::size_t>(k)] =
                            1 + depth * wave((b.furrows_along_u ? p.y : p.x) * per_furrow);
                    }
                    const std::size_t first = static_cast<std::size_t>(r * side + c);
                    open_ground(bare, bands_, end - c, shades.data() + c, noise_.data() + first,
                                hue_noise_.data() + first,
                                tile.values.data() + first * static_cast<std::size_t>(lanes_));
                    c = end - 1;
                    continue;
                }
                Coat coat = bare;
                if (depth > 0) {
                    const float shade = 1 + depth * wave((b.furrows_along_u ? uv.y : uv.x) * per_furrow);
                    for (float& color : coat.color) color *= shade;
                }
                if (b.use == Use::water) {
                    const double distance = land.water_edge(uv.x, uv.y);
                    const float beach = coverage(distance + beach_m, per_cell), wet = coverage(distance, per_cell);
                    if (beach > 0) put(coat, Material::soil, 1.1f, beach);
                    if (wet > 0) put(coat, Material::water, 1, wet);
                }
                if (inset < verge_m + cell) {
                    const float outside = 1 - coverage(inset - verge_m, per_cell), road = coverage(-inset, per_cell);
                    if (outside > 0) put(coat, Material::verge, 1, outside);
                    if (road > 0) put(coat, Material::asphalt, 1, road);
                    // The line in the middle, dashed, of the road that the cell lies on.
                    const double du = std::min(uv.x - b.u0, b.u1 - uv.x), dv = std::min(uv.y - b.v0, b.v1 - uv.y);
                    const double middle = std::min(du, dv), along = (du < dv ? uv.y : uv.x) / 9;
                    const float line =
                        coverage(0.12 - middle, per_cell) * static_cast<float>(std::min(1.0, 0.24 * per_cell));
                    if (line > 0 && std::max(du, dv) > 6 && along - std::floor(along) < 0.45) {
                        put(coat, Material::paint, 1, line);
                    }
                }
                for (const Edit* works : land.works) {
                    const double dx = x - works->x, dy = y - works->y;
                    const double da = works->half_a - std::abs(works->cos * dx + works->sin * dy);
                    const double db = works->half_b - std::abs(-works->sin * dx + works->cos * dy);
                    const float share = coverage(std::min(da, db), per_cell);
                    if (share > 0) put(coat, Material::works, 1, share);
                }
                const auto k = static_cast<std::size_t>(r * side + c);
                float* out = tile.values.data() + k * static_cast<std::size_t>(lanes_);
                const float texture = 1 + coat.contrast * noise_[k], tint = coat.hue * hue_noise_[k];
                for (int band = 0; band < bands_; ++band) {
                    const auto n = static_cast<std::size_t>(band);
                    out[band] = coat.color[n] * std::max(0.1f, texture + tint * direction[n]);
                }
                out[bands_] = noise_[k];
            }
        }
    }

    // Signals: a white disc in a black one, at the check points.
    const double radius = 0.5 * settings.scene.marks_m;
    if (radius <= 0) return;
    const double reach = side * cell;
    for (const Point2& mark : scene_.check_points_) {
        if (mark.x < x0 - 2 * radius || mark.x > x0 + reach + 2 * radius || mark.y < y0 - 2 * radius ||
            mark.y > y0 + reach + 2 * radius) {
            continue;
        }
        const auto reached = [&](double center, double origin) { // cells that may show it, along one axis
            const auto clamped = [](double v) { return static_cast<int>(std::clamp(v, 0.0, side + 0.0)); };
            return std::pair(clamped((center - 2 * radius - origin) * per_cell - 1),
                             clamped((center + 2 * radius - origin) * per_cell + 3));
        };
        const auto [left, right] = reached(mark.x, x0);
        const auto [bottom, top] = reached(mark.y, y0);
        for (int r = bottom; r < top; ++r) {
            const double dy = y0 + r * cell - mark.y;
            for (int c = left; c < right; ++c) {
                const double dx = x0 + c * cell - mark.x, distance = std::sqrt(dx * dx + dy * dy);
                const float black = coverage(2 * radius - distance, per_cell),
                            white = coverage(radius - distance, per_cell);
                if (black <= 0) continue;
                float* out = tile.values.data() + static_cast<std::ptrdiff_t>(r * side + c) * lanes_;
                for (int b = 0; b < bands_; ++b) {
                    const auto n = static_cast<std::size_t>(b);
                    out[b] += black * (spectra_[static_cast<std::size_t>(Material::mark_black)][n] - out[b]);
                    out[b] += white * (spectra_[static_cast<std::size_t>(Material::mark_white)][n] - out[b]);
                }
            }
        }
    }
}

} // namespace overflight::simulation
