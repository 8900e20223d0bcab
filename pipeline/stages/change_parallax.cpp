// SPDX-License-Identifier: Apache-2.0
#include "stages/change_parallax.h"

#include "kernels/change_rows.h"

#include <algorithm>
#include <cmath>

namespace overflight {
namespace {

constexpr int half_block = ParallaxField::block / 2;
static_assert(half_block == kernels::patch_block);
/// Scores below this are of unchanged ground whatever they are: see least_change_score.
constexpr float worth_a_search = 0.5F;
constexpr float least_parallax = 0.5F; ///< pixels; the fine level is tolerant of as much by itself
/// Samples beside the line that are searched too: as well as it is known, and more where things move far and so hide
/// much, as what they hide is often like what lies beside them.
constexpr float beside = 1.1F, beside_gain = 0.5F, most_beside = 2.6F;
constexpr float found = 0.3F;      ///< what is found at this share of the distance counts as no difference
constexpr float noise = 2;         ///< scores up to this are no difference
constexpr float mean_noise = 0.3F; ///< nor are means of four up to this
constexpr float strongest = 16;    ///< score beyond which a difference weighs no more
constexpr int nearest_ones = 2;    ///< of these, as many next to a place do not tell about it
constexpr float unsure = 30;       ///< differences, as sums of scores, that say no more than none
/// Sums of differences and of their means around that leave open whether things lean there or one came or went.
constexpr float lone = 7, lone_mean = 40;
constexpr float widest_side = 4; ///< half-resolution samples along the line of parallax that one side may take
/// Squared distances, as shares of that at a sample: at the ends of a side at most, between its ends at least.
constexpr float alike = 0.1F, unlike = 0.2F;
constexpr int least_sides = 4;    ///< samples of a side around each of it, or it is a thing by itself on an edge
constexpr int around = 7;         ///< half-resolution samples each way in which differences are summed
constexpr int parts_a_score = 16; ///< scores are summed in whole parts, so that sums do not depend on the order

} // namespace

ParallaxField parallax_between(const PixelBlocks& blocks, std::span<const std::array<float, 2>> before,
                               std::span<const std::array<float, 2>> after, double relief, double resolution) {
    ParallaxField field{blocks, {}, {}};
    const auto pixels_a_slope = static_cast<float>(relief / resolution);
    for (std::size_t i = 0; i < static_cast<std::size_t>(blocks.count()); ++i) {
        field.dx.push_back(pixels_a_slope * (after[i][0] - before[i][0]));
        field.dy.push_back(pixels_a_slope * (before[i][1] - after[i][1])); // rows run south
    }
    return field;
}

void ParallaxSearch::Mixed::mix(std::span<const Plane> bands, const float* coefficients, const float* offsets,
                                int variates) {
    const int width = bands.front().width(), height = bands.front().height();
    const std::size_t count = static_cast<std::size_t>(width + 7) / 8 * 8;
    for (std::vector<Plane>* planes : {&values, &lowest, &highest}) {
        planes->resize(static_cast<std::size_t>(variates));
        for (Plane& plane : *planes) plane.resize(width, height);
    }
    std::array<const float*, change_max_bands> in{};
    std::array<float*, change_max_features> out{};
    for (int r = 0; r < height; ++r) {
        for (std::size_t b = 0; b < bands.size(); ++b) in[b] = bands[b].row(r);
        for (std::size_t v = 0; v < values.size(); ++v) out[v] = values[v].row(r);
        kernels::mix_rows(in.data(), static_cast<int>(bands.size()), coefficients, offsets, variates, count,
                          out.data());
    }
    for (std::size_t v = 0; v < values.size(); ++v)
        for (int r = 1; r < height - 1; ++r)
            kernels::value_ranges(values[v].row(r - 1), values[v].row(r), values[v].row(r + 1), count, lowest[v].row(r),
                                  highest[v].row(r));
}

/// Half-resolution offsets near the line between (-dx, -dy) and (dx, dy), given in pixels.
void ParallaxSearch::find_offsets(float dx, float dy) {
    const float length = std::sqrt(dx * dx + dy * dy),
                used = std::min(length, static_cast<float>(largest_parallax)) / 2;
    const float ux = dx / length, uy = dy / length;
    along_x_ = ux, along_y_ = uy, length_ = used;
    const float side = std::min(beside + beside_gain * used, most_beside);
    forward_.clear();
    backward_.clear();
    for (int r = -reach + 1; r < reach; ++r) {
        for (int c = -reach + 1; c < reach; ++c) {
            const auto x = static_cast<float>(c), y = static_cast<float>(r);
            const float along = std::clamp(ux * x + uy * y, -used, used);
            const float off_x = x - along * ux, off_y = y - along * uy;
            if (off_x * off_x + off_y * off_y > side * side) continue;
            forward_.push_back({static_cast<std::int16_t>(c), static_cast<std::int16_t>(r)});
            backward_.push_back({static_cast<std::int16_t>(-c), static_cast<std::int16_t>(-r)});
        }
    }
}

ParallaxSearch::Lines ParallaxSearch::lines(const Mixed& mission, int col, int row) {
    Lines out;
    for (std::size_t v = 0; v < mission.values.size(); ++v) {
        out.values[v] = mission.values[v].row(row) + col;
        out.lowest[v] = mission.lowest[v].row(row) + col;
        out.highest[v] = mission.highest[v].row(row) + col;
    }
    return out;
}

/// Whether what differs at a sample may be the side of something upright, which one mission sees and the other does
/// not: no longer along the line of parallax than that, the same in both missions at either end, and the ends unlike
/// each other as above and below an edge. A half-occlusion, as stereo matching knows them.
bool ParallaxSearch::shows_side(int col, int row) const {
    const auto distance = [](const Mixed& a, const kernels::PatchOffset& at, const Mixed& b,
                             const kernels::PatchOffset& other) {
        float sum = 0;
        for (std::size_t v = 0; v < a.values.size(); ++v) {
            const float d = a.values[v].row(at.row)[at.col] - b.values[v].row(other.row)[other.col];
            sum += d * d;
        }
        return sum;
    };
    const auto place = [&](float steps) {
        return kernels::PatchOffset{static_cast<std::int16_t>(col + std::lround(steps * along_x_)),
                                    static_cast<std::int16_t>(row + std::lround(steps * along_y_))};
    };
    const float own = distance(before_, place(0), after_, place(0));
    const auto end = [&](float direction) { // steps to where the missions are alike
        float steps = 1;
        while (steps <= widest_side &&
               distance(before_, place(direction * steps), after_, place(direction * steps)) > alike * own)
            ++steps;
        return steps;
    };
    const float back = end(-1), forth = end(1);
    if (back + forth - 1 > std::min(length_ + 1, widest_side)) return false;
    const kernels::PatchOffset a = place(-back), b = place(forth);
    return std::min(distance(before_, a, before_, b), distance(after_, a, after_, b)) > unlike * own;
}

/// One block; `zero`: what a fine score is above when there is no difference at all.
void ParallaxSearch::search(float zero, const Area& area, int col, int row, Plane& fine) {
    using Distances = std::array<float, kernels::patch_block * kernels::patch_block>;
    const Lines before = lines(before_, col / 2, row / 2), after = lines(after_, col / 2, row / 2);
    const int planes = static_cast<int>(before_.values.size()), cols = (area.end_col - area.first) / 2;
    const std::ptrdiff_t stride = before_.values.front().row(1) - before_.values.front().row(0);
    const auto nearest = [&](const Lines& fixed, const auto& lowest, const auto& highest,
                             std::span<const kernels::PatchOffset> offsets) {
        Distances distances;
        kernels::nearest_patches({fixed.values.data(), lowest.data(), highest.data(), planes, stride}, offsets.data(),
                                 offsets.size(), distances.data());
        return distances;
    };
    const kernels::PatchOffset none;
    const Distances here = nearest(before, after.values, after.values, {&none, 1}),
                    there = nearest(before, after.lowest, after.highest, forward_),
                    back = nearest(after, before.lowest, before.highest, backward_);
    Distances worse;
    for (std::size_t k = 0; k < worse.size(); ++k) worse[k] = std::max(there[k], back[k]);
    for (int y = 0; y < half_block; ++y) {
        for (int x = 0; x < half_block; ++x) {
            const auto k = static_cast<std::size_t>(y * half_block + x);
            if (worse[k] <= found * found * here[k]) continue;
            const float *upper = fine.row(row + 2 * y) + col + 2 * x, *lower = fine.row(row + 2 * y + 1) + col + 2 * x;
            if (std::max({upper[0], upper[1], lower[0], lower[1]}) <= noise || !shows_side(col / 2 + x, row / 2 + y))
                continue;
            sides_[static_cast<std::size_t>(((row - area.first) / 2 + y) * cols + (col - area.first) / 2 + x)] = 1;
        }
    }
    for (int y = 0; y < ParallaxField::block; ++y) {
        float* line = fine.row(row + y) + col;
        for (int x = 0; x < ParallaxField::block; ++x) {
            const auto k = static_cast<std::size_t>(y / 2 * half_block + x / 2);
            if (worse[k] >= here[k]) continue;
            const float share = std::sqrt(worse[k] / here[k]);
            line[x] = (line[x] + zero) * std::max((share - found) / (1 - found), 0.0F) - zero;
        }
    }
}

/// Of the scores within `around` half-resolution samples but not next to each, at half resolution over the area: of
/// the strongest of four pixels each, or of their means, to which a faint difference counts where it is wide.
void ParallaxSearch::sum_differences(const Area& area, const Plane& fine, Differences kind,
                                     std::vector<std::int32_t>& sums, const std::vector<std::int32_t>* without) {
    const int cols = (area.end_col - area.first) / 2, rows = (area.end_row - area.first) / 2;
    const auto size = static_cast<std::size_t>(cols) * static_cast<std::size_t>(rows);
    std::vector<std::int32_t> values(size);
    for (int r = 0; r < rows; ++r) {
        const float *upper = fine.row(area.first + 2 * r) + area.first,
                    *lower = fine.row(area.first + 2 * r + 1) + area.first;
        std::int32_t* out = values.data() + static_cast<std::ptrdiff_t>(r) * cols;
        for (int c = 0; c < cols; ++c) {
            const float a = upper[2 * c], b = upper[2 * c + 1], p = lower[2 * c], q = lower[2 * c + 1];
            const float score =
                kind == Differences::strongest ? std::max({a, b, p, q}) - noise : (a + b + p + q) / 4 - mean_noise;
            out[c] = static_cast<std::int32_t>(std::clamp(score, 0.0F, strongest) * parts_a_score);
        }
    }
    if (without)
        for (std::size_t i = 0; i < size; ++i)
            if ((*without)[i] != 0) values[i] = 0;
    sum_around(cols, rows, values, sums);
}

/// Of values within `around` samples but not next to each.
void ParallaxSearch::sum_around(int cols, int rows, const std::vector<std::int32_t>& values,
                                std::vector<std::int32_t>& sums) {
    std::vector<std::int32_t> along(values.size()), near, down(static_cast<std::size_t>(cols));
    const auto sum_box = [&](int reach, std::vector<std::int32_t>& out) {
        for (int r = 0; r < rows; ++r) {
            const std::int32_t* in = values.data() + r * cols;
            std::int32_t *to = along.data() + r * cols, sum = 0;
            for (int i = 0; i < cols + reach; ++i) {
                if (i < cols) sum += in[i];
                if (i > 2 * reach) sum -= in[i - 2 * reach - 1];
                if (i >= reach) to[i - reach] = sum;
            }
        }
        out.resize(values.size());
        std::fill(down.begin(), down.end(), 0);
        const auto count = [&](int row, std::int32_t times) { // all columns at once: a row stays in the cache
            const std::int32_t* in = along.data() + row * cols;
            for (int c = 0; c < cols; ++c) down[static_cast<std::size_t>(c)] += times * in[c];
        };
        for (int r = 0; r < rows + reach; ++r) {
            if (r < rows) count(r, 1);
            if (r > 2 * reach) count(r - 2 * reach - 1, -1);
            if (r >= reach) std::copy(down.begin(), down.end(), out.begin() + (r - reach) * cols);
        }
    };
    sum_box(around, sums);
    sum_box(nearest_ones, near);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] -= near[i];
}

