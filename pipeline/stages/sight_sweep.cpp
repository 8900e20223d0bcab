// SPDX-License-Identifier: Apache-2.0
#include "stages/sight_sweep.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace overflight {
namespace {

constexpr std::uint8_t hidden_mark = 1, step_mark = 2;

/// Cells that a surface must displace by to be a step.
constexpr float least_step = 1.0F;

/// An edge lies somewhere between the last cell on top and the first below: on average half a cell beyond the top's.
constexpr float half_cell = 0.5F;

/// Tracks that run further aside than this many columns a row would leave cells out.
constexpr double steepest_track = 2.0;

/// So many rows become columns at a time.
constexpr int turned_rows = 16;

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

Window grown(const Window& window, int by) {
    return {window.col - by, window.row - by, window.width + 2 * by, window.height + 2 * by};
}

/// Lowest of the heights; several side by side, as one would wait for itself.
float lowest_in(const HeightField& heights, const Window& part) {
    constexpr int lanes = 16;
    std::array<float, lanes> lowest;
    lowest.fill(std::numeric_limits<float>::infinity());
    for (int row = 0; row < part.height; ++row) {
        const float* line = heights.height.data() + (part.row + row - heights.window.row) * heights.window.width +
                            (part.col - heights.window.col);
        int col = 0;
        for (; col + lanes <= part.width; col += lanes)
            for (std::size_t k = 0; k < lanes; ++k)
                lowest[k] = line[col + static_cast<int>(k)] < lowest[k] ? line[col + static_cast<int>(k)] : lowest[k];
        for (; col < part.width; ++col) lowest[0] = line[col] < lowest[0] ? line[col] : lowest[0];
    }
    return *std::min_element(lowest.begin(), lowest.end());
}

/// The part of the displacements along the sweep at the nodes' columns in a row: linear, square.
void along_row(const SightField& field, double row, float sign, bool swapped,
               std::vector<std::pair<float, float>>& out) {
    const double y = (row - field.first_row()) / field.step();
    const int r = std::clamp(static_cast<int>(y), 0, field.rows() - 2);
    const auto fy = static_cast<float>(y - r);
    out.resize(static_cast<std::size_t>(field.cols()));
    for (int col = 0; col < field.cols(); ++col) {
        const SightField::Displacement &above = field.node(col, r), &below = field.node(col, r + 1);
        const auto mix = [&](float SightField::Displacement::*part) {
            return sign * (above.*part + fy * (below.*part - above.*part));
        };
        out[static_cast<std::size_t>(col)] =
            swapped ? std::pair(mix(&SightField::Displacement::linear_col), mix(&SightField::Displacement::square_col))
                    : std::pair(mix(&SightField::Displacement::linear_row), mix(&SightField::Displacement::square_row));
    }
}

bool any(const std::vector<std::uint8_t>& marks) {
    std::uint8_t all = 0;
    for (const std::uint8_t mark : marks) all |= mark;
    return all != 0;
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
                          std::vector<std::uint8_t>& classes) {
    marks_window_ = clipped(grown(target, surroundings(error)), heights.window);
    marks_.assign(static_cast<std::size_t>(marks_window_.pixels()), 0);
    sweep(heights, field, marks_window_, error >= 0);
    if (!any(marks_)) return false;
    classes.resize(static_cast<std::size_t>(target.pixels()));
    const int width = target.width, from_width = marks_window_.width;
    const std::ptrdiff_t first = (target.row - marks_window_.row) * from_width + target.col - marks_window_.col;
    for (int row = 0; row < target.height; ++row) {
        const std::uint8_t* from = marks_.data() + first + static_cast<std::ptrdiff_t>(row) * from_width;
        std::uint8_t* to = classes.data() + static_cast<std::ptrdiff_t>(row) * width;
        static_assert(hidden_mark == 1 && sight::clear == 2 && sight::hidden == 0);
        for (int col = 0; col < width; ++col)
            to[col] = static_cast<std::uint8_t>(sight::clear - 2 * (from[col] & hidden_mark));
    }
    if (error < 0) return true;
    spread(marks_, from_width, marks_window_.height, std::max(error, 1), along_);
    for (int row = 0; row < target.height; ++row) {
        const std::uint8_t* from = marks_.data() + first + static_cast<std::ptrdiff_t>(row) * from_width;
        std::uint8_t* to = classes.data() + static_cast<std::ptrdiff_t>(row) * width;
        static_assert(sight::uncertain == 1);
        for (int col = 0; col < width; ++col) // of what is clear, one less
            to[col] = static_cast<std::uint8_t>(to[col] - ((to[col] >> 1) & static_cast<int>(from[col] != 0)));
    }
    return true;
}

void SightSweep::sweep(const HeightField& heights, const SightField& field, const Window& part, bool steps) {
    const float lowest = lowest_in(heights, part);
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
            if (!quarter.empty()) sweep(heights, field, quarter, steps);
        return;
    }
    const bool swapped = orientation.swapped, flipped = orientation.flipped;
    const int rows = swapped ? work.width : work.height, cols = swapped ? work.height : work.width;

