// SPDX-License-Identifier: Apache-2.0
// All passes of a change together, on images in memory.
#include "stages/unchanged_pair.h"

#include <gtest/gtest.h>

namespace overflight {
namespace {

TEST(ChangeChain, FindsNothingInPairsWithoutChangeMoreOftenThanAllowed) {
    int alarms = 0;
    for (unsigned seed = 1; seed <= 20; ++seed) alarms += find_changes(unchanged_pair(seed), 0.05).empty() ? 0 : 1;
    EXPECT_LE(alarms, 3); // of 20 at 5 %: 1 expected, more than 3 in 1.6 % of cases
}

TEST(ChangeChain, FindsSmallObjectsInTheSamePairs) {
    int found = 0, painted = 0;
    for (unsigned seed = 1; seed <= 5; ++seed) {
        ScenePair pair = unchanged_pair(seed);
        for (const auto& [col, row] : {std::pair{60, 70}, {180, 90}, {110, 190}}) {
            for (int r = row; r < row + 10; ++r)
                for (int c = col; c < col + 10; ++c)
                    for (int b = 0; b < 3; ++b) pair.after.at(b, r, c) = 40.0F + 20.0F * static_cast<float>(b);
            ++painted;
        }
        for (const ChangeObject& object : find_changes(pair, 0.05)) {
            for (const auto& [col, row] : {std::pair{60, 70}, {180, 90}, {110, 190}})
                found += object.col < col + 8 && object.col_end > col + 2 && object.row < row + 8 &&
                         object.row_end > row + 2;
        }
    }
    EXPECT_GE(found, painted * 9 / 10);
}

/// Windows are measured on images here, not made up.
TEST(ChangeChain, RegistersASmoothDistortionOfFivePixels) {
    const int side = 1024;
    const auto bend = [](double x, double y) {
        return std::pair{3 * std::sin(x / 300) + 1.5, 2.5 * std::cos(y / 350) - 1.5};
    };
    const Texture texture(4, 16);
    SceneImage before(side, side, 1), after(side, side, 1);
    std::mt19937 random(8);
    std::normal_distribution<double> noise(0, 3);
    for (int r = 0; r < side; ++r) {
        for (int c = 0; c < side; ++c) {
            // the content of `before` at p lies in `after` at p + bend(p); the bend changes slowly, so a few steps
            // invert it
            double x = c, y = r;
            for (int i = 0; i < 4; ++i) {
                const auto [dx, dy] = bend(x, y);
                x = c - dx;
                y = r - dy;
            }
            before.at(0, r, c) = static_cast<float>(110 + 3 * texture.at(c, r) + noise(random));
            after.at(0, r, c) = static_cast<float>(0.9 * (110 + 3 * texture.at(x, y)) + 8 + noise(random));
        }
    }
    std::vector<WindowShift> shifts;
    for (const Window& window : registration_windows(side, side))
        shifts.push_back(measure_shift(before.view(), after.view(), window, 8));
    const ShiftField field = fit_shift_field(shifts, side, side, 8);
    double sum = 0, n = 0;
    for (int r = 0; r < side; r += 16) {
        for (int c = 0; c < side; c += 16) {
            const auto [dx, dy] = field.at(c, r);
            const auto [tx, ty] = bend(c, r);
            sum += ((dx - tx) * (dx - tx) + (dy - ty) * (dy - ty)) / 2;
            n += 1;
        }
    }
    EXPECT_LT(std::sqrt(sum / n), 0.2);
    EXPECT_LT(field.residual_px, 0.2);
}

} // namespace
} // namespace overflight