/// How far to believe that what is found explains a difference. What leans differs along its whole outline, while for a
/// small thing that came or went by itself something alike is soon found on texture.
float ParallaxSearch::belief(std::size_t place) const {
    const auto likely = [](std::int32_t sum, float even) {
        const float differences = static_cast<float>(sum) / (parts_a_score * even);
        return differences * differences / (differences * differences + 1);
    };
    return std::max(likely(differed_[place], lone), likely(differed_mean_[place], lone_mean));
}

void ParallaxSearch::weigh_rest(const Area& area, Plane& fine, Plane& coarse) const {
    const int cols = (area.end_col - area.first) / 2, rows = (area.end_row - area.first) / 2;
    if (!searched_) return;
    const auto scale = [](float& score, float by) { score *= score > 0 ? by : 1.0F; };
    for (int r = around; r < rows - around; ++r) {
        const int row = area.first + 2 * r;
        for (int c = around; c < cols - around; ++c) {
            const auto i = static_cast<std::size_t>(r * cols + c);
            const int col = area.first + 2 * c;
            const float believed = belief(i);
            for (int y = row; y < row + 2; ++y) {
                const float* whole = unsearched_.row(y);
                float* score = fine.row(y);
                for (int x = col; x < col + 2; ++x) score[x] = whole[x] + believed * (score[x] - whole[x]);
            }
            constexpr float own = unsure * parts_a_score;
            float share = 1;
            if (sides_[i] != 0 && sides_around_[i] >= least_sides)
                share = 0;
            else if (left_[i] < differed_[i])
                share = (static_cast<float>(left_[i]) + own) / (static_cast<float>(differed_[i]) + own);
            if (share >= 1) continue;
            scale(coarse.row(row / 2)[col / 2], share);
            for (int y = row; y < row + 2; ++y)
                for (int x = col; x < col + 2; ++x) scale(fine.row(y)[x], share);
        }
    }
}

