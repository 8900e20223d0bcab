// SPDX-License-Identifier: Apache-2.0
#include "stages/seam_survey.h"

#include "stages/locate.h"
#include "stages/sample_frame.h"
#include "stages/view_match.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <deque>
#include <limits>
#include <numbers>

namespace overflight {
namespace {

constexpr int smallest_cell = 8;
constexpr int most_views = 4;       ///< frames that may have a cell: the nadir-most that see it
constexpr int compared_views = 3;   ///< of them: where three frames meet, each pair may be what shows
constexpr float third_share = 0.5F; ///< what the third's disagreement counts, as fewer seams run along its area
constexpr int reach = 256;          ///< pixels from the nadir-most border within which a seam may move
constexpr double core_share = 0.5;  ///< of the width of a frame's own area that stays its own
constexpr int tangent_step = 8;     ///< cells between the nodes of the view angle
constexpr int samples_per_side = 2; ///< of a cell, where frames are compared
constexpr double sample_px = 2;     ///< width of one in the frame: above noise, and cheaper than all that a cell covers

constexpr int levels = 32;           ///< of disagreement, each above the first half an octave more
constexpr double least_step = 0.004; ///< disagreement of level 1, as a share of the mean brightness
constexpr double raised = 2.5;       ///< metres above the ground around: a building, a tree
constexpr int raised_levels = 6;     ///< what it counts
constexpr double ground_reach = 30;  ///< metres around within which ground is looked for
constexpr int smoothing_rounds = 4;
constexpr double border_cost = 0.3;        ///< of a border where frames agree, against
constexpr double dear_disagreement = 0.02; ///< that share of the mean brightness
constexpr std::int64_t bytes_a_cell = 4 * most_views + 12;

constexpr float unseen = std::numeric_limits<float>::infinity();

using Views = std::array<std::uint32_t, most_views>;

/// Squared tangents of the off-nadir angle (or other ViewCosts) at the cells of a window, bilinear between nodes: for
/// vertical cameras over level ground the difference of two is linear, so that borders lie where exact angles would put
/// them. Views that change from one matched frame to the next are kept apart.
class Tangents {
public:
    /// matched: frames of the mission in match_view_of whose views are wanted, one a cell; empty: none.
    Tangents(const PlannedMission& mission, const Grid& cells, const Window& window,
             std::span<const std::uint32_t> matched)
        : width_(window.width) {
        cols_ = (window.width - 1) / tangent_step + 2, rows_ = (window.height - 1) / tangent_step + 2;
        Grid nodes = cells;
        nodes.west += (0.5 - 0.5 * tangent_step) * cells.resolution; // node (0, 0) on the centre of cell (0, 0)
        nodes.north -= (0.5 - 0.5 * tangent_step) * cells.resolution;
        nodes.west += static_cast<double>(window.col) * cells.resolution;
        nodes.north -= static_cast<double>(window.row) * cells.resolution;
        nodes.resolution = cells.resolution * tangent_step;
        nodes.width = cols_, nodes.height = rows_;
        TileHeights heights;
        mission.terrain->cell_heights(nodes, {0, 0, cols_, rows_}, heights);
        std::vector<Eigen::Vector3d> places;
        for (int row = 0; row < rows_; ++row) {
            for (int col = 0; col < cols_; ++col) {
                const auto height = static_cast<double>(heights.height[static_cast<std::size_t>(row * cols_ + col)]);
                places.emplace_back(nodes.x(col), nodes.y(row), std::isfinite(height) ? height : middle(heights));
            }
        }
        std::vector<std::uint32_t> frames(matched.begin(), matched.end());
        std::sort(frames.begin(), frames.end());
        frames.erase(std::unique(frames.begin(), frames.end()), frames.end());
        for (const std::uint32_t frame : matched)
            view_of_.push_back(
                static_cast<std::size_t>(std::lower_bound(frames.begin(), frames.end(), frame) - frames.begin()));
        if (frames.empty()) frames.push_back(SeamMap::nobody);
        for (const std::uint32_t frame : frames) views_.emplace_back(mission, places, frame);
        nodes_.resize(views_.size());
    }

