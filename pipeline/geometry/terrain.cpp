// SPDX-License-Identifier: Apache-2.0
#include "geometry/terrain.h"

#include "geometry/crs.h"
#include "geometry/ground_space.h"
#include "geometry/post_cache.h"
#include "geometry/range_gatherer.h"
#include "geometry/terrain_posts.h"
#include "geometry/vertical_datum.h"
#include "kernels/heights.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace overflight {
namespace {

using Eigen::Vector3d;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr float no_height = std::numeric_limits<float>::quiet_NaN();
constexpr std::int64_t most_posts = 4 << 20; // of a window in memory
constexpr int first_lattice_step = 32;
constexpr double largest_error_posts = 0.02;
constexpr double shift_spacing_m = 2000; // undulations are smooth over this
constexpr int largest_shift_step = 64;
constexpr std::int64_t own_cache_bytes = std::int64_t{64} << 20;
constexpr int coarse_nodes = 65; // of the lattices over the whole model

struct Position {
    double col = 0, row = 0;
};

/// Positions or other pairs on nodes at multiples of `step` pixels of the whole grid: values do not depend on the
/// window.
struct NodeLattice {
    std::int64_t col0 = 0, row0 = 0; ///< index of the first node
    int cols = 0, rows = 0, step = 1;
    std::vector<Position> nodes;

    NodeLattice() = default;
    NodeLattice(const Window& window, int node_step) : step(node_step) {
        const auto first = [this](std::int64_t pixel) {
            return pixel >= 0 ? pixel / step : -((-pixel + step - 1) / step);
        };
        col0 = first(window.col);
        row0 = first(window.row);
        cols = static_cast<int>(first(window.col + window.width - 1) - col0) + 2;
        rows = static_cast<int>(first(window.row + window.height - 1) - row0) + 2;
    }

    Position at(double col, double row) const {
        const double x = col / step - static_cast<double>(col0), y = row / step - static_cast<double>(row0);
        const int c = std::clamp(static_cast<int>(x), 0, cols - 2), r = std::clamp(static_cast<int>(y), 0, rows - 2);
        const double fx = x - c, fy = y - r;
        const Position* a = &nodes[static_cast<std::size_t>(r) * cols + c];
        const Position* b = a + cols;
        return {(a[0].col * (1 - fx) + a[1].col * fx) * (1 - fy) + (b[0].col * (1 - fx) + b[1].col * fx) * fy,
                (a[0].row * (1 - fx) + a[1].row * fx) * (1 - fy) + (b[0].row * (1 - fx) + b[1].row * fx) * fy};
    }
};

} // namespace

HeightRange range_of(const std::vector<float>& heights) {
    RangeGatherer range;
    range.add(heights.data(), heights.size());
    return range.range();
}

struct Terrain::State {
    TerrainConfig config;
    OGRSpatialReference map;
    VerticalShift shift;
    std::unique_ptr<HorizontalTransformation> to_lon_lat;

    // Absent for a flat terrain.
    std::optional<TerrainPosts> posts;
    std::unique_ptr<HorizontalTransformation> to_model;
    std::array<double, 6> to_post{}; ///< affine: col = [0] + [1] x + [2] y, row = [3] + [4] x + [5] y

    // Over the whole model, for reduced_height_at.
    Bounds model_on_map;
    std::vector<Position> coarse_positions;
    std::vector<double> coarse_shift;
    HeightRange range, shift_range;

    /// Map -> posts, of points that may be many.
    std::vector<Position> positions(std::vector<Vector3d> points) const {
        to_model->forward(points);
        std::vector<Position> out(points.size());
        for (std::size_t i = 0; i < points.size(); ++i) {
            const double x = points[i].x(), y = points[i].y();
            out[i] = {to_post[0] + to_post[1] * x + to_post[2] * y, to_post[3] + to_post[4] * x + to_post[5] * y};
        }
        return out;
    }

    bool inside(const Position& p) const {
        constexpr double edge = 0.5 + 1e-6; // a cell reaches half a post beyond its centre
        return p.col >= -edge && p.row >= -edge && p.col <= posts->width() - 1 + edge &&
               p.row <= posts->height() - 1 + edge;
    }

