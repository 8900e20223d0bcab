// SPDX-License-Identifier: Apache-2.0
#include "stages/visibility.h"

#include "stages/united.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace overflight {
namespace {

constexpr int rounds = 3; // of narrowing down from where something may hide the tile

std::int64_t floor_divided(std::int64_t a, std::int64_t b) {
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

int farthest(const Window& window, const Window& from) {
    return static_cast<int>(
        std::max({from.col - window.col, from.row - window.row, window.col + window.width - from.col - from.width,
                  window.row + window.height - from.row - from.height}));
}

bool holds(const Window& outer, const Window& inner) {
    return united(outer, inner) == outer;
}

} // namespace

double surface_error_px(const PlannedMission& mission, double surface_error_m) {
    const double error = surface_error_m > 0 ? surface_error_m / metres_per_unit(mission.grid.crs_wkt)
                                             : 0.5 * mission.surface->post_spacing();
    return error / mission.grid.resolution;
}

void TileVisibility::begin(const PlannedMission& mission, const Window& tile, double error) {
    if (mission_ != &mission) cell_m_ = mission.grid.resolution * metres_per_unit(mission.grid.crs_wkt);
    mission_ = &mission;
    tile_ = tile;
    error_ = error;
    range_ = mission.surface->range_within(mission.grid.bounds(tile));
    for (auto& [frame, view] : views_) {
        spare(view.expected);
        spare(view.elsewhere);
    }
    views_.clear();
    nodes_.clear();
    for (auto& [step, around] : around_) { // its pages are dear to ask for anew
        around.wanted = around.heights.window = {};
        around.rough = {};
    }
}

void TileVisibility::heights(std::span<const std::size_t> frames, TileHeights& out) {
    for (const std::size_t frame : frames) view_of(frame);
    Surroundings& around = around_[1];
    const Window all = united(tile_, around.wanted);
    read_heights(1, all, around.heights);
    const auto cut = [&](const auto& from, auto& to) {
        to.resize(static_cast<std::size_t>(tile_.pixels()));
        for (int row = 0; row < tile_.height; ++row)
            std::copy_n(from.begin() + (tile_.row + row - all.row) * all.width + (tile_.col - all.col), tile_.width,
                        to.begin() + static_cast<std::ptrdiff_t>(row) * tile_.width);
    };
    cut(around.heights.height, out.height);
    out.filled.clear();
    if (!read_.filled.empty()) cut(read_.filled, out.filled);
    if (std::ranges::all_of(out.filled, [](std::uint8_t each) { return each == 0; })) out.filled.clear();
    out.range = all == tile_ ? read_.range : range_of(out.height);
}

void TileVisibility::expect(std::size_t frame, const Window& window) {
    view_of(frame).expected.window = window;
}

bool TileVisibility::expects(std::size_t frame, const Window& window) {
    return holds(view_of(frame).expected.window, window);
}

void TileVisibility::expect_elsewhere(std::size_t frame, const Window& window) {
    Look& look = view_of(frame).elsewhere;
    spare(look);
    look = {};
    look.window = window;
}

/// Keeps a look's memory for others.
void TileVisibility::spare(Look& look) {
    if (!look.classes.seen.empty()) spare_.push_back(std::move(look.classes));
}

Grid TileVisibility::cells(int step) const {
    Grid grid = mission_->grid;
    grid.resolution *= step;
    return grid;
}

Window TileVisibility::cells_of(const Window& pixels, int step) const {
    const std::int64_t col = floor_divided(pixels.col, step), row = floor_divided(pixels.row, step);
    return {col, row, static_cast<int>(floor_divided(pixels.col + pixels.width - 1, step) - col + 1),
            static_cast<int>(floor_divided(pixels.row + pixels.height - 1, step) - row + 1)};
}

TileVisibility::View& TileVisibility::view_of(std::size_t frame) {
    const auto [entry, fresh] = views_.try_emplace(frame);
    View& view = entry->second;
    if (!fresh) return view;
    do {
        auto nodes = nodes_.find(view.step);
        if (nodes == nodes_.end())
            nodes = nodes_
                        .try_emplace(view.step, cells(view.step), cells_of(tile_, view.step), *mission_->space,
                                     HeightRange{range_.min, std::max(range_.max, range_.min + 50)})
                        .first;
        if (!nodes->second.field(*mission_->frames[frame].camera, view.field)) return view; // sees nothing of the tile
    } while (!look_around(view));
    return view;
}

/// Finds from how far something may hide the tile: heights will be wanted so far. False where that is too far for cells
/// of the view's step, which is doubled.
bool TileVisibility::look_around(View& view) {
    const Terrain& surface = *mission_->surface;
    const Grid grid = cells(view.step);
    const Window tile = cells_of(tile_, view.step);
    float highest = surface.range().max;
    Window window = SightSweep::reach(view.field, tile, range_.min, highest);
    for (int round = 0; round < rounds && farthest(window, tile) > 1; ++round) {
        const float lower = surface.range_within(grid.bounds(window)).max;
        if (!(lower < highest)) break;
        highest = lower;
        window = SightSweep::reach(view.field, tile, range_.min, highest);
    }
    const int away = farthest(window, tile);
    if (away > farthest_cells && view.step < Tiling::size) {
        view.step *= 2;
        return false;
    }
    view.hides = away > 1;
    if (view.hides) {
        Window& wanted = around_[view.step].wanted;
        wanted = united(wanted, window);
    }
    return true;
}

bool TileVisibility::shade(double east, double north, std::vector<std::uint8_t>& shaded) {
    View view;
    do {
        const double cell = mission_->grid.resolution * view.step;
        view.field = SightField::parallel(east / cell, -north / cell, static_cast<double>(range_.min));
    } while (!look_around(view));
    if (!view.hides || !classify(view, {0, 0, tile_.width, tile_.height}, -1, shaded_)) return false;
    tell_sights(around_.at(view.step).heights, view.field, shaded_);
    shaded.resize(shaded_.seen.size());
    for (std::size_t i = 0; i < shaded.size(); ++i) shaded[i] = shaded_.seen[i] == sight::hidden ? 1 : 0;
    return true;
}

/// Sees to it that heights are known within a window and the tile: what is known is kept, the borders are added.
void TileVisibility::heights_around(int step, const Window& wanted) {
    HeightField& field = around_[step].heights;
    if (field.window.empty()) {
        read_heights(step, united(cells_of(tile_, step), wanted), field);
        return;
    }
    const Window known = field.window, all = united(known, wanted);
    if (all == known) return;
    grown_.window = all;
    if (std::cmp_less(grown_.height.size(), all.pixels())) grown_.height.resize(static_cast<std::size_t>(all.pixels()));
    grown_.highest = field.highest;
    grown_.cell = field.cell;
    const auto put = [&](const Window& part, const std::vector<float>& heights) {
        for (int row = 0; row < part.height; ++row)
            std::copy_n(heights.begin() + static_cast<std::ptrdiff_t>(row) * part.width, part.width,
                        grown_.height.begin() + (part.row + row - all.row) * all.width + (part.col - all.col));
    };
    put(known, field.height);
    const std::int64_t right = known.col + known.width, below = known.row + known.height;
    for (const Window& border :
         {Window{all.col, all.row, all.width, static_cast<int>(known.row - all.row)},
          Window{all.col, below, all.width, static_cast<int>(all.row + all.height - below)},
          Window{all.col, known.row, static_cast<int>(known.col - all.col), known.height},
          Window{right, known.row, static_cast<int>(all.col + all.width - right), known.height}}) {
        if (border.empty()) continue;
        read_heights(step, border, field);
        put(border, field.height);
        grown_.highest = std::max(grown_.highest, field.highest);
    }
    std::swap(field, grown_);
    around_[step].rough = {};
}

void TileVisibility::read_heights(int step, const Window& window, HeightField& field) {
    field.height.swap(read_.height); // where its old heights are the new ones go: other pages would be dear
    mission_->surface->heights(cells(step), window, read_);
    field.window = window;
    field.height.swap(read_.height);
    field.highest = read_.range.max;
    field.cell = cell_m_ * step;
}

PartSight TileVisibility::look(std::size_t frame, const Window& part) {
    View& view = view_of(frame);
    if (!view.hides) return {};
    Look& look = holds(view.expected.window, part) ? view.expected : view.elsewhere;
    if (!holds(look.window, part)) {
        look.window = {0, 0, tile_.width, tile_.height};
        look.looked = false;
    }
    if (!look.looked) {
        if (look.classes.seen.empty() && !spare_.empty()) {
            look.classes = std::move(spare_.back());
            spare_.pop_back();
        }
        const int error = static_cast<int>(std::ceil(error_ / view.step - 1e-6));
        look.clear = !classify(view, look.window, error, look.classes);
        look.looked = true;
    }
    if (look.clear) return {};
    return {around_.at(view.step).heights, view.field, look.classes, static_cast<int>(part.col - look.window.col),
            static_cast<int>(part.row - look.window.row)};
}

bool TileVisibility::classify(const View& view, const Window& part, int error, SightClasses& classes) {
    const Window pixels{tile_.col + part.col, tile_.row + part.row, part.width, part.height};
    Surroundings& around = around_.at(view.step);
    heights_around(view.step, around.wanted);
    if (around.rough.empty()) around.rough = RoughBlocks(around.heights);
    const Window cells = cells_of(pixels, view.step);
    const int margin = SightSweep::surroundings(error);
    const Window target = around.rough.narrowed(view.field, cells, margin);
    if (target.empty()) return false;
    const float lowest = around.rough.lowest(grown(target, margin));
    if (!sweep_.classify(around.heights, view.field, target, error, lowest, swept_.seen)) return false;
    if (view.step > 1) { // several pixels have a cell's class
        swept_.window = target;
        swept_.blocked_after.assign(swept_.seen.size(), 0);
        tell_sights(around.heights, view.field, swept_);
    }
    classes.window = pixels;
    classes.blocked_after.assign(static_cast<std::size_t>(part.pixels()), 0);
    if (view.step == 1 && target == pixels) {
        classes.seen.swap(swept_.seen);
        return true;
    }
    classes.seen.assign(classes.blocked_after.size(), sight::clear);
    for (int row = 0; row < part.height; ++row) {
        const std::int64_t from_row = floor_divided(pixels.row + row, view.step) - target.row;
        if (from_row < 0 || from_row >= target.height) continue;
        const std::uint8_t* from = swept_.seen.data() + from_row * target.width;
        std::uint8_t* to = classes.seen.data() + static_cast<std::ptrdiff_t>(row) * part.width;
        if (view.step == 1) {
            std::copy_n(from, target.width, to + (target.col - pixels.col));
            continue;
        }
        for (int col = 0; col < part.width; ++col) {
            const std::int64_t from_col = floor_divided(pixels.col + col, view.step) - target.col;
            if (from_col >= 0 && from_col < target.width) to[col] = from[from_col];
        }
    }
    return true;
}

} // namespace overflight