    void of(const FrameCamera& camera) {
        for (std::size_t view = 0; view < views_.size(); ++view) {
            nodes_[view].clear();
            for (const double cost : views_[view].of(camera)) nodes_[view].push_back(static_cast<float>(cost * cost));
        }
    }

    float at(int col, int row) const {
        const std::size_t view = view_of_.empty() ? 0 : view_of_[static_cast<std::size_t>(row * width_ + col)];
        const int c = col / tangent_step, r = row / tangent_step;
        const float fx = static_cast<float>(col % tangent_step) / tangent_step;
        const float fy = static_cast<float>(row % tangent_step) / tangent_step;
        const float* upper = nodes_[view].data() + static_cast<std::ptrdiff_t>(r) * cols_ + c;
        const float* lower = upper + cols_;
        const float above = upper[0] + fx * (upper[1] - upper[0]), below = lower[0] + fx * (lower[1] - lower[0]);
        const float value = above + fy * (below - above);
        return std::isnan(value) ? unseen : value;
    }

private:
    static double middle(const TileHeights& heights) {
        return static_cast<double>(heights.range.min + heights.range.max) / 2;
    }

    int width_, cols_ = 0, rows_ = 0;
    std::vector<ViewCosts> views_;
    std::vector<std::size_t> view_of_; ///< a cell; empty: the first
    std::vector<std::vector<float>> nodes_;
};

/// Brightness of a frame: mean of the bands, on a window; NaN where it does not show the ground.
template <typename Sample>
void brightness_of(const LaneLayout& layout, const SampledPart& part, std::vector<float>& out) {
    out.assign(part.valid.size(), 0.0F);
    for (int band = 0; band < layout.bands; ++band) {
        const auto group = static_cast<std::size_t>(band / 4), lane = static_cast<std::size_t>(band % 4);
        const auto lanes = static_cast<std::size_t>(layout.lanes_in(band / 4));
        const auto* samples = reinterpret_cast<const Sample*>(part.groups[group].data()) + lane;
        for (std::size_t i = 0; i < out.size(); ++i) out[i] += static_cast<float>(samples[i * lanes]);
    }
    const float scale = 1.0F / static_cast<float>(layout.bands);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = part.valid[i] != 0 ? out[i] * scale : std::numeric_limits<float>::quiet_NaN();
}

/// Whether cells stand out of the lowest ground within ground_reach: the white top-hat of the heights by a square.
std::vector<std::uint8_t> find_raised(const std::vector<float>& heights, int cols, int rows, int margin) {
    const auto extreme_along = [](const std::vector<float>& in, int count, int lines, std::ptrdiff_t step,
                                  std::ptrdiff_t line_step, int reach_cells, bool largest) {
        std::vector<float> out(in.size());
        for (int line = 0; line < lines; ++line) {
            std::deque<int> best; // of the window, by value
            const float* from = in.data() + line * line_step;
            float* to = out.data() + line * line_step;
            const auto better = [&](int a, int b) {
                return largest ? from[a * step] >= from[b * step] : from[a * step] <= from[b * step];
            };
            for (int i = 0; i < count + reach_cells; ++i) {
                if (i < count) {
                    while (!best.empty() && better(i, best.back())) best.pop_back();
                    best.push_back(i);
                }
                const int center = i - reach_cells;
                if (center < 0) continue;
                while (best.front() < center - reach_cells) best.pop_front();
                to[center * step] = from[best.front() * step];
            }
        }
        return out;
    };
    std::vector<float> opened = heights;
    for (const bool largest : {false, true}) {
        opened = extreme_along(opened, cols, rows, 1, cols, margin / 2, largest);
        opened = extreme_along(opened, rows, cols, cols, 1, margin / 2, largest);
    }
    std::vector<std::uint8_t> stands(heights.size());
    for (std::size_t i = 0; i < heights.size(); ++i)
        stands[i] = heights[i] - opened[i] > static_cast<float>(raised) ? 1 : 0;
    return stands;
}

/// Of two frames in a cell: the largest difference of brightness and of its gradient; infinite where one shows nothing,
/// as a seam would stand out most there. a, b: the cell's first sample, in rows of `width`.
float disagreement_of(const float* a, const float* b, std::ptrdiff_t width) {
    float worst = 0;
    for (std::ptrdiff_t row = 0; row < samples_per_side; ++row) {
        for (std::ptrdiff_t at = row * width; at < row * width + samples_per_side; ++at) {
            const float level = std::abs(a[at] - b[at]);
            const float across = std::abs((a[at + 1] - a[at - 1]) - (b[at + 1] - b[at - 1]));
            const float down = std::abs((a[at + width] - a[at - width]) - (b[at + width] - b[at - width]));
            const float all = level + (across + down) / 2;
            worst = std::max(worst, std::isfinite(all) ? all : unseen);
        }
    }
    return worst;
}

/// 2^(i / 2). Tabulated, as the C library's powers and logarithms differ between processors in the last bit.
constexpr std::array<double, levels - 1> half_octaves = [] {
    std::array<double, levels - 1> out{1, std::numbers::sqrt2};
    for (std::size_t i = 2; i < out.size(); ++i) out[i] = 2 * out[i - 2];
    return out;
}();

std::uint8_t level_of(double disagreement) {
    const double steps = disagreement / least_step;
    return static_cast<std::uint8_t>(std::ranges::lower_bound(half_octaves, steps) - half_octaves.begin());
}

} // namespace

struct SeamSurvey::State {
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
    enum Direction : std::uint8_t { up, left, right, down };