    NodeLattice position_lattice(const Grid& grid, const Window& window) const;
    std::vector<double> shifts(std::vector<Vector3d> points) const;
    std::optional<NodeLattice> shift_lattice(const Grid& grid, const Window& window) const;
    template <typename Use>
    void cut_posts(const Window& part, const NodeLattice& lattice, bool all, const Use& use) const;
    bool want_rows(const Window& part, const NodeLattice& lattice, int first, std::vector<std::uint8_t>& wanted) const;
    void interpolate(const Window& window, const NodeLattice& lattice, TileHeights& out) const;
    void interpolate_run(const PostWindow& cut, const Position& first, const Position& last, int count,
                         std::size_t start, TileHeights& out) const;
    void interpolate_reduced(const Window& window, const NodeLattice& lattice, TileHeights& out) const;
    void open(const std::string& pose_heights, std::shared_ptr<PostCache> cache);
    void find_lon_lat(); ///< what shifts() needs
    void survey();
    std::vector<double> nearest_heights(std::span<const std::pair<double, double>> points) const;
};

std::vector<Vector3d> on_map(std::span<const std::pair<double, double>> points) {
    std::vector<Vector3d> places;
    places.reserve(points.size());
    for (const auto& [x, y] : points) places.emplace_back(x, y, 0);
    return places;
}

std::vector<double> Terrain::State::shifts(std::vector<Vector3d> points) const {
    to_lon_lat->forward(points);
    std::vector<double> out(points.size());
    for (std::size_t i = 0; i < points.size(); ++i) out[i] = shift.at(points[i].x(), points[i].y());
    return out;
}

std::vector<double> Terrain::State::nearest_heights(std::span<const std::pair<double, double>> points) const {
    const std::vector<Vector3d> places = on_map(points);
    std::vector<double> heights;
    const auto post = [](double value, int count) {
        return std::clamp(static_cast<int>(std::lround(value)), 0, count - 1);
    };
    for (const Position& p : positions(places))
        heights.push_back(!inside(p) ? nan
                                     : posts->post(post(p.col, posts->width()), post(p.row, posts->height())) +
                                           config.offset_m);
    if (shift.none() || places.empty()) return heights;
    const std::vector<double> by = shifts(places);
    for (std::size_t i = 0; i < heights.size(); ++i) heights[i] += by[i];
    return heights;
}

/// Positions in posts over a window; denser until the cells' centres are right to 0.02 post.
NodeLattice Terrain::State::position_lattice(const Grid& grid, const Window& window) const {
    for (int step = first_lattice_step;; step /= 2) {
        NodeLattice lattice(window, step);
        std::vector<Vector3d> points;
        points.reserve(static_cast<std::size_t>(lattice.cols) * lattice.rows);
        for (int r = 0; r < lattice.rows; ++r)
            for (int c = 0; c < lattice.cols; ++c)
                points.emplace_back(grid.x(static_cast<double>((lattice.col0 + c) * step)),
                                    grid.y(static_cast<double>((lattice.row0 + r) * step)), 0);
        lattice.nodes = positions(std::move(points));
        if (step == 1 || to_model->identity()) return lattice;
        std::vector<Vector3d> centres;
        for (int r = 0; r + 1 < lattice.rows; ++r)
            for (int c = 0; c + 1 < lattice.cols; ++c)
                centres.emplace_back(grid.x((static_cast<double>(lattice.col0 + c) + 0.5) * step),
                                     grid.y((static_cast<double>(lattice.row0 + r) + 0.5) * step), 0);
        const std::vector<Position> exact = positions(std::move(centres));
        bool good = true;
        for (std::size_t i = 0; good && i < exact.size(); ++i) {
            const int r = static_cast<int>(i) / (lattice.cols - 1), c = static_cast<int>(i) % (lattice.cols - 1);
            const Position p = lattice.at((static_cast<double>(lattice.col0 + c) + 0.5) * step,
                                          (static_cast<double>(lattice.row0 + r) + 0.5) * step);
            if (std::isnan(exact[i].col) && std::isnan(p.col)) continue;
            good = std::hypot(p.col - exact[i].col, p.row - exact[i].row) <= largest_error_posts;
        }
        if (good) return lattice;
    }
}