    // where each cell lies on the plane, counted in rows of the sweep
    plane_.resize(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols));
    displaced_.resize(static_cast<std::size_t>(work.width) * (swapped ? turned_rows : 1));
    const float sign = flipped ? -1.0F : 1.0F;
    for (int row = 0; row < work.height; ++row) {
        const float* from = heights.height.data() + (work.row + row - heights.window.row) * heights.window.width +
                            (work.col - heights.window.col);
        float* displaced = displaced_.data() + (swapped ? row % turned_rows * work.width : 0);
        along_row(field, static_cast<double>(work.row + row), sign, swapped, nodes_);
        for (int col = 0; col < work.width;) { // to the next node
            const double x = (static_cast<double>(work.col + col) - field.first_col()) / field.step();
            const int cell = std::clamp(static_cast<int>(std::floor(x)), 0, field.cols() - 2);
            int end = work.width;
            if (cell < field.cols() - 2)
                end = std::min<int>(end, static_cast<int>(field.first_col() +
                                                          static_cast<double>((cell + 1) * field.step()) -
                                                          static_cast<double>(work.col)));
            end = std::max(end, col + 1);
            const auto [a0, b0] = nodes_[static_cast<std::size_t>(cell)];
            const auto [a1, b1] = nodes_[static_cast<std::size_t>(cell) + 1];
            const float in_cell = static_cast<float>(x - cell), run = 1.0F / static_cast<float>(field.step());
            const float a = a0 + in_cell * (a1 - a0), b = b0 + in_cell * (b1 - b0);
            const float da = (a1 - a0) * run, db = (b1 - b0) * run;
            for (int k = 0; k < end - col; ++k) {
                const float rise = from[col + k] - field.plane(), at = static_cast<float>(k);
                displaced[col + k] = ((a + at * da) + (b + at * db) * rise) * rise;
            }
            col = end;
        }
        if (!swapped) {
            const int to_row = flipped ? work.height - 1 - row : row;
            float* to = plane_.data() + static_cast<std::ptrdiff_t>(to_row) * cols;
            for (int col = 0; col < work.width; ++col) to[col] = displaced[col] + static_cast<float>(to_row);
            continue;
        }
        const int done = row % turned_rows + 1; // rows that wait to become columns
        if (done < turned_rows && row + 1 < work.height) continue;
        for (int col = 0; col < work.width; ++col) {
            const int to_row = flipped ? work.width - 1 - col : col;
            float* to = plane_.data() + static_cast<std::ptrdiff_t>(to_row) * cols + (row + 1 - done);
            for (int k = 0; k < done; ++k)
                to[k] = displaced_[static_cast<std::size_t>(k * work.width + col)] + static_cast<float>(to_row);
        }
    }

    // the part in the sweep's rows and columns
    const auto part_col = static_cast<int>(part.col - work.col), part_row = static_cast<int>(part.row - work.row);
    const int first_col = swapped ? part_row : part_col;
    const int last_col = first_col + (swapped ? part.height : part.width) - 1;
    const int begin = swapped ? part_col : part_row, length = swapped ? part.width : part.height;
    const int first_row = flipped ? rows - begin - length : begin, last_row = first_row + length - 1;
    const int part_cols = last_col - first_col + 1;
    along_.assign(static_cast<std::size_t>(length) * static_cast<std::size_t>(part_cols),
                  0); // marks, as they are swept

    if (steps) {
        for (int row = first_row; row <= last_row; ++row) {
            const float* line = plane_.data() + static_cast<std::ptrdiff_t>(row) * cols + first_col;
            const float* before = line - (row > first_row ? cols : 0);
            const float expected = row > first_row ? 1.0F : 0.0F;
            std::uint8_t* to = along_.data() + static_cast<std::ptrdiff_t>(row - first_row) * part_cols;
            for (int col = 1; col < part_cols; ++col) {
                const bool aside = std::abs(line[col] - line[col - 1]) > least_step,
                           back = std::abs(line[col] - before[col] - expected) > least_step;
                to[col] = aside || back ? step_mark : std::uint8_t{0};
            }
        }
    }

    // tracks: column = offset + spacing * track, by row; a cell apart in the last row, closer towards the eye, where
    // they meet: what stands there hides nothing
    int nearest_row = 0;
    offset_.resize(static_cast<std::size_t>(last_row) + 1);
    spacing_.resize(offset_.size());
    double *offset = offset_.data(), *spacing = spacing_.data();
    double at = 0, apart = 1, widest = 1;
    for (int row = last_row; row >= 0; --row) {
        const auto r = static_cast<std::size_t>(row);
        offset[r] = at;
        spacing[r] = apart;
        widest = std::max(widest, apart);
        const double along = static_cast<double>(swapped ? work.col : work.row) + (flipped ? rows - 1 - row : row);
        const auto slope = [&](int col) {
            const double across = static_cast<double>(swapped ? work.row : work.col) + col;
            const auto d = swapped ? field.at(along, across) : field.at(across, along);
            const double aside = static_cast<double>(swapped ? d.linear_row : d.linear_col);
            return aside / (static_cast<double>(sign) * static_cast<double>(swapped ? d.linear_col : d.linear_row));
        };
        const double left = slope(first_col), right = slope(last_col);
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
    row_marks_.assign(static_cast<std::size_t>(cols), 0);
    for (int row = nearest_row; row <= last_row; ++row) {
        const auto r = static_cast<std::size_t>(row);
        const double low = -0.5, high = cols - 0.5;
        const auto begin_track =
            static_cast<std::int64_t>(std::max(first_track, std::ceil((low - offset[r]) / spacing[r])));
        const auto end_track =
            static_cast<std::int64_t>(std::min(last_track, std::ceil((high - offset[r]) / spacing[r]) - 1));
        if (begin_track > end_track) continue;
        constexpr double one = 4294967296.0; // columns with 32 binary places
        auto place = std::max<std::int64_t>(
            0, static_cast<std::int64_t>((offset[r] + spacing[r] * static_cast<double>(begin_track) + 0.5) * one));
        const auto step = static_cast<std::int64_t>(spacing[r] * one);
        const float* line = plane_.data() + static_cast<std::ptrdiff_t>(row) * cols;
        float* furthest = furthest_.data() + (begin_track - static_cast<std::int64_t>(first_track));
        float* bias = bias_.data() + (begin_track - static_cast<std::int64_t>(first_track));
        const std::int64_t count = end_track - begin_track + 1;
        std::uint8_t* hidden = row_marks_.data();
        for (std::int64_t k = 0; k < count; ++k, place += step) {
            const auto col = static_cast<std::int64_t>(place >> 32);
            const float lies = line[col];
            const bool behind = lies < furthest[k] + bias[k];
            hidden[col] = behind ? hidden_mark : std::uint8_t{0};
            bias[k] = behind ? half_cell : 0.0F;
            furthest[k] = lies > furthest[k] ? lies : furthest[k];
        }
        if (row < first_row) continue;
        std::uint8_t* to = along_.data() + static_cast<std::ptrdiff_t>(row - first_row) * part_cols;
        for (int col = 0; col < part_cols; ++col) to[col] |= hidden[first_col + col];
    }

    for (int row = 0; row < length; ++row) {
        const std::uint8_t* from = along_.data() + static_cast<std::ptrdiff_t>(row) * part_cols;
        const int along = flipped ? length - 1 - row : row;
        const std::int64_t stride = swapped ? marks_window_.width : 1;
        std::uint8_t* to = marks_.data() +
                           (part.row - marks_window_.row + (swapped ? 0 : along)) * marks_window_.width +
                           (part.col - marks_window_.col + (swapped ? along : 0));
        for (int col = 0; col < part_cols; ++col) to[col * stride] |= from[col];
    }
}

} // namespace overflight