    const PlannedMission& mission;
    Tiling tiling;
    int cell = smallest_cell;
    int side = 0;      ///< cells along a tile, a power of two
    int side_bits = 0; ///< its exponent
    Grid cells;        ///< the grid with cells for pixels
    // Cells lie tile by tile, of the tiles that frames touch: a wide output is mostly empty.
    std::vector<std::int32_t> block_of_tile; ///< -1: untouched
    std::vector<std::int64_t> tile_of_block;
    std::vector<std::array<std::int32_t, 4>> blocks_around; ///< by direction; -1: none
    std::vector<Views> views;
    SeamSurvey::ForcedFrames forced;    ///< empty: none
    const SeamMap* matched_seams;       ///< null: none
    std::vector<std::uint32_t> matched; ///< frames that these show; empty: none
    std::vector<std::uint8_t> disagreement;
    std::vector<std::uint8_t> in_band; ///< empty: seams stay nadir-most

    State(const PlannedMission& m, const SeamMap* other)
        : mission(m), tiling(m.grid), cells(m.grid), matched_seams(other) {}

    std::size_t at(std::int64_t tile, int col, int row) const {
        return (static_cast<std::size_t>(block_of_tile[static_cast<std::size_t>(tile)]) *
                    static_cast<std::size_t>(side) +
                static_cast<std::size_t>(row)) *
                   static_cast<std::size_t>(side) +
               static_cast<std::size_t>(col);
    }
    /// The cell beside a cell; none at the end of the touched tiles.
    std::size_t beside(std::size_t i, Direction direction) const {
        const std::size_t n = std::size_t{1} << side_bits, last = n - 1;
        const std::size_t col = i & last, row = (i >> side_bits) & last;
        switch (direction) {
        case up:
            if (row > 0) return i - n;
            break;
        case left:
            if (col > 0) return i - 1;
            break;
        case right:
            if (col < last) return i + 1;
            break;
        case down:
            if (row < last) return i + n;
            break;
        }
        const std::int32_t block = blocks_around[i >> (2 * side_bits)][direction];
        if (block < 0) return none;
        const std::size_t first = static_cast<std::size_t>(block) << (2 * side_bits);
        switch (direction) {
        case up:
            return first + (last << side_bits) + col;
        case left:
            return first + (row << side_bits) + last;
        case right:
            return first + (row << side_bits);
        case down:
            break;
        }
        return first + col;
    }
    template <typename Act>
    void for_neighbours(std::size_t i, const Act& act) const {
        const auto ask = [&](Direction direction) {
            if (const std::size_t j = beside(i, direction); j != none) act(j);
        };
        ask(up), ask(left), ask(right), ask(down);
    }
    void lay_out(std::int64_t memory_bytes);
    Window window_of(std::int64_t tile) const {
        const Window pixels = tiling.window(tile);
        return {pixels.col / cell, pixels.row / cell, (pixels.width + cell - 1) / cell,
                (pixels.height + cell - 1) / cell};
    }
    /// Shortens borders where that costs nothing: cells take the label of neighbours (of those that may have them) for
    /// which the disagreement along the border is least (iterated conditional modes).
    void smooth(std::vector<std::uint32_t>& labels) const;