/// The vertical shift over a window (in Position::col), where there is any.
std::optional<NodeLattice> Terrain::State::shift_lattice(const Grid& grid, const Window& window) const {
    if (shift.none()) return {};
    const double step = std::clamp(shift_spacing_m / (grid.resolution * metres_per_unit(grid.crs_wkt)), 1.0,
                                   static_cast<double>(largest_shift_step));
    NodeLattice lattice(window, static_cast<int>(step));
    std::vector<Vector3d> points;
    for (int r = 0; r < lattice.rows; ++r)
        for (int c = 0; c < lattice.cols; ++c)
            points.emplace_back(grid.x(static_cast<double>((lattice.col0 + c) * lattice.step)),
                                grid.y(static_cast<double>((lattice.row0 + r) * lattice.step)), 0);
    const std::vector<double> values = shifts(std::move(points));
    lattice.nodes.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) lattice.nodes[i] = {values[i], 0};
    return lattice;
}

/// Whether a hole has weight in the height at a position.
bool touches_hole(const PostWindow& window, const Position& position) {
    const double col = position.col - window.col, row = position.row - window.row;
    const int c = static_cast<int>(col), r = static_cast<int>(row);
    const std::size_t right = col > c ? 1 : 0, below = row > r ? static_cast<std::size_t>(window.width) : 0;
    const std::uint8_t* hole = window.hole.data() + static_cast<std::size_t>(r) * window.width + c;
    return (hole[0] | hole[right] | hole[below] | hole[below + right]) != 0;
}

kernels::TerrainWindow kernel_window(const PostWindow& window) {
    return {window.post.data(), window.width, window.width, window.height};
}

/// `count` pixels whose positions lie evenly between `first` and `last`: heights where they lie within the model.
void Terrain::State::interpolate_run(const PostWindow& cut, const Position& first, const Position& last, int count,
                                     std::size_t start, TileHeights& out) const {
    const double steps = std::max(1, count - 1);
    const Position step{(last.col - first.col) / steps, (last.row - first.row) / steps};
    const auto at = [&](int i) { return Position{first.col + i * step.col, first.row + i * step.row}; };
    int from = 0, to = count; // the model is convex: what lies within is one piece
    while (from < to && !inside(at(from))) ++from;
    while (to > from && !inside(at(to - 1))) --to;
    std::fill_n(out.height.data() + start, from, no_height);
    std::fill_n(out.height.data() + start + to, count - to, no_height);
    if (from == to) return;
    const Position p = at(from);
    const auto col = static_cast<float>(p.col - cut.col), row = static_cast<float>(p.row - cut.row),
               col_step = static_cast<float>(step.col), row_step = static_cast<float>(step.row);
    float* heights = out.height.data() + start + from;
    if (col_step == 1 && row_step == 0 && col == std::floor(col) && row == std::floor(row)) // pixels on posts
        std::copy_n(cut.post.begin() + static_cast<std::ptrdiff_t>(row) * cut.width + static_cast<std::ptrdiff_t>(col),
                    to - from, heights);
    else
        kernels::sample_heights(kernel_window(cut), col, row, col_step, row_step, static_cast<std::size_t>(to - from),
                                heights);
    if (cut.hole.empty()) return;
    for (int i = from; i < to; ++i) {
        if (!touches_hole(cut, at(i))) continue;
        if (out.filled.empty()) out.filled.assign(out.height.size(), 0);
        out.filled[start + i] = 1;
    }
}

/// Marks the rows of posts (from `first`) that the heights of a part depend on, where its rows run along them and leave
/// out many, as on the wide cells of a survey. False where they do not.
bool Terrain::State::want_rows(const Window& part, const NodeLattice& lattice, int first,
                               std::vector<std::uint8_t>& wanted) const {
    constexpr std::size_t worthwhile = 4; // posts a pixel
    constexpr double rounding = 0.01;     // of positions in float
    if (!to_model->identity() || wanted.size() < worthwhile * static_cast<std::size_t>(part.height)) return false;
    for (int row = 0; row < part.height; ++row) {
        const auto line = static_cast<double>(part.row + row);
        const double a = lattice.at(static_cast<double>(part.col), line).row,
                     b = lattice.at(static_cast<double>(part.col + part.width - 1), line).row;
        const auto post = [&](double at) {
            return static_cast<std::size_t>(
                std::clamp(std::floor(at) - first, 0.0, static_cast<double>(wanted.size())));
        };
        const std::size_t begin = post(std::min(a, b) - rounding), end = post(std::max(a, b) + rounding + 2);
        std::fill(wanted.begin() + static_cast<std::ptrdiff_t>(begin),
                  wanted.begin() + static_cast<std::ptrdiff_t>(end), 1);
    }
    return true;
}

