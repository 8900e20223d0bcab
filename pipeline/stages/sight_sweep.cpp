// SPDX-License-Identifier: Apache-2.0
#include "stages/sight_sweep.h"

#include "kernels/sight_rows.h"
#include "stages/byte_row.h"
#include "stages/united.h"
#include "stages/wall_edge.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace overflight {
namespace {

constexpr std::uint8_t hidden_mark = kernels::sight_hidden, step_mark = 2, doubt_mark = kernels::sight_nearly_hidden;

/// Tracks that run further aside than this many columns a row would leave cells out.
constexpr double steepest_track = 2.0;

/// Tracks closer than this, in cells, are about to meet.
constexpr double closest_tracks = 0.05;

constexpr int smallest_part = 2;

/// How a part is swept: rows and columns as they are or swapped, the first row always the nearest to the eye.
struct Orientation {
    bool swapped = false, flipped = false;
};

bool orientation_of(const SightField& field, const Window& part, Orientation& out) {
    const std::array<SightField::Displacement, 4> corners = {
        field.at(static_cast<double>(part.col), static_cast<double>(part.row)),
        field.at(static_cast<double>(part.col + part.width - 1), static_cast<double>(part.row)),
        field.at(static_cast<double>(part.col), static_cast<double>(part.row + part.height - 1)),
        field.at(static_cast<double>(part.col + part.width - 1), static_cast<double>(part.row + part.height - 1))};
    const SightField::Displacement middle =
        field.at(static_cast<double>(part.col) + 0.5 * part.width, static_cast<double>(part.row) + 0.5 * part.height);
    out.swapped = std::abs(middle.linear_col) > std::abs(middle.linear_row);
    const auto along = [&](const SightField::Displacement& d) { return out.swapped ? d.linear_col : d.linear_row; };
    const auto aside = [&](const SightField::Displacement& d) { return out.swapped ? d.linear_row : d.linear_col; };
    out.flipped = along(middle) < 0;
    return std::all_of(corners.begin(), corners.end(), [&](const SightField::Displacement& d) {
        return along(d) != 0 && (along(d) < 0) == out.flipped &&
               std::abs(aside(d)) <= steepest_track * std::abs(along(d));
    });
}

Window clipped(const Window& window, const Window& to) {
    const std::int64_t col0 = std::max(window.col, to.col), row0 = std::max(window.row, to.row);
    const std::int64_t col1 = std::min(window.col + window.width, to.col + to.width),
                       row1 = std::min(window.row + window.height, to.row + to.height);
    return {col0, row0, static_cast<int>(std::max<std::int64_t>(0, col1 - col0)),
            static_cast<int>(std::max<std::int64_t>(0, row1 - row0))};
}

/// The displacements' parts along the sweep, at the nodes across it, for a row of the sweep: linear, square.
void along_row(const SightField& field, double row, float sign, bool swapped,
               std::vector<std::pair<float, float>>& out) {
    const int across = swapped ? field.rows() : field.cols(), along = swapped ? field.cols() : field.rows();
    const double y = (row - (swapped ? field.first_col() : field.first_row())) / field.step();
    const int r = std::clamp(static_cast<int>(y), 0, along - 2);
    const auto fy = static_cast<float>(y - r);
    const auto linear = swapped ? &SightField::Displacement::linear_col : &SightField::Displacement::linear_row,
               square = swapped ? &SightField::Displacement::square_col : &SightField::Displacement::square_row;
    out.resize(static_cast<std::size_t>(across));
    for (int k = 0; k < across; ++k) {
        const SightField::Displacement &here = swapped ? field.node(r, k) : field.node(k, r),
                                       &next = swapped ? field.node(r + 1, k) : field.node(k, r + 1);
        const auto mix = [&](float SightField::Displacement::*part) {
            return sign * (here.*part + fy * (next.*part - here.*part));
        };
        out[static_cast<std::size_t>(k)] = {mix(linear), mix(square)};
    }
}

/// Cells of a row, `first` the first one's place across the sweep, cut at the nodes.
void cut_at_nodes(const SightField& field, double first_node, int nodes, std::int64_t first, int count,
                  std::vector<SightSweep::Run>& out) {
    out.clear();
    for (int done = 0; done < count;) {
        const double x = (static_cast<double>(first + done) - first_node) / field.step();
        const int node = std::clamp(static_cast<int>(std::floor(x)), 0, nodes - 2);
        int end = count;
        if (node < nodes - 2)
            end = std::min<int>(end, static_cast<int>(first_node + static_cast<double>((node + 1) * field.step()) -
                                                      static_cast<double>(first)));
        end = std::max(end, done + 1);
        out.push_back({static_cast<std::size_t>(done), static_cast<std::size_t>(end - done),
                       static_cast<std::size_t>(node), static_cast<float>(x - node)});
        done = end;
    }
}

/// How far tracks run aside by the row of a sweep, at two places across it.
class TrackSlopes {
public:
    TrackSlopes(const SightField& field, bool swapped, double sign, double left, double right)
        : field_(field), swapped_(swapped), sign_(sign), nodes_(swapped ? field.cols() : field.rows()),
          left_(across(left)), right_(across(right)) {}