    /// The frames whose disagreement counts in a cell, the nadir-most first.
    std::span<const std::uint32_t> compared(std::size_t cell_index) const {
        const auto seen = std::span(views[cell_index]).first<compared_views>();
        return seen.first(
            static_cast<std::size_t>(std::find(seen.begin(), seen.end(), SeamMap::nobody) - seen.begin()));
    }
    bool may_show(std::size_t cell_index, std::uint32_t frame) const {
        const Views& seen = views[cell_index];
        return std::find(seen.begin(), seen.end(), frame) != seen.end();
    }
};

void SeamSurvey::State::smooth(std::vector<std::uint32_t>& labels) const {
    std::array<float, levels> cost{};
    for (std::size_t level = 0; level < levels; ++level)
        cost[level] =
            static_cast<float>(border_cost + (level == 0 ? std::numbers::sqrt2 / 2 : half_octaves[level - 1]) *
                                                 least_step / dear_disagreement);
    constexpr Direction steps[8][2] = {{up, left},     {up, up},     {up, right},  {left, left},
                                       {right, right}, {down, left}, {down, down}, {down, right}};
    // cells whose surroundings are not known to be all of their own label
    std::vector<std::uint8_t> unsettled(in_band);
    for (int round = 0; round < smoothing_rounds; ++round) {
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (unsettled[i] == 0) continue;
            std::array<std::size_t, 8> around{};
            std::array<std::uint32_t, 8> label{};
            bool border = false;
            for (std::size_t k = 0; k < 8; ++k) {
                std::size_t j = beside(i, steps[k][0]);
                if (steps[k][0] != steps[k][1] && j != none) j = beside(j, steps[k][1]);
                around[k] = j;
                label[k] = j == none ? SeamMap::nobody : labels[j];
                border |= label[k] != SeamMap::nobody && label[k] != labels[i];
            }
            if (!border) {
                unsettled[i] = 0;
                continue;
            }
            std::array<float, 8> weight{};
            for (std::size_t k = 0; k < 8; ++k)
                if (label[k] != SeamMap::nobody)
                    weight[k] = cost[std::max(disagreement[i], disagreement[around[k]])] *
                                (steps[k][0] != steps[k][1] ? 0.7F : 1.0F);
            const auto along = [&](std::uint32_t own) {
                float sum = 0;
                for (std::size_t k = 0; k < 8; ++k) sum += label[k] == own ? 0.0F : weight[k];
                return sum;
            };
            std::uint32_t best = labels[i];
            float least = along(best);
            for (const std::uint32_t other : label) {
                if (other == best || other == SeamMap::nobody || !may_show(i, other)) continue;
                const float sum = along(other);
                if (sum < least) least = sum, best = other;
            }
            if (best == labels[i]) continue;
            labels[i] = best;
            for (const auto& [first, second] : steps) { // back along the way by which that cell looks at this one
                std::size_t j = beside(i, second);
                if (first != second && j != none) j = beside(j, first);
                if (j != none) unsettled[j] = in_band[j];
            }
        }
    }
}