/// Cuts the posts out that a part of a window needs, in pieces where they are many, and hands each to
/// `use(part, cut)`, null where the part lies outside of the model. Without those that no height depends on where not
/// all are asked for.
template <typename Use>
void Terrain::State::cut_posts(const Window& part, const NodeLattice& lattice, bool all, const Use& use) const {
    double c0 = std::numeric_limits<double>::infinity(), c1 = -c0, r0 = c0, r1 = -c0;
    bool any = false;
    // Positions are bilinear between nodes: they lie within the hull of those at the nodes in the part and where its
    // border crosses the lattice. Not of the nodes around it: on a grid of wide cells these are far away.
    const auto hold = [&](const Position& p) {
        if (std::isnan(p.col)) return;
        any = true;
        c0 = std::min(c0, p.col);
        c1 = std::max(c1, p.col);
        r0 = std::min(r0, p.row);
        r1 = std::max(r1, p.row);
    };
    const NodeLattice around(part, lattice.step);
    for (int r = 0; r < around.rows; ++r) {
        const std::int64_t row =
            std::clamp<std::int64_t>((around.row0 + r) * lattice.step, part.row, part.row + part.height - 1);
        for (int c = 0; c < around.cols; ++c) {
            const std::int64_t col =
                std::clamp<std::int64_t>((around.col0 + c) * lattice.step, part.col, part.col + part.width - 1);
            hold(lattice.at(static_cast<double>(col), static_cast<double>(row)));
        }
    }
    const int last_col = posts->width() - 1, last_row = posts->height() - 1;
    if (!any || c1 < -1 || r1 < -1 || c0 > last_col + 1 || r0 > last_row + 1) {
        use(part, nullptr);
        return;
    }
    // One post more on each side than the positions ask for: the kernel's float positions may round across a post, and
    // half a cell beyond the outer posts belongs to the model.
    const auto clamped = [](double value, int last) { return static_cast<int>(std::clamp(value, -1.0, last + 1.0)); };
    const int first_col = clamped(std::floor(c0) - 1, last_col), first_row = clamped(std::floor(r0) - 1, last_row);
    const int width = clamped(std::floor(c1) + 2, last_col) - first_col + 1;
    const int height = clamped(std::floor(r1) + 2, last_row) - first_row + 1;
    if (std::int64_t{width} * height > most_posts && part.pixels() > 1) {
        Window a = part, b = part;
        if (part.width >= part.height) {
            a.width = part.width / 2;
            b.col += a.width;
            b.width -= a.width;
        } else {
            a.height = part.height / 2;
            b.row += a.height;
            b.height -= a.height;
        }
        cut_posts(a, lattice, all, use);
        cut_posts(b, lattice, all, use);
        return;
    }
    static thread_local PostWindow cut; // its pages are dear to ask for anew
    static thread_local std::vector<std::uint8_t> wanted;
    wanted.assign(static_cast<std::size_t>(height), 0);
    const bool some = !all && want_rows(part, lattice, first_row, wanted);
    posts->read(first_col, first_row, width, height, cut, some ? wanted : std::span<const std::uint8_t>());
    use(part, &cut);
}

/// Heights of the model, without offset and shift, and their range; NaN outside.
void Terrain::State::interpolate(const Window& window, const NodeLattice& lattice, TileHeights& out) const {
    const bool affine = to_model->identity();
    RangeGatherer gathered;
    cut_posts(window, lattice, false, [&](const Window& part, const PostWindow* cut) {
        for (int row = 0; row < part.height; ++row) {
            const std::int64_t grid_row = part.row + row;
            const std::size_t start = static_cast<std::size_t>(grid_row - window.row) * window.width +
                                      static_cast<std::size_t>(part.col - window.col);
            if (!cut) {
                std::fill_n(out.height.data() + start, part.width, no_height);
                continue;
            }
            for (int col = 0; col < part.width;) { // up to the next node positions are linear
                const auto to_node = static_cast<int>((part.col + col) - lattice.col0 * lattice.step) % lattice.step;
                const int count = affine ? part.width : std::min(lattice.step - to_node, part.width - col);
                const auto pixel = static_cast<double>(part.col + col);
                interpolate_run(*cut, lattice.at(pixel, static_cast<double>(grid_row)),
                                lattice.at(pixel + count - 1, static_cast<double>(grid_row)), count,
                                start + static_cast<std::size_t>(col), out);
                col += count;
            }
            gathered.add(out.height.data() + start, static_cast<std::size_t>(part.width)); // while it is near
        }
    });
    out.range = gathered.range();
}