    std::pair<double, double> in_row(double row) const {
        const Place along = place(row, swapped_ ? field_.first_col() : field_.first_row(), nodes_);
        return {slope(left_, along), slope(right_, along)};
    }

private:
    struct Place {
        int node = 0;
        float on = 0; ///< from it to the next
    };

    Place place(double at, double first, int nodes) const {
        const double x = (at - first) / field_.step();
        const int node = std::clamp(static_cast<int>(x), 0, nodes - 2);
        return {node, static_cast<float>(x - node)};
    }
    Place across(double at) const {
        return swapped_ ? place(at, field_.first_row(), field_.rows()) : place(at, field_.first_col(), field_.cols());
    }

    double slope(const Place& across, const Place& along) const {
        const Place &col = swapped_ ? along : across, &row = swapped_ ? across : along;
        const SightField::Displacement *upper = &field_.node(col.node, row.node),
                                       *lower = &field_.node(col.node, row.node + 1);
        const auto mix = [&](float SightField::Displacement::*part) {
            const float above = upper[0].*part + col.on * (upper[1].*part - upper[0].*part);
            const float below = lower[0].*part + col.on * (lower[1].*part - lower[0].*part);
            return static_cast<double>(above + row.on * (below - above));
        };
        const double by_col = mix(&SightField::Displacement::linear_col),
                     by_row = mix(&SightField::Displacement::linear_row);
        return swapped_ ? by_row / (sign_ * by_col) : by_col / (sign_ * by_row);
    }