void SeamSurvey::State::lay_out(std::int64_t memory_bytes) {
    block_of_tile.assign(static_cast<std::size_t>(tiling.count()), -1);
    for (std::int64_t tile = 0; tile < tiling.count(); ++tile) {
        if (mission.tile_frames.at(tile).empty()) continue;
        block_of_tile[static_cast<std::size_t>(tile)] = static_cast<std::int32_t>(tile_of_block.size());
        tile_of_block.push_back(tile);
    }
    const auto blocks = static_cast<std::int64_t>(tile_of_block.size());
    const auto cells_in_all = [&] { return blocks * (Tiling::size / cell) * (Tiling::size / cell); };
    while (cells_in_all() > memory_bytes / bytes_a_cell && cell < Tiling::size / 8) cell *= 2;
    side = Tiling::size / cell;
    side_bits = std::countr_zero(static_cast<unsigned>(side));
    cells.resolution *= cell;
    cells.width = (mission.grid.width + cell - 1) / cell;
    cells.height = (mission.grid.height + cell - 1) / cell;
    for (const std::int64_t tile : tile_of_block) {
        const std::int64_t col = tile % tiling.cols(), row = tile / tiling.cols();
        const auto block = [&](std::int64_t c, std::int64_t r) {
            if (c < 0 || r < 0 || c >= tiling.cols() || r >= tiling.rows()) return std::int32_t{-1};
            return block_of_tile[static_cast<std::size_t>(r * tiling.cols() + c)];
        };
        blocks_around.push_back({block(col, row - 1), block(col - 1, row), block(col + 1, row), block(col, row + 1)});
    }
    Views nobody;
    nobody.fill(SeamMap::nobody);
    views.assign(static_cast<std::size_t>(cells_in_all()), nobody);
    if (matched_seams) matched.assign(views.size(), SeamMap::nobody);
}

SeamSurvey::SeamSurvey(const PlannedMission& mission, std::int64_t memory_bytes, const SeamMap* matched_seams)
    : state_(std::make_unique<State>(mission, matched_seams)) {
    state_->lay_out(memory_bytes);
}

SeamSurvey::~SeamSurvey() = default;

const Grid& SeamSurvey::cells() const {
    return state_->cells;
}

void SeamSurvey::force(ForcedFrames frames) {
    state_->forced = std::move(frames);
}

void SeamSurvey::view_tile(std::int64_t tile) {
    State& s = *state_;
    const PlannedMission& mission = s.mission;
    const std::span<const std::size_t> candidates = mission.tile_frames.at(tile);
    if (candidates.empty()) return;
    const Window window = s.window_of(tile);
    if (candidates.size() == 1) { // nothing to decide
        for (int row = 0; row < window.height; ++row)
            for (int col = 0; col < window.width; ++col)
                s.views[s.at(tile, col, row)][0] = static_cast<std::uint32_t>(candidates.front());
        return;
    }
    TileHeights heights;
    mission.terrain->cell_heights(s.cells, window, heights);
    const TileGround ground(s.cells, window, *mission.space, heights);
    std::vector<std::uint32_t> matched;
    if (s.matched_seams) {
        matched = mission.matched_views->frames_shown(*s.matched_seams, s.cells, window);
        for (int row = 0; row < window.height; ++row)
            std::copy_n(matched.begin() + std::ptrdiff_t{row} * window.width, window.width,
                        s.matched.begin() + static_cast<std::ptrdiff_t>(s.at(tile, 0, row)));
    }
    Tangents tangents(mission, s.cells, window, matched);
    struct View {
        int rank = 0;
        float tangent2 = unseen;
    };
    std::vector<std::array<View, most_views>> best(static_cast<std::size_t>(window.pixels()));
    const std::vector<std::int32_t> forced = s.forced ? s.forced(window) : std::vector<std::int32_t>();
    SampledPart part;
    for (const std::size_t frame : candidates) {
        const PlannedFrame& planned = mission.frames[frame];
        const FrameLocator locator(ground, *planned.camera);
        if (!locate_part(locator, planned.header, {0, 0, window.width, window.height}, part)) continue;
        tangents.of(*planned.camera);
        for (int row = 0; row < window.height; ++row) {
            for (int col = 0; col < window.width; ++col) {
                const auto i = static_cast<std::size_t>(row * window.width + col);
                if (!shows(planned.header, part.col[i], part.row[i])) continue;
                View view{planned.rank, tangents.at(col, row)};
                std::size_t cell = s.at(tile, col, row);
                if (!forced.empty() && forced[i] == static_cast<std::int32_t>(frame)) view.rank = -1;
                Views& seen = s.views[cell];
                auto label = static_cast<std::uint32_t>(frame);
                for (std::size_t k = 0; k < most_views; ++k) { // earlier frames stay ahead of equals
                    View& there = best[i][k];
                    const bool free = seen[k] == SeamMap::nobody;
                    if (!free &&
                        (there.rank < view.rank || (there.rank == view.rank && there.tangent2 <= view.tangent2)))
                        continue;
                    std::swap(there, view);
                    std::swap(seen[k], label);
                    if (free) break;
                }
            }
        }
    }
    for (int row = 0; row < window.height; ++row) { // only equals in rank may have a cell
        for (int col = 0; col < window.width; ++col) {
            const auto i = static_cast<std::size_t>(row * window.width + col);
            Views& seen = s.views[s.at(tile, col, row)];
            for (std::size_t k = 1; k < most_views; ++k)
                if (best[i][k].rank != best[i][0].rank) seen[k] = SeamMap::nobody;
        }
    }
}