/// The same from the reduced level, and no range.
void Terrain::State::interpolate_reduced(const Window& window, const NodeLattice& lattice, TileHeights& out) const {
    float* to = out.height.data();
    for (int row = 0; row < window.height; ++row) {
        for (int col = 0; col < window.width; ++col) {
            const Position p = lattice.at(static_cast<double>(window.col + col), static_cast<double>(window.row + row));
            *to++ = inside(p) ? posts->reduced(p.col, p.row) : no_height;
        }
    }
}

void Terrain::State::open(const std::string& pose_heights, std::shared_ptr<PostCache> cache) {
    posts.emplace(config.file, cache ? std::move(cache) : std::make_shared<PostCache>(own_cache_bytes));
    const OGRSpatialReference model = spatial_reference(posts->crs());
    shift = settle_heights(config, stated_heights(posts->crs()), pose_heights);
    to_model = std::make_unique<HorizontalTransformation>(map, model);
    const std::array<double, 6>& g = posts->geotransform();
    const double determinant = g[1] * g[5] - g[2] * g[4];
    to_post = {(-g[5] * g[0] + g[2] * g[3]) / determinant - 0.5, g[5] / determinant,  -g[2] / determinant,
               (g[4] * g[0] - g[1] * g[3]) / determinant - 0.5,  -g[4] / determinant, g[1] / determinant};
}

void Terrain::State::find_lon_lat() {
    OGRSpatialReference wgs84;
    wgs84.SetWellKnownGeogCS("WGS84");
    to_lon_lat = std::make_unique<HorizontalTransformation>(map, wgs84);
}

/// Lattices over the whole model and its range of heights.
void Terrain::State::survey() {
    const std::array<double, 6>& g = posts->geotransform();
    std::vector<Vector3d> border;
    for (int i = 0; i < coarse_nodes; ++i) {
        for (int j = 0; j < coarse_nodes; ++j) {
            const double c = posts->width() * i / (coarse_nodes - 1.0), r = posts->height() * j / (coarse_nodes - 1.0);
            border.emplace_back(g[0] + c * g[1] + r * g[2], g[3] + c * g[4] + r * g[5], 0);
        }
    }
    to_model->inverse(border);
    Bounds& b = model_on_map;
    b = {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity(),
         -std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    for (const Vector3d& p : border) {
        if (std::isnan(p.x())) continue;
        b = {std::min(b.xmin, p.x()), std::min(b.ymin, p.y()), std::max(b.xmax, p.x()), std::max(b.ymax, p.y())};
    }
    if (b.empty()) {
        throw InputError(
            Problem{.file = config.file.string(),
                    .key = "terrain.file",
                    .message = fmt::format("the terrain cannot be transformed to the output CRS '{}'; is its "
                                           "CRS the right one, and the PROJ grid that it needs installed?",
                                           crs_name(map))});
    }
    std::vector<Vector3d> nodes;
    for (int j = 0; j < coarse_nodes; ++j)
        for (int i = 0; i < coarse_nodes; ++i)
            nodes.emplace_back(b.xmin + (b.xmax - b.xmin) * i / (coarse_nodes - 1.0),
                               b.ymin + (b.ymax - b.ymin) * j / (coarse_nodes - 1.0), 0);
    coarse_positions = positions(nodes);
    float low = posts->lowest(), high = posts->highest();
    if (config.outside == OutsideTerrain::constant) {
        low = std::min(low, static_cast<float>(config.outside_height_m));
        high = std::max(high, static_cast<float>(config.outside_height_m));
    }
    double low_shift = 0, high_shift = 0;
    if (!shift.none()) {
        coarse_shift = shifts(nodes);
        low_shift = std::numeric_limits<double>::infinity();
        high_shift = -low_shift;
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            if (!inside(coarse_positions[i])) continue;
            if (std::isnan(coarse_shift[i])) {
                const auto& grid = shift.plus ? shift.plus : shift.minus;
                throw InputError(Problem{
                    .file = grid->file().string(),
                    .key = "terrain.heights",
                    .message = fmt::format("this geoid grid does not cover the terrain {}", config.file.string())});
            }
            low_shift = std::min(low_shift, coarse_shift[i]);
            high_shift = std::max(high_shift, coarse_shift[i]);
        }
    }
    shift_range = {static_cast<float>(config.offset_m + low_shift), static_cast<float>(config.offset_m + high_shift)};
    range = {static_cast<float>(low + config.offset_m + low_shift),
             static_cast<float>(high + config.offset_m + high_shift)};
}