    const SightField& field_;
    bool swapped_;
    double sign_; ///< -1 where rows are swept upwards
    int nodes_;   ///< along the sweep
    Place left_, right_;
};

/// Eight by eight bytes, a row a word, their columns as rows.
void turn_bytes(std::array<std::uint64_t, 8>& rows) {
    const auto swap = [&](std::size_t a, std::size_t b, int shift, std::uint64_t mask) {
        const std::uint64_t other = ((rows[a] >> shift) ^ rows[b]) & mask;
        rows[b] ^= other;
        rows[a] ^= other << shift;
    };
    for (std::size_t k = 0; k < 4; ++k) swap(k, k + 4, 32, 0x00000000FFFFFFFF);
    for (const std::size_t k : {0U, 1U, 4U, 5U}) swap(k, k + 2, 16, 0x0000FFFF0000FFFF);
    for (std::size_t k = 0; k < 8; k += 2) swap(k, k + 1, 8, 0x00FF00FF00FF00FF);
}

/// Adds marks, rows as columns: to[col][row] |= from[row][col].
void turn_marks(const std::uint8_t* from, std::ptrdiff_t from_stride, int rows, int cols, std::uint8_t* to,
                std::ptrdiff_t to_stride) {
    constexpr int side = 8;
    for (int row = 0; row < rows; row += side) {
        for (int col = 0; col < cols; col += side) {
            const std::uint8_t* a = from + row * from_stride + col;
            std::uint8_t* t = to + col * to_stride + row;
            if (row + side > rows || col + side > cols) {
                for (int r = 0; r < std::min(side, rows - row); ++r)
                    for (int c = 0; c < std::min(side, cols - col); ++c) t[c * to_stride + r] |= a[r * from_stride + c];
                continue;
            }
            std::array<std::uint64_t, side> block{};
            for (std::size_t k = 0; k < side; ++k)
                std::memcpy(&block[k], a + static_cast<std::ptrdiff_t>(k) * from_stride, side);
            turn_bytes(block);
            for (std::size_t k = 0; k < side; ++k) {
                std::uint8_t* there = t + static_cast<std::ptrdiff_t>(k) * to_stride;
                std::uint64_t known = 0;
                std::memcpy(&known, there, side);
                known |= block[k];
                std::memcpy(there, &known, side);
            }
        }
    }
}

/// Whether a cell stands at the foot of a wall.
bool at_foot(const float* cells, std::ptrdiff_t stride, const Window& all, int col, int row, float wall) {
    const float* here = cells + row * stride + col;
    for (int r = row > 0 ? -1 : 0; r <= (row + 1 < all.height ? 1 : 0); ++r)
        for (int c = col > 0 ? -1 : 0; c <= (col + 1 < all.width ? 1 : 0); ++c)
            if (here[r * stride + c] - *here >= wall) return true;
    return false;
}

bool any(const std::vector<std::uint8_t>& marks) {
    std::uint8_t all = 0;
    for (const std::uint8_t mark : marks) all |= mark;
    return all != 0;
}

/// Marks the borders of what is hidden, of which the sweep is not sure: what is hidden beside any (of the eight around)
/// that is not, and these. All in bytes, as many at a time as a vector holds.
void mark_borders(const std::vector<std::uint8_t>& marks, int width, int height, std::vector<std::uint8_t>& doubt) {
    doubt.resize(marks.size());
    const auto count = static_cast<std::size_t>(width);
    std::vector<std::uint8_t> any(count + 2), all(count + 2); // down the columns, one more on each side
    for (int row = 0; row < height; ++row) {
        const std::uint8_t *here = marks.data() + static_cast<std::ptrdiff_t>(row) * width,
                           *above = row > 0 ? here - width : here, *below = row + 1 < height ? here + width : here;
        for (std::size_t col = 0; col < count; ++col) {
            any[col + 1] = above[col] | here[col] | below[col];
            all[col + 1] = above[col] & here[col] & below[col];
        }
        any[0] = any[1], any[count + 1] = any[count];
        all[0] = all[1], all[count + 1] = all[count];
        std::uint8_t* to = doubt.data() + static_cast<std::ptrdiff_t>(row) * width;
        for (std::size_t col = 0; col < count; ++col) {
            const std::uint8_t some = any[col] | any[col + 1] | any[col + 2],
                               each = all[col] & all[col + 1] & all[col + 2];
            const std::uint8_t border = (some ^ each) & hidden_mark;
            to[col] = border != 0 ? doubt_mark : std::uint8_t{0};
        }
    }
}

/// Set bits spread by `reach` cells to all sides.
void spread(std::vector<std::uint8_t>& marks, int width, int height, int reach, std::vector<std::uint8_t>& along) {
    along.resize(marks.size());
    for (int row = 0; row < height; ++row) {
        const std::uint8_t* from = marks.data() + static_cast<std::ptrdiff_t>(row) * width;
        std::uint8_t* to = along.data() + static_cast<std::ptrdiff_t>(row) * width;
        std::copy_n(from, width, to);
        for (int d = 1; d <= reach; ++d) {
            for (int col = d; col < width; ++col) to[col] |= from[col - d];
            for (int col = 0; col + d < width; ++col) to[col] |= from[col + d];
        }
    }
    std::copy(along.begin(), along.end(), marks.begin());
    for (int row = 0; row < height; ++row) {
        std::uint8_t* to = marks.data() + static_cast<std::ptrdiff_t>(row) * width;
        for (int other = std::max(0, row - reach); other <= std::min(height - 1, row + reach); ++other) {
            const std::uint8_t* from = along.data() + static_cast<std::ptrdiff_t>(other) * width;
            for (int col = 0; col < width; ++col) to[col] |= from[col];
        }
    }
}

} // namespace

