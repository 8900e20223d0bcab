// SPDX-License-Identifier: Apache-2.0
#include "stages/change_features.h"
#include "stages/change_scene.h"

#include <gtest/gtest.h>

namespace overflight {
namespace {

/// Besides the border of the grid, a corner is not seen by the mission that moves.
TEST(RegisteredRows, MovedSamplesBesideMissingOnesAreThoseOfTheGround) {
    SceneImage before(64, 48, 2), after(64, 48, 2);
    std::fill(before.samples.begin(), before.samples.end(), 200.0F);
    std::fill(after.samples.begin(), after.samples.end(), 150.0F);
    for (int r = 0; r < 20; ++r)
        for (int c = 0; c < 30 - r; ++c) {
            after.valid[static_cast<std::size_t>(r * 64 + c)] = 0;
            after.at(0, r, c) = after.at(1, r, c) = 0;
        }
    ShiftField field;
    field.step = 64;
    field.cols = field.rows = 1;
    field.dx = {0.45F};
    field.dy = {-1.4F};
    const std::array<float, change_max_bands> fill{77, 77, 77, 77, 77, 77, 77, 77};
    std::array<float, change_max_bands> cap;
    cap.fill(1e9F);
    const MissionView first = before.view(), second = after.view();
    RegisteredRows rows;
    rows.open({0, 0, 64, 48}, first, second, field, {fill, cap}, {fill, cap});
    int seen = 0, missing = 0;
    for (int strip = 0; strip < 48; strip += RegisteredRows::strip) {
        rows.load(strip);
        for (int r = strip; r < strip + RegisteredRows::strip; ++r)
            for (int c = 0; c < 64; ++c)
                for (int b = 0; b < 2; ++b) {
                    const bool valid = rows.valid(r)[c] != 0;
                    ++(valid ? seen : missing);
                    EXPECT_FLOAT_EQ(rows.before(b, r)[c], valid ? 200 : 77) << c << ' ' << r;
                    EXPECT_NEAR(rows.after(b, r)[c], valid ? 150 : 77, 0.001) << c << ' ' << r;
                }
    }
    EXPECT_GT(seen, 4000);
    EXPECT_GT(missing, 400);
}

} // namespace
} // namespace overflight