Terrain::Terrain(const TerrainConfig& config, const std::string& map_crs, const std::string& pose_heights,
                 TerrainOverviews* overviews, std::shared_ptr<PostCache> cache)
    : state_(std::make_unique<State>()) {
    State& s = *state_;
    s.config = config;
    s.map = spatial_reference(map_crs);
    if (config.file.empty()) {
        s.shift = settle_heights(config, "", pose_heights);
        const auto height = static_cast<float>(config.offset_m);
        s.range = {height, height};
    } else {
        s.open(pose_heights, std::move(cache));
    }
    if (!s.shift.none()) {
        s.find_lon_lat();
        if (config.file.empty()) s.range = {s.range.min - 120, s.range.max + 120}; // no undulation is larger
    }
    if (!s.posts) return;
    s.posts->overlook(overviews);
    s.survey();
}

std::vector<double> Terrain::glance(const TerrainConfig& config, const std::string& map_crs,
                                    const std::string& pose_heights,
                                    std::span<const std::pair<double, double>> points) {
    State s;
    s.config = config;
    s.map = spatial_reference(map_crs);
    s.open(pose_heights, nullptr);
    if (!s.shift.none()) s.find_lon_lat();
    return s.nearest_heights(points);
}

Terrain::~Terrain() = default;
Terrain::Terrain(Terrain&&) noexcept = default;
Terrain& Terrain::operator=(Terrain&&) noexcept = default;

void Terrain::heights(const Grid& grid, const Window& window, TileHeights& out) const {
    find_heights(grid, window, false, out);
}

void Terrain::cell_heights(const Grid& cells, const Window& window, TileHeights& out) const {
    constexpr double wider = 2; // than the cells asked for, at most
    find_heights(cells, window, reduced_spacing() <= wider * cells.resolution, out);
}

void Terrain::find_heights(const Grid& grid, const Window& window, bool reduced, TileHeights& out) const {
    const State& s = *state_;
    out.filled.clear();
    out.range = {0, 0};
    const auto pixels = static_cast<std::size_t>(window.pixels());
    const std::optional<NodeLattice> shift = window.empty() ? std::nullopt : s.shift_lattice(grid, window);
    bool range_known = false;
    if (!s.posts || window.empty()) {
        out.height.assign(pixels, 0.0F);
    } else {
        if (out.height.capacity() < pixels) { // with room for larger windows, whose pages are not asked for until then
            out.height.clear();
            out.height.reserve(2 * pixels);
        }
        out.height.resize(pixels);
        if (reduced)
            s.interpolate_reduced(window, s.position_lattice(grid, window), out);
        else
            s.interpolate(window, s.position_lattice(grid, window), out);
        range_known = !reduced && s.config.outside != OutsideTerrain::constant && !shift && s.config.offset_m == 0;
        if (s.config.outside == OutsideTerrain::constant) {
            for (std::size_t i = 0; i < out.height.size(); ++i) {
                if (!std::isnan(out.height[i])) continue;
                if (out.filled.empty()) out.filled.assign(out.height.size(), 0);
                out.height[i] = static_cast<float>(s.config.outside_height_m);
                out.filled[i] = 1;
            }
        }
    }
    const auto offset = static_cast<float>(s.config.offset_m);
    for (int row = 0; row < window.height && (shift || offset != 0); ++row) {
        float* line = out.height.data() + static_cast<std::size_t>(row) * window.width;
        for (int col = 0; col < window.width; ++col) {
            float add = offset;
            if (shift) {
                const Position at =
                    shift->at(static_cast<double>(window.col + col), static_cast<double>(window.row + row));
                add = static_cast<float>(s.config.offset_m + at.col);
            }
            line[col] += add;
        }
    }
    if (!range_known) out.range = range_of(out.height);
}