Window SightSweep::reach(const SightField& field, const Window& target, float lowest, float highest) {
    const double rise = std::max(0.0, static_cast<double>(highest) - lowest);
    double left = 0, right = 0, up = 0, down = 0;
    for (const int y : {0, 1, 2}) {
        for (const int x : {0, 1, 2}) {
            const auto d = field.at(static_cast<double>(target.col) + 0.5 * x * target.width,
                                    static_cast<double>(target.row) + 0.5 * y * target.height);
            // the eye lies against the displacement; lines are straight enough for their slope at the plane, a tenth
            // more
            const double cols = -1.1 * rise * static_cast<double>(d.linear_col),
                         rows = -1.1 * rise * static_cast<double>(d.linear_row);
            left = std::max(left, -cols), right = std::max(right, cols);
            up = std::max(up, -rows), down = std::max(down, rows);
        }
    }
    static constexpr double most = 1 << 20;
    const auto cells = [](double distance) { return static_cast<int>(std::ceil(std::min(distance, most))) + 1; };
    return {target.col - cells(left), target.row - cells(up), target.width + cells(left) + cells(right),
            target.height + cells(up) + cells(down)};
}

bool SightSweep::classify(const HeightField& heights, const SightField& field, const Window& target, int error,
                          float lowest, std::vector<std::uint8_t>& classes) {
    marks_window_ = clipped(grown(target, surroundings(error)), heights.window);
    marks_.assign(static_cast<std::size_t>(marks_window_.pixels()), 0);
    sweep(heights, field, marks_window_, lowest, error >= 0);
    if (!any(marks_)) return false;
    classes.resize(static_cast<std::size_t>(target.pixels()));
    const int width = target.width, from_width = marks_window_.width;
    mark_borders(marks_, from_width, marks_window_.height, along_);
    const std::ptrdiff_t first = (target.row - marks_window_.row) * from_width + target.col - marks_window_.col;
    for (int row = 0; row < target.height; ++row) {
        const std::uint8_t* from = marks_.data() + first + static_cast<std::ptrdiff_t>(row) * from_width;
        std::uint8_t* to = classes.data() + static_cast<std::ptrdiff_t>(row) * width;
        const std::uint8_t* border = along_.data() + (from - marks_.data());
        for (int col = 0; col < width; ++col) {
            const bool hidden = (from[col] & hidden_mark) != 0;
            const std::uint8_t known = hidden ? sight::hidden : sight::clear,
                               maybe = hidden ? sight::maybe_hidden : sight::maybe_seen;
            to[col] = ((from[col] | border[col]) & doubt_mark) != 0 ? maybe : known;
        }
    }
    if (error < 0) return true;
    spread(marks_, from_width, marks_window_.height, std::max(error, 1), along_);
    for (int row = 0; row < target.height; ++row) {
        const std::uint8_t* from = marks_.data() + first + static_cast<std::ptrdiff_t>(row) * from_width;
        std::uint8_t* to = classes.data() + static_cast<std::ptrdiff_t>(row) * width;
        for (int col = 0; col < width; ++col) {
            const std::uint8_t near = (from[col] & (hidden_mark | step_mark)) != 0 ? sight::uncertain : sight::clear;
            to[col] = to[col] == sight::clear ? near : to[col];
        }
    }
    return true;
}

