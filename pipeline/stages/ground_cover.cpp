// SPDX-License-Identifier: Apache-2.0
#include "stages/ground_cover.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace overflight {
namespace {

constexpr float least_ndwi = 0;
constexpr int cell = 8;             ///< pixels a side; waters are told by cells
constexpr int around = 2;           ///< cells on every side that have a say
constexpr float most = 0.8F;        ///< of these
constexpr float dark = 0.7F;        ///< of the usual brightness
constexpr float reddish = 1.1F;     ///< times green or blue
constexpr float unevenness = 0.05F; ///< standard deviation, of the usual brightness

float normalised_difference(float a, float b) {
    return a + b > 0 ? (a - b) / (a + b) : 0;
}

/// Cells are those of the grid, so that no answer depends on where a view begins.
std::int64_t cell_of(std::int64_t pixel) {
    return (pixel >= 0 ? pixel : pixel - cell + 1) / cell;
}

template <typename Visit>
void for_cells_around(std::int64_t cell_col, std::int64_t cell_row, const Visit& visit) {
    for (std::int64_t row = cell_row - around; row <= cell_row + around; ++row)
        for (std::int64_t col = cell_col - around; col <= cell_col + around; ++col) visit(col, row);
}

} // namespace

GroundCover::GroundCover(const MissionView& view, const BandRoles& roles, float brightness)
    : view_(view), roles_(roles), brightness_(brightness), first_col_(cell_of(view.window.col)),
      first_row_(cell_of(view.window.row)),
      cols_(static_cast<int>(cell_of(view.window.col + view.window.width - 1) - first_col_) + 1),
      rows_(static_cast<int>(cell_of(view.window.row + view.window.height - 1) - first_row_) + 1),
      watery_(static_cast<std::size_t>(cols_) * static_cast<std::size_t>(rows_), Answer::unknown), amid_(watery_),
      water_(watery_) {}

std::uint8_t GroundCover::at(std::int64_t col, std::int64_t row) {
    if (!view_.seen(col, row)) return 0;
    if (is_water(cell_of(col), cell_of(row))) return ground_cover::water; // which may be green
    return is_green(col, row) ? ground_cover::vegetation : std::uint8_t{0};
}

float GroundCover::sample(int band, std::int64_t col, std::int64_t row) const {
    return view_.at(static_cast<std::size_t>(band), col, row);
}

bool GroundCover::is_green(std::int64_t col, std::int64_t row) const {
    const Greenness<float> green(roles_, [&](int band) { return sample(band, col, row); });
    return green.known && green.index >= green.least;
}

bool GroundCover::look_at_cell(std::int64_t cell_col, std::int64_t cell_row) const {
    std::array<double, change_max_bands> sums{};
    double squares = 0, total = 0;
    int count = 0;
    const std::size_t bands = std::min<std::size_t>(view_.bands.size(), change_max_bands);
    for (std::int64_t row = cell_row * cell; row < (cell_row + 1) * cell; ++row) {
        for (std::int64_t col = cell_col * cell; col < (cell_col + 1) * cell; ++col) {
            if (!view_.seen(col, row)) continue;
            double mean = 0;
            for (std::size_t b = 0; b < bands; ++b) {
                const double value = sample(static_cast<int>(b), col, row);
                sums[b] += value;
                mean += value / static_cast<double>(bands);
            }
            total += mean;
            squares += mean * mean;
            ++count;
        }
    }
    if (count < cell * cell / 2) return false;
    const double mean = total / count, variance = squares / count - mean * mean;
    if (std::sqrt(std::max(variance, 0.0)) > double{unevenness} * double{brightness_}) return false;
    const auto level = [&](int band) { return static_cast<float>(sums[static_cast<std::size_t>(band)] / count); };
    if (roles_.nir >= 0 && roles_.green >= 0)
        return normalised_difference(level(roles_.green), level(roles_.nir)) > least_ndwi;
    return roles_.has_colours() && mean < double{dark} * double{brightness_} &&
           level(roles_.red) <= reddish * std::min(level(roles_.green), level(roles_.blue));
}

template <typename Find>
bool GroundCover::answer(std::vector<Answer>& answers, std::int64_t cell_col, std::int64_t cell_row, const Find& find) {
    const std::int64_t col = cell_col - first_col_, row = cell_row - first_row_;
    if (col < 0 || row < 0 || col >= cols_ || row >= rows_) return false;
    const auto cell_number = static_cast<std::size_t>(row * cols_ + col);
    if (answers[cell_number] == Answer::unknown) answers[cell_number] = find() ? Answer::yes : Answer::no;
    return answers[cell_number] == Answer::yes;
}

bool GroundCover::is_watery(std::int64_t cell_col, std::int64_t cell_row) {
    return answer(watery_, cell_col, cell_row, [&] { return look_at_cell(cell_col, cell_row); });
}

bool GroundCover::is_amid_water(std::int64_t cell_col, std::int64_t cell_row) {
    return answer(amid_, cell_col, cell_row, [&] {
        int sum = 0;
        for_cells_around(cell_col, cell_row, [&](std::int64_t col, std::int64_t row) { sum += is_watery(col, row); });
        constexpr int side = 2 * around + 1;
        return static_cast<float>(sum) >= most * side * side;
    });
}

bool GroundCover::is_water(std::int64_t cell_col, std::int64_t cell_row) {
    return answer(water_, cell_col, cell_row, [&] {
        bool beside = false;
        if (is_watery(cell_col, cell_row))
            for_cells_around(cell_col, cell_row,
                             [&](std::int64_t col, std::int64_t row) { beside = beside || is_amid_water(col, row); });
        return beside;
    });
}

} // namespace overflight