std::vector<std::int64_t> SeamSurvey::find_band() {
    State& s = *state_;
    const int most = std::max(2, reach / s.cell);
    // distance of every cell to the nearest one with another nadir-most frame, in steps over sides
    constexpr std::uint8_t far = 255;
    const auto alike = [&](std::size_t i, std::size_t j) { return s.matched.empty() || s.matched[i] == s.matched[j]; };
    std::vector<std::uint8_t> distance(s.views.size(), far);
    std::vector<std::size_t> front, next;
    for (std::size_t i = 0; i < s.views.size(); ++i) {
        const std::uint32_t label = s.views[i][0];
        if (label == SeamMap::nobody) continue;
        bool border = false;
        s.for_neighbours(i, [&](std::size_t j) {
            border |= s.views[j][0] != SeamMap::nobody && s.views[j][0] != label && alike(i, j);
        });
        if (!border) continue;
        distance[i] = 0;
        front.push_back(i);
    }
    for (int step = 1; step <= most && !front.empty(); ++step) {
        next.clear();
        for (const std::size_t i : front)
            s.for_neighbours(i, [&](std::size_t j) {
                if (distance[j] != far || s.views[j][0] != s.views[i][0] || !alike(i, j)) return;
                distance[j] = static_cast<std::uint8_t>(step);
                next.push_back(j);
            });
        front.swap(next);
    }
    // a frame keeps the middle of its own area, however small that is
    std::vector<int> width(s.mission.frames.size(), 0);
    for (std::size_t i = 0; i < s.views.size(); ++i)
        if (s.views[i][0] != SeamMap::nobody)
            width[s.views[i][0]] = std::max(width[s.views[i][0]], std::min<int>(distance[i], most));
    s.in_band.assign(s.views.size(), 0);
    s.disagreement.assign(s.views.size(), 0);
    for (std::size_t i = 0; i < s.views.size(); ++i) {
        if (s.views[i][1] == SeamMap::nobody) continue; // seen by one frame or none
        const int own = width[s.views[i][0]];
        const int kept = own >= most ? most : static_cast<int>(std::ceil(own * (1 - core_share)));
        s.in_band[i] = distance[i] < kept ? 1 : 0;
    }
    std::vector<std::int64_t> tiles;
    const auto cells_a_tile = static_cast<std::ptrdiff_t>(s.side) * s.side;
    for (std::size_t block = 0; block < s.tile_of_block.size(); ++block) {
        const std::int64_t tile = s.tile_of_block[block];
        const auto from = s.in_band.begin() + static_cast<std::ptrdiff_t>(block) * cells_a_tile;
        const bool any = std::find(from, from + cells_a_tile, 1) != from + cells_a_tile;
        if (any) tiles.push_back(tile);
    }
    return tiles;
}