void ParallaxSearch::explain(const ParallaxField& parallax, const ChangeModel& model, std::span<const Plane> before,
                             std::span<const Plane> after, const Area& area, Plane& fine) {
    const PixelBlocks& blocks = parallax.blocks;
    const float zero = model.fine_null.centre / model.fine_null.scale;
    searched_ = false;
    float last_dx = 0, last_dy = 0;
    for (int r = area.first; r < area.end_row; r += ParallaxField::block) {
        for (int c = area.first; c < area.end_col; c += ParallaxField::block) {
            const auto i = static_cast<int>((area.col + c - blocks.col) / ParallaxField::block),
                       j = static_cast<int>((area.row + r - blocks.row) / ParallaxField::block);
            if (i < 0 || j < 0 || i >= blocks.cols || j >= blocks.rows) continue;
            const auto block = static_cast<std::size_t>(j * blocks.cols + i);
            const float dx = parallax.dx[block], dy = parallax.dy[block];
            if (!(dx * dx + dy * dy >= least_parallax * least_parallax)) continue;
            bool worth = false;
            for (int y = r; y < r + ParallaxField::block && !worth; ++y) {
                const float* line = fine.row(y) + c;
                worth = std::any_of(line, line + ParallaxField::block, [](float s) { return s >= worth_a_search; });
            }
            if (!worth) continue;
            if (!searched_) {
                const MadTransform& t = model.levels[0];
                before_.mix(before, t.before.data(), t.offset_before.data(), t.variates);
                after_.mix(after, t.after.data(), t.offset_after.data(), t.variates);
                sum_differences(area, fine, Differences::strongest, differed_);
                sum_differences(area, fine, Differences::mean, differed_mean_);
                unsearched_ = fine;
                sides_.assign(differed_.size(), 0);
            }
            if (!searched_ || dx != last_dx || dy != last_dy) find_offsets(dx, dy);
            searched_ = true;
            last_dx = dx, last_dy = dy;
            search(zero, area, c, r, fine);
        }
    }
    if (!searched_) return;
    sum_differences(area, fine, Differences::strongest, left_, &sides_);
    sum_around((area.end_col - area.first) / 2, (area.end_row - area.first) / 2, sides_, sides_around_);
}

} // namespace overflight