void SightSweep::sweep(const HeightField& heights, const SightField& field, const Window& part, float lowest,
                       bool steps) {
    if (!(lowest < heights.highest)) return;
    Window work = reach(field, part, lowest, heights.highest);
    if (work.width <= part.width + 2 && work.height <= part.height + 2) return; // nothing is displaced by a cell
    work = clipped(work, heights.window);

    Orientation orientation;
    if (!orientation_of(field, part, orientation)) {
        if (part.width <= smallest_part || part.height <= smallest_part) return; // the nadir itself
        const int left = (part.width + 1) / 2, upper = (part.height + 1) / 2;
        for (const Window& quarter :
             {Window{part.col, part.row, left, upper}, Window{part.col + left, part.row, part.width - left, upper},
              Window{part.col, part.row + upper, left, part.height - upper},
              Window{part.col + left, part.row + upper, part.width - left, part.height - upper}})
            if (!quarter.empty()) sweep(heights, field, quarter, lowest, steps);
        return;
    }
    const bool swapped = orientation.swapped, flipped = orientation.flipped;
    const int rows = swapped ? work.width : work.height, cols = swapped ? work.height : work.width;

    const float sign = flipped ? -1.0F : 1.0F;

    // the part in the sweep's rows and columns
    const auto part_col = static_cast<int>(part.col - work.col), part_row = static_cast<int>(part.row - work.row);
    const int first_col = swapped ? part_row : part_col;
    const int last_col = first_col + (swapped ? part.height : part.width) - 1;
    const int begin = swapped ? part_col : part_row, length = swapped ? part.width : part.height;
    const int first_row = flipped ? rows - begin - length : begin, last_row = first_row + length - 1;
    const int part_cols = last_col - first_col + 1;
    // tracks: column = offset + spacing * track, by row; a cell apart in the last row, closer towards the eye, where
    // they meet: what stands there hides nothing
    int nearest_row = 0;
    offset_.resize(static_cast<std::size_t>(last_row) + 1);
    spacing_.resize(offset_.size());
    double *offset = offset_.data(), *spacing = spacing_.data();
    double at = 0, apart = 1, widest = 1;
    const double across = static_cast<double>(swapped ? work.row : work.col);
    const TrackSlopes slopes(field, swapped, static_cast<double>(sign), across + first_col, across + last_col);
    for (int row = last_row; row >= 0; --row) {
        const auto r = static_cast<std::size_t>(row);
        offset[r] = at;
        spacing[r] = apart;
        widest = std::max(widest, apart);
        const double along = static_cast<double>(swapped ? work.col : work.row) + (flipped ? rows - 1 - row : row);
        const auto [left, right] = slopes.in_row(along);
        const double change = last_col > first_col ? (right - left) / (last_col - first_col) : 0;
        at -= left + change * (at - first_col);
        apart *= 1 - change;
        if (apart < closest_tracks && row <= first_row) {
            nearest_row = row;
            break;
        }
    }
    for (int row = nearest_row; row <= last_row; ++row) spacing[row] /= widest;

    double first_track = std::numeric_limits<double>::infinity(), last_track = -first_track;
    for (int row = first_row; row <= last_row; ++row) {
        const auto r = static_cast<std::size_t>(row);
        first_track = std::min(first_track, std::floor((first_col - 0.5 - offset[r]) / spacing[r]));
        last_track = std::max(last_track, std::ceil((last_col + 0.5 - offset[r]) / spacing[r]));
    }
    const auto tracks = static_cast<std::size_t>(last_track - first_track + 1);
    furthest_.assign(tracks, -std::numeric_limits<float>::infinity());
    bias_.assign(tracks, 0.0F);

    const float* first_cell = heights.height.data() + (work.row - heights.window.row) * heights.window.width +
                              (work.col - heights.window.col);
    std::ptrdiff_t next_row = heights.window.width;
    if (swapped) {
        turned_.resize(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols));
        kernels::turn_cells(first_cell, next_row, static_cast<std::size_t>(cols), static_cast<std::size_t>(rows),
                            turned_.data(), cols);
        first_cell = turned_.data(), next_row = cols;
        along_.resize(static_cast<std::size_t>(length) * static_cast<std::size_t>(part_cols));
    }
    cut_at_nodes(field, swapped ? field.first_row() : field.first_col(), swapped ? field.rows() : field.cols(),
                 swapped ? work.row : work.col, cols, runs_);
    const float by_cell = 1.0F / static_cast<float>(field.step());
    const auto wall = static_cast<float>(steepest_slope * heights.cell);
    const std::size_t padded = static_cast<std::size_t>(cols) + kernels::sight_row_padding;
    lies_.resize(padded), before_.resize(padded);
    hidden_.resize(padded), steps_.assign(static_cast<std::size_t>(part_cols), 0);
    for (int row = nearest_row; row <= last_row; ++row) {
        const auto r = static_cast<std::size_t>(row);
        const int from_row = flipped ? rows - 1 - row : row;
        along_row(field, static_cast<double>((swapped ? work.col : work.row) + from_row), sign, swapped, nodes_);
        lies_.swap(before_);
        for (const Run& run : runs_) {
            const auto [a0, b0] = nodes_[run.node];
            const auto [a1, b1] = nodes_[run.node + 1];
            kernels::displace_cells(
                first_cell + from_row * next_row + run.first, run.count, field.plane(),
                {a0 + run.on * (a1 - a0), (a1 - a0) * by_cell, b0 + run.on * (b1 - b0), (b1 - b0) * by_cell},
                static_cast<float>(row), lies_.data() + run.first);
        }

        const double low = -0.5, high = cols - 0.5;
        const auto begin_track =
            static_cast<std::int64_t>(std::max(first_track, std::ceil((low - offset[r]) / spacing[r])));
        const auto end_track =
            static_cast<std::int64_t>(std::min(last_track, std::ceil((high - offset[r]) / spacing[r]) - 1));
        constexpr auto one = static_cast<double>(kernels::SightTracks::one);
        kernels::SightTracks following;
        following.first = std::max<std::int64_t>(
            0, static_cast<std::int64_t>((offset[r] + spacing[r] * static_cast<double>(begin_track) + 0.5) * one));
        following.step = static_cast<std::int64_t>(spacing[r] * one);
        following.count = static_cast<std::size_t>(std::max<std::int64_t>(0, end_track - begin_track + 1));
        const auto place = begin_track - static_cast<std::int64_t>(first_track);
        kernels::follow_tracks(lies_.data(), following, furthest_.data() + place, bias_.data() + place,
                               row < first_row ? nullptr : hidden_.data());
        if (row < first_row) continue;

        if (steps)
            kernels::mark_steps(
                lies_.data() + first_col, row > first_row ? before_.data() + first_col : lies_.data() + first_col,
                row > first_row ? 1.0F : 0.0F, static_cast<std::size_t>(part_cols), step_mark, steps_.data());
        const int along = flipped ? length - 1 - (row - first_row) : row - first_row; // in the part
        std::uint8_t* to = swapped ? along_.data() + static_cast<std::ptrdiff_t>(along) * part_cols
                                   : marks_.data() + (part.row - marks_window_.row + along) * marks_window_.width +
                                         (part.col - marks_window_.col);
        const std::uint8_t *hidden = hidden_.data() + first_col, *step = steps_.data();
        static_assert(hidden_mark == 1);
        std::uint8_t all = 0;
        for (int col = 0; col < part_cols; ++col) {
            to[col] = hidden[col] | step[col];
            all |= to[col];
        }
        if ((all & doubt_mark) == 0) continue;
        const Window around{0, 0, cols, rows};
        for (int col = 0; (col = next_other(to, 0, doubt_mark, col, part_cols)) < part_cols; ++col)
            if (!at_foot(first_cell, next_row, around, first_col + col, from_row, wall))
                to[col] &= static_cast<std::uint8_t>(~doubt_mark);
    }
    if (swapped)
        turn_marks(along_.data(), part_cols, length, part_cols,
                   marks_.data() + (part.row - marks_window_.row) * marks_window_.width +
                       (part.col - marks_window_.col),
                   marks_window_.width);
}

} // namespace overflight