void SeamSurvey::compare_tile(std::int64_t tile, FrameCache& cache, const std::vector<LightCorrection>& light) {
    State& s = *state_;
    const PlannedMission& mission = s.mission;
    const Window window = s.window_of(tile);
    std::vector<std::uint32_t> frames; // the nadir-most of any cell of the band
    for (int row = 0; row < window.height; ++row) {
        for (int col = 0; col < window.width; ++col) {
            const std::size_t i = s.at(tile, col, row);
            if (s.in_band[i] == 0) continue;
            for (const std::uint32_t frame : s.compared(i))
                if (std::find(frames.begin(), frames.end(), frame) == frames.end()) frames.push_back(frame);
        }
    }
    std::sort(frames.begin(), frames.end());

    Grid fine = s.cells;
    fine.resolution /= samples_per_side;
    fine.width *= samples_per_side, fine.height *= samples_per_side;
    // one more on every side, for the gradients
    const Window samples{window.col * samples_per_side - 1, window.row * samples_per_side - 1,
                         window.width * samples_per_side + 2, window.height * samples_per_side + 2};
    TileHeights heights;
    mission.terrain->cell_heights(fine, samples, heights);
    const TileGround ground(fine, samples, *mission.space, heights);
    std::vector<std::vector<float>> brightness(frames.size());
    kernels::PhaseTable table;
    kernels::make_phase_table(kernels::Interpolation::bilinear, sample_px, table);
    SampledPart part;
    double sum = 0, count = 0;
    for (std::size_t k = 0; k < frames.size(); ++k) {
        const PlannedFrame& planned = mission.frames[frames[k]];
        const FrameLocator locator(ground, *planned.camera);
        brightness[k].assign(static_cast<std::size_t>(samples.pixels()), std::numeric_limits<float>::quiet_NaN());
        if (!locate_part(locator, planned.header, {0, 0, samples.width, samples.height}, part)) continue;
        sample_part(cache, frames[k], table, light[frames[k]].radiometry(), part);
        light[frames[k]].apply(fine, samples, part);
        switch (mission.type) {
        case SampleType::u8:
            brightness_of<std::uint8_t>(mission.layout, part, brightness[k]);
            break;
        case SampleType::u16:
            brightness_of<std::uint16_t>(mission.layout, part, brightness[k]);
            break;
        case SampleType::f32:
            brightness_of<float>(mission.layout, part, brightness[k]);
            break;
        }
        for (const float value : brightness[k])
            if (std::isfinite(value)) sum += static_cast<double>(value), count += 1;
    }
    if (count == 0 || sum <= 0) return;
    const double per_mean = count / sum;

    const int margin = std::clamp(static_cast<int>(ground_reach / s.cells.resolution), 1, 64);
    const Window around{window.col - margin, window.row - margin, window.width + 2 * margin,
                        window.height + 2 * margin};
    mission.terrain->cell_heights(s.cells, around, heights);
    std::vector<std::uint8_t> stands;
    if (heights.range.max - heights.range.min > static_cast<float>(raised)) {
        for (float& height : heights.height)
            if (!std::isfinite(height)) height = heights.range.min;
        stands = find_raised(heights.height, around.width, around.height, margin);
    }

    const auto width = static_cast<std::ptrdiff_t>(samples.width);
    const auto of_frame = [&](std::uint32_t frame) {
        return brightness[static_cast<std::size_t>(std::lower_bound(frames.begin(), frames.end(), frame) -
                                                   frames.begin())]
            .data();
    };
    for (int row = 0; row < window.height; ++row) {
        for (int col = 0; col < window.width; ++col) {
            const std::size_t i = s.at(tile, col, row);
            if (s.in_band[i] == 0) continue;
            const std::span<const std::uint32_t> seen = s.compared(i);
            const auto first = (row * samples_per_side + 1) * width + col * samples_per_side + 1;
            std::array<const float*, compared_views> shown{};
            float worst = 0;
            for (std::size_t k = 0; k < seen.size(); ++k) {
                shown[k] = of_frame(seen[k]) + first;
                for (std::size_t other = 0; other < k; ++other) {
                    const float two = disagreement_of(shown[k], shown[other], width);
                    if (k == 1)
                        worst = two;
                    else if (std::isfinite(two)) // else borders of third frames would keep away the seams of others
                        worst = std::max(worst, third_share * two);
                }
            }
            int value = level_of(static_cast<double>(worst) * per_mean);
            if (!stands.empty() && stands[static_cast<std::size_t>((row + margin) * around.width + col + margin)] != 0)
                value += raised_levels;
            s.disagreement[i] = static_cast<std::uint8_t>(std::min(value, levels - 1));
        }
    }
}

