// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace overflight {

/// Which frame each place of a mosaic is from: one label a cell of `cell` x `cell` pixels, kept as runs along the rows,
/// so that it stays small beside the mosaic. Cell (0, 0) begins at pixel (0, 0); the last cells may reach beyond the
/// grid.
class SeamMap {
public:
    static constexpr std::uint32_t nobody = 0xFFFFFFFF;
    struct Run {
        std::uint32_t end = 0, frame = nobody; ///< from the end of the run before it

        friend bool operator==(const Run&, const Run&) = default;
    };

    SeamMap() = default;
    SeamMap(const Grid& grid, int cell);

    /// Sets the next row, from row 0 on: a label a column.
    void append_row(std::span<const std::uint32_t> labels);
    /// The same by its runs; neighbours differ, the last one ends with the map.
    void append_row(std::span<const Run> runs) { rows_.emplace_back(runs.begin(), runs.end()); }

    bool empty() const { return rows_.empty(); }
    int cell() const { return cell_; } ///< pixels
    std::int64_t cols() const { return cols_; }
    std::int64_t rows() const { return static_cast<std::int64_t>(rows_.size()); }
    std::span<const Run> row(std::int64_t row) const { return rows_[static_cast<std::size_t>(row)]; }

    /// Labels of a window of cells, row-major; nobody outside the map.
    void read(const Window& cells, std::vector<std::uint32_t>& labels) const;

    /// As text and back: rows of "end:frame", rows that repeat the one above as their number. from_text throws
    /// std::runtime_error where the text is none of to_text's for this grid.
    std::string to_text() const;
    static SeamMap from_text(const Grid& grid, const std::string& text);

    friend bool operator==(const SeamMap&, const SeamMap&) = default;

private:
    int cell_ = 0;
    std::int64_t cols_ = 0, grid_rows_ = 0;
    std::vector<std::vector<Run>> rows_;
};

} // namespace overflight
