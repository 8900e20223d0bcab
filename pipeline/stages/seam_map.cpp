// SPDX-License-Identifier: Apache-2.0
#include "stages/seam_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string_view>

namespace overflight {
namespace {

std::int64_t read_number(std::string_view& text, char end) {
    std::int64_t value = 0;
    const auto [next, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || next == text.data() + text.size() || *next != end)
        throw std::runtime_error("the stored seams are damaged");
    text.remove_prefix(static_cast<std::size_t>(next - text.data()) + 1);
    return value;
}

} // namespace

SeamMap::SeamMap(const Grid& grid, int cell)
    : cell_(cell), cols_((grid.width + cell - 1) / cell), grid_rows_((grid.height + cell - 1) / cell) {
    rows_.reserve(static_cast<std::size_t>(grid_rows_));
}

void SeamMap::append_row(std::span<const std::uint32_t> labels) {
    std::vector<Run> runs;
    for (std::size_t col = 0; col < labels.size(); ++col) {
        if (runs.empty() || runs.back().frame != labels[col]) runs.push_back({0, labels[col]});
        runs.back().end = static_cast<std::uint32_t>(col + 1);
    }
    rows_.push_back(std::move(runs));
}

void SeamMap::read(const Window& cells, std::vector<std::uint32_t>& labels) const {
    labels.assign(static_cast<std::size_t>(cells.pixels()), nobody);
    const std::int64_t first = std::max<std::int64_t>(cells.col, 0), last = std::min(cells.col + cells.width, cols_);
    if (first >= last) return;
    for (int r = 0; r < cells.height; ++r) {
        const std::int64_t row = cells.row + r;
        if (row < 0 || row >= rows()) continue;
        const std::vector<Run>& runs = rows_[static_cast<std::size_t>(row)];
        std::uint32_t* to = labels.data() + static_cast<std::ptrdiff_t>(r) * cells.width - cells.col;
        auto run = std::upper_bound(runs.begin(), runs.end(), first,
                                    [](std::int64_t col, const Run& each) { return col < std::int64_t{each.end}; });
        for (std::int64_t col = first; col < last; ++run) {
            const std::int64_t end = std::min<std::int64_t>(run->end, last);
            std::fill(to + col, to + end, run->frame);
            col = end;
        }
    }
}

std::string SeamMap::to_text() const {
    std::string text = fmt::format("{} {} {}\n", cell_, cols_, rows_.size());
    for (std::size_t row = 0; row < rows_.size();) {
        std::size_t same = row + 1;
        while (same < rows_.size() && rows_[same] == rows_[row]) ++same;
        text += fmt::format("{} {} ", same - row, rows_[row].size());
        for (const Run& run : rows_[row]) text += fmt::format("{}:{} ", run.end, run.frame);
        text.back() = '\n';
        row = same;
    }
    return text;
}

SeamMap SeamMap::from_text(const Grid& grid, const std::string& text) {
    std::string_view left = text;
    const std::int64_t cell = read_number(left, ' '), cols = read_number(left, ' '), rows = read_number(left, '\n');
    if (cell < 1 || cell > Tiling::size) throw std::runtime_error("the stored seams are damaged");
    SeamMap map(grid, static_cast<int>(cell));
    if (map.cols_ != cols || map.grid_rows_ != rows) throw std::runtime_error("the stored seams are of another grid");
    while (map.rows() < rows) {
        const std::int64_t same = read_number(left, ' '), count = read_number(left, ' ');
        if (same < 1 || same > rows - map.rows() || count < 1 || count > cols)
            throw std::runtime_error("the stored seams are damaged");
        std::vector<Run> runs;
        for (std::int64_t i = 0; i < count; ++i) {
            const std::int64_t end = read_number(left, ':'), frame = read_number(left, i + 1 == count ? '\n' : ' ');
            if (end > cols || (!runs.empty() && end <= runs.back().end) || frame < 0 || frame > nobody)
                throw std::runtime_error("the stored seams are damaged");
            runs.push_back({static_cast<std::uint32_t>(end), static_cast<std::uint32_t>(frame)});
        }
        if (runs.back().end != cols) throw std::runtime_error("the stored seams are damaged");
        map.rows_.insert(map.rows_.end(), static_cast<std::size_t>(same), runs);
    }
    return map;
}

} // namespace overflight