void Terrain::posts_under(const Grid& grid, const Window& window,
                          const std::function<void(std::span<const std::byte>)>& use) const {
    const State& s = *state_;
    if (!s.posts || window.empty()) return;
    s.cut_posts(window, s.position_lattice(grid, window), true, [&](const Window&, const PostWindow* cut) {
        if (!cut) return;
        const std::array place = {cut->col, cut->row, cut->width, cut->height, static_cast<int>(cut->hole.size())};
        use(std::as_bytes(std::span(place)));
        use(std::as_bytes(std::span(cut->post)));
        use(std::as_bytes(std::span(cut->hole)));
    });
}

std::vector<std::filesystem::path> Terrain::files() const {
    if (!state_->posts) return {};
    const auto own = state_->posts->own_files();
    return {own.begin(), own.end()};
}

std::vector<std::filesystem::path> Terrain::sources() const {
    if (!state_->posts) return {};
    const auto others = std::span(state_->posts->files()).subspan(state_->posts->own_files().size());
    return {others.begin(), others.end()};
}

std::vector<std::filesystem::path> Terrain::geoid_files() const {
    std::vector<std::filesystem::path> files;
    for (const auto& grid : {state_->shift.plus, state_->shift.minus})
        if (grid) files.insert(files.end(), grid->files().begin(), grid->files().end());
    return files;
}

std::string Terrain::stated_datum() const {
    return state_->posts ? stated_heights(state_->posts->crs()) : "";
}

std::string Terrain::georeference() const {
    const State& s = *state_;
    return s.posts ? fmt::format("{} {}", fmt::join(s.posts->geotransform(), " "), s.posts->crs()) : "";
}

double Terrain::height_at(double x, double y) const {
    const State& s = *state_;
    double height = 0;
    if (s.posts) {
        const Position p = s.positions({Vector3d(x, y, 0)}).front();
        if (s.inside(p)) {
            PostWindow cut;
            s.posts->read(static_cast<int>(std::floor(p.col)), static_cast<int>(std::floor(p.row)), 2, 2, cut);
            float sampled = 0;
            kernels::sample_heights(kernel_window(cut), static_cast<float>(p.col - cut.col),
                                    static_cast<float>(p.row - cut.row), 0, 0, 1, &sampled);
            height = sampled;
        } else if (s.config.outside == OutsideTerrain::constant) {
            height = s.config.outside_height_m;
        } else {
            return nan;
        }
    }
    if (!s.shift.none()) height += s.shifts({Vector3d(x, y, 0)}).front();
    return height + s.config.offset_m;
}

double Terrain::reduced_height_at(double x, double y) const {
    const State& s = *state_;
    if (!s.posts) return s.config.offset_m + (s.shift.none() ? 0 : s.shifts({Vector3d(x, y, 0)}).front());
    if (std::isnan(x) || std::isnan(y)) return nan;
    const Bounds& b = s.model_on_map;
    const double u = std::clamp((x - b.xmin) / (b.xmax - b.xmin), 0.0, 1.0) * (coarse_nodes - 1);
    const double v = std::clamp((y - b.ymin) / (b.ymax - b.ymin), 0.0, 1.0) * (coarse_nodes - 1);
    const int i = std::min(static_cast<int>(u), coarse_nodes - 2), j = std::min(static_cast<int>(v), coarse_nodes - 2);
    const double fu = u - i, fv = v - j;
    const std::size_t at = static_cast<std::size_t>(j) * coarse_nodes + i;
    const auto mix = [&](const auto& value) {
        return (value(at) * (1 - fu) + value(at + 1) * fu) * (1 - fv) +
               (value(at + coarse_nodes) * (1 - fu) + value(at + coarse_nodes + 1) * fu) * fv;
    };
    const double col = mix([&](std::size_t k) { return s.coarse_positions[k].col; });
    const double row = mix([&](std::size_t k) { return s.coarse_positions[k].row; });
    const Position p{col, row};
    const bool beyond = s.config.outside == OutsideTerrain::constant && !s.inside(p);
    const double height = beyond ? s.config.outside_height_m : s.posts->reduced(col, row);
    const double shift = s.coarse_shift.empty() ? 0 : mix([&](std::size_t k) { return s.coarse_shift[k]; });
    return height + s.config.offset_m + (std::isnan(shift) ? 0 : shift);
}

