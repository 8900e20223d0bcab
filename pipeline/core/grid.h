// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

namespace overflight {

/// A rectangle of pixels, half open.
struct Window {
    std::int64_t col = 0, row = 0;
    int width = 0, height = 0;

    bool empty() const { return width <= 0 || height <= 0; }
    std::int64_t pixels() const { return std::int64_t{width} * height; }
    friend bool operator==(const Window&, const Window&) = default;
};

/// An axis-aligned rectangle on the map, in CRS units.
struct Bounds {
    double xmin = 0, ymin = 0, xmax = 0, ymax = 0;

    bool empty() const { return !(xmax > xmin && ymax > ymin); }
    bool overlaps(const Bounds& other) const {
        return xmin < other.xmax && other.xmin < xmax && ymin < other.ymax && other.ymin < ymax;
    }
    friend bool operator==(const Bounds&, const Bounds&) = default;
};

/// The output raster: north up, square pixels. (west, north) is the outer corner of pixel (0, 0);
/// pixel positions are counted from centres, so column 0 lies at west + resolution / 2.
struct Grid {
    std::string crs_wkt;
    double west = 0, north = 0;
    double resolution = 1; ///< CRS units per pixel
    std::int64_t width = 0, height = 0;

    double x(double col) const { return west + (col + 0.5) * resolution; }
    double y(double row) const { return north - (row + 0.5) * resolution; }
    double col(double x) const { return (x - west) / resolution - 0.5; }
    double row(double y) const { return (north - y) / resolution - 0.5; }
    Bounds bounds() const {
        return {west, north - resolution * static_cast<double>(height), west + resolution * static_cast<double>(width),
                north};
    }
    /// Outer bounds of a window of pixels.
    Bounds bounds(const Window& window) const {
        const double x0 = west + resolution * static_cast<double>(window.col);
        const double y0 = north - resolution * static_cast<double>(window.row);
        return {x0, y0 - resolution * window.height, x0 + resolution * window.width, y0};
    }
    friend bool operator==(const Grid&, const Grid&) = default;
};

/// A window and `by` pixels around it, as far as the grid reaches.
inline Window grown(const Window& window, int by, const Grid& grid) {
    const std::int64_t col = std::max<std::int64_t>(0, window.col - by),
                       row = std::max<std::int64_t>(0, window.row - by),
                       end_col = std::min(grid.width, window.col + window.width + by),
                       end_row = std::min(grid.height, window.row + window.height + by);
    return {col, row, static_cast<int>(end_col - col), static_cast<int>(end_row - row)};
}

/// Fixed tiles over a grid, equal to the chunks of the products. Index order is row by row.
class Tiling {
public:
    static constexpr int size = 512;

    Tiling(std::int64_t width, std::int64_t height)
        : width_(width), height_(height), cols_((width + size - 1) / size), rows_((height + size - 1) / size) {}
    explicit Tiling(const Grid& grid) : Tiling(grid.width, grid.height) {}

    std::int64_t cols() const { return cols_; }
    std::int64_t rows() const { return rows_; }
    std::int64_t count() const { return cols_ * rows_; }

    /// The pixels of a tile; at the right and lower edge cut to the grid.
    Window window(std::int64_t index) const {
        const std::int64_t col = index % cols_ * size, row = index / cols_ * size;
        return {col, row, static_cast<int>(std::min<std::int64_t>(size, width_ - col)),
                static_cast<int>(std::min<std::int64_t>(size, height_ - row))};
    }

private:
    std::int64_t width_, height_, cols_, rows_;
};

} // namespace overflight