SeamMap SeamSurvey::place() {
    State& s = *state_;
    std::vector<std::uint32_t> labels(s.views.size());
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = s.views[i][0];
    if (!s.in_band.empty()) {
        constexpr std::uint32_t open = SeamMap::nobody - 1;
        std::vector<std::deque<std::size_t>> fronts(levels);
        int highest = -1;
        // all that reaches a cell waits at the cell's own level: what comes first has it
        const auto reach_neighbours = [&](std::size_t i) {
            s.for_neighbours(i, [&](std::size_t j) {
                if (labels[j] != open || !s.may_show(j, labels[i])) return;
                labels[j] = labels[i];
                fronts[s.disagreement[j]].push_back(j);
                highest = std::max<int>(highest, s.disagreement[j]);
            });
        };
        for (std::size_t i = 0; i < labels.size(); ++i)
            if (s.in_band[i] != 0) labels[i] = open;
        for (std::size_t i = 0; i < labels.size(); ++i)
            if (s.in_band[i] == 0 && labels[i] < open) reach_neighbours(i);
        while (highest >= 0) {
            auto& queue = fronts[static_cast<std::size_t>(highest)];
            if (queue.empty()) {
                --highest;
                continue;
            }
            const std::size_t front = queue.front();
            queue.pop_front();
            reach_neighbours(front);
        }
        for (std::size_t i = 0; i < labels.size(); ++i)
            if (labels[i] == open) labels[i] = s.views[i][0];
        s.smooth(labels);
    }
    SeamMap map(s.mission.grid, s.cell);
    std::vector<SeamMap::Run> runs;
    for (std::int64_t tile_row = 0; tile_row < s.tiling.rows(); ++tile_row) {
        std::vector<std::int64_t> touched;
        for (std::int64_t tile = tile_row * s.tiling.cols(); tile < (tile_row + 1) * s.tiling.cols(); ++tile)
            if (s.block_of_tile[static_cast<std::size_t>(tile)] >= 0) touched.push_back(tile);
        const std::int64_t rows = std::min<std::int64_t>(s.side, s.cells.height - tile_row * s.side);
        for (int row = 0; row < rows; ++row) {
            runs.clear();
            const auto add = [&](std::int64_t end, std::uint32_t frame) {
                if (runs.empty() || runs.back().frame != frame) runs.push_back({0, frame});
                runs.back().end = static_cast<std::uint32_t>(end);
            };
            std::int64_t reached = 0;
            for (const std::int64_t tile : touched) {
                const Window window = s.window_of(tile);
                if (window.col > reached) add(window.col, SeamMap::nobody);
                for (int col = 0; col < window.width; ++col) add(window.col + col + 1, labels[s.at(tile, col, row)]);
                reached = window.col + window.width;
            }
            if (reached < s.cells.width) add(s.cells.width, SeamMap::nobody);
            map.append_row(std::span<const SeamMap::Run>(runs));
        }
    }
    return map;
}

SeamMap nadir_seams(const PlannedMission& mission) {
    SeamSurvey survey(mission, std::numeric_limits<std::int64_t>::max());
    for (std::int64_t tile = 0; tile < Tiling(mission.grid).count(); ++tile) survey.view_tile(tile);
    return survey.place();
}

} // namespace overflight