double Terrain::reduced_spacing() const {
    const State& s = *state_;
    if (!s.posts) return std::numeric_limits<double>::infinity();
    const Bounds& b = s.model_on_map;
    const double posts = std::hypot(s.posts->width(), s.posts->height());
    return std::hypot(b.xmax - b.xmin, b.ymax - b.ymin) / posts * s.posts->reduced_cell();
}

double Terrain::post_spacing() const {
    const State& s = *state_;
    return s.posts ? reduced_spacing() / s.posts->reduced_cell() : std::numeric_limits<double>::infinity();
}

HeightRange Terrain::range() const {
    return state_->range;
}

HeightRange Terrain::range_within(const Bounds& bounds) const {
    const State& s = *state_;
    if (!s.posts) return s.range;
    constexpr int side = 3; // positions are smooth: the middles of the borders do
    std::vector<Vector3d> points;
    for (int j = 0; j < side; ++j)
        for (int i = 0; i < side; ++i)
            points.emplace_back(bounds.xmin + (bounds.xmax - bounds.xmin) * i / (side - 1.0),
                                bounds.ymin + (bounds.ymax - bounds.ymin) * j / (side - 1.0), 0);
    double c0 = std::numeric_limits<double>::infinity(), c1 = -c0, r0 = c0, r1 = -c0;
    for (const Position& p : s.positions(std::move(points))) {
        if (std::isnan(p.col)) return s.range;
        c0 = std::min(c0, p.col), c1 = std::max(c1, p.col);
        r0 = std::min(r0, p.row), r1 = std::max(r1, p.row);
    }
    constexpr double margin = 2;
    const double last_col = s.posts->width() - 1, last_row = s.posts->height() - 1;
    const auto post = [](double value, double last) { return static_cast<int>(std::clamp(value, 0.0, last)); };
    HeightRange range = s.posts->range(post(c0 - margin, last_col), post(r0 - margin, last_row),
                                       post(c1 + margin, last_col), post(r1 + margin, last_row));
    if (s.config.outside == OutsideTerrain::constant) {
        range.min = std::min(range.min, static_cast<float>(s.config.outside_height_m));
        range.max = std::max(range.max, static_cast<float>(s.config.outside_height_m));
    }
    return {range.min + s.shift_range.min, range.max + s.shift_range.max};
}

double Terrain::coverage(std::span<const std::pair<double, double>> points) const {
    const State& s = *state_;
    if (!s.posts || points.empty()) return 1;
    std::size_t covered = 0;
    for (const Position& p : s.positions(on_map(points))) covered += s.inside(p);
    return static_cast<double>(covered) / static_cast<double>(points.size());
}

std::vector<std::pair<double, double>> Terrain::border() const {
    const State& s = *state_;
    if (!s.posts) return {};
    constexpr int points_a_side = 64;
    const std::array<double, 6>& g = s.posts->geotransform();
    const double corners[][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}};
    std::vector<Vector3d> points;
    for (int side = 0; side < 4; ++side) {
        const auto &from = corners[side], &to = corners[side + 1];
        for (int i = 0; i < points_a_side; ++i) {
            const double t = static_cast<double>(i) / points_a_side;
            const double col = s.posts->width() * (from[0] + t * (to[0] - from[0])),
                         row = s.posts->height() * (from[1] + t * (to[1] - from[1]));
            points.emplace_back(g[0] + col * g[1] + row * g[2], g[3] + col * g[4] + row * g[5], 0);
        }
    }
    s.to_model->inverse(points);
    std::vector<std::pair<double, double>> ring;
    for (const Vector3d& p : points)
        if (!std::isnan(p.x())) ring.emplace_back(p.x(), p.y());
    return ring;
}

std::vector<double> Terrain::nearest_heights(std::span<const std::pair<double, double>> points) const {
    return state_->nearest_heights(points);
}

} // namespace overflight
