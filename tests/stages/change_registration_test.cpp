// SPDX-License-Identifier: Apache-2.0
#include "stages/change_registration.h"
#include "stages/change_scene.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace overflight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class KnownShift : public ::testing::TestWithParam<std::pair<double, double>> {};

TEST_P(KnownShift, IsMeasuredToATwentiethOfAPixel) {
    const auto [dx, dy] = GetParam();
    SceneOptions o;
    o.gain = 0.7;
    o.offset = 25;
    o.shift_x = dx;
    o.shift_y = dy;
    const ScenePair pair = make_scene(o);
    const int m = registration_margin(8);
    for (const Window& w : registration_windows(o.width, o.height)) {
        const Window wide{w.col - m, w.row - m, w.width + 2 * m, w.height + 2 * m};
        const WindowShift shift = measure_shift(pair.before.view(wide), pair.after.view(wide), w, 8);
        ASSERT_TRUE(shift.usable) << w.col << ' ' << w.row << " similarity " << shift.similarity << " gain "
                                  << shift.gain;
        EXPECT_NEAR(shift.dx, dx, 0.05);
        EXPECT_NEAR(shift.dy, dy, 0.05);
    }
}

INSTANTIATE_TEST_SUITE_P(Shifts, KnownShift,
                         ::testing::Values(std::pair{0.0, 0.0}, std::pair{0.5, -0.25}, std::pair{-1.37, 2.62},
                                           std::pair{7.3, -6.8}, std::pair{0.1, 4.5}));

TEST(MeasureShift, UnrelatedFlatOrUnseenWindowsAreUnusable) {
    SceneOptions o;
    ScenePair pair = make_scene(o);
    o.seed = 50;
    const ScenePair other = make_scene(o);
    const Window window{64, 64, registration_window, registration_window};
    EXPECT_TRUE(measure_shift(pair.before.view(), pair.after.view(), window, 8).usable);
    EXPECT_FALSE(measure_shift(pair.before.view(), other.after.view(), window, 8).usable);
    const SceneImage flat(o.width, o.height, 3);
    EXPECT_FALSE(measure_shift(pair.before.view(), flat.view(), window, 8).usable);
    std::fill(pair.after.valid.begin(), pair.after.valid.end(), std::uint8_t{0});
    EXPECT_FALSE(measure_shift(pair.before.view(), pair.after.view(), window, 8).usable);
}

TEST(MeasureShift, BeyondTheCapIsUnusable) {
    SceneOptions o;
    o.shift_x = 6;
    const ScenePair pair = make_scene(o);
    EXPECT_FALSE(measure_shift(pair.before.view(), pair.after.view(), {64, 64, 128, 128}, 3).usable);
}

TEST(MeasureShift, FollowsTheGroundWhereShadowsMove) {
    SceneOptions o;
    o.noise = 1;
    o.shift_x = 0.4;
    o.shift_y = -0.3;
    ScenePair pair = make_scene(o);
    const auto shade = [&](SceneImage& image, int right, int down) { // faint ground, so that shadows stand out
        for (float& v : image.samples) v = 110 + 0.3F * (v - 110);
        for (int r = 0; r < image.height; ++r)
            for (int c = 0; c < image.width; ++c)
                if ((r - down + 400) % 24 < 9 && (c - right + 400) % 28 < 10)
                    for (int b = 0; b < image.bands; ++b) image.at(b, r, c) *= 0.25F;
    };
    shade(pair.before, 0, 0);
    shade(pair.after, 3, 2);
    pair.before.valid[static_cast<std::size_t>(100 * o.width + 100)] = 0; // a single pixel hides no light
    pair.after.valid[static_cast<std::size_t>(105 * o.width + 90)] = 0;
    const int m = registration_margin(8);
    for (const Window& w : registration_windows(o.width, o.height)) {
        const Window wide{w.col - m, w.row - m, w.width + 2 * m, w.height + 2 * m};
        const WindowShift shift = measure_shift(pair.before.view(wide), pair.after.view(wide), w, 8);
        ASSERT_TRUE(shift.usable);
        EXPECT_NEAR(shift.dx, o.shift_x, 0.2);
        EXPECT_NEAR(shift.dy, o.shift_y, 0.2);
    }
}

/// Windows on a lattice with given true shifts, noise and some gross errors.
template <typename Truth>
std::vector<WindowShift> lattice(int side, double noise, double outliers, Truth truth) {
    std::mt19937 random(3);
    std::normal_distribution<double> gauss(0, noise);
    std::uniform_real_distribution<double> unit(0, 1);
    std::vector<WindowShift> out;
    for (int r = 0; r < side; ++r) {
        for (int c = 0; c < side; ++c) {
            WindowShift w;
            w.col = 64 + 256.0 * c;
            w.row = 64 + 256.0 * r;
            const auto [dx, dy] = truth(w.col, w.row);
            w.dx = dx + gauss(random);
            w.dy = dy + gauss(random);
            if (unit(random) < outliers) w.dx += 12 * unit(random) - 6;
            w.similarity = 0.8;
            w.gain = 0.3;
            w.usable = true;
            out.push_back(w);
        }
    }
    return out;
}

template <typename Truth>
double rmse(const ShiftField& f, Truth truth) {
    double sum = 0, n = 0;
    for (int j = 1; j + 1 < f.rows; ++j) {
        for (int i = 1; i + 1 < f.cols; ++i) {
            const auto [dx, dy] = truth(1.0 * i * f.step, 1.0 * j * f.step);
            const double ex = f.dx[j * f.cols + i] - dx, ey = f.dy[j * f.cols + i] - dy;
            sum += (ex * ex + ey * ey) / 2;
            n += 1;
        }
    }
    return std::sqrt(sum / n);
}

TEST(FitShiftField, TakesTheSimplestModelThatHolds) {
    const auto none = lattice(10, 0.03, 0.1, [](double, double) { return std::pair{0.0, 0.0}; });
    EXPECT_TRUE(fit_shift_field(none, 2600, 2600, 8).identity());

    const auto constant = [](double, double) { return std::pair{1.5, -0.7}; };
    const ShiftField moved = fit_shift_field(lattice(10, 0.05, 0.15, constant), 2600, 2600, 8);
    EXPECT_EQ(moved.model, ShiftField::Model::translation);
    EXPECT_LT(rmse(moved, constant), 0.03);

    const auto turned = [](double x, double y) { return std::pair{0.5 + 1e-3 * y, -1 - 1e-3 * x}; };
    const ShiftField affine = fit_shift_field(lattice(10, 0.05, 0.15, turned), 2600, 2600, 8);
    EXPECT_EQ(affine.model, ShiftField::Model::affine);
    EXPECT_LT(rmse(affine, turned), 0.05);
    EXPECT_NEAR(affine.residual_px, 0.05, 0.03);
}

TEST(FitShiftField, FollowsSmoothDistortionOfFivePixels) {
    const auto bent = [](double x, double y) {
        return std::pair{2.5 * std::sin(x / 500) + 1e-3 * y, 2.5 * std::cos(y / 600)};
    };
    const ShiftField field = fit_shift_field(lattice(16, 0.05, 0.1, bent), 4096, 4096, 8);
    EXPECT_EQ(field.model, ShiftField::Model::mesh);
    EXPECT_LT(rmse(field, bent), 0.2);
    EXPECT_LT(field.residual_px, 0.25);
}

TEST(FitShiftField, TooFewWindowsMeanNoShift) {
    const auto few = lattice(2, 0.01, 0, [](double, double) { return std::pair{3.0, 3.0}; });
    EXPECT_TRUE(fit_shift_field(few, 600, 600, 8).identity());
    EXPECT_TRUE(fit_shift_field({}, 600, 600, 8).identity());
}

TEST(RegistrationWarnings, TellOfWhatCannotBeReliedOn) {
    ShiftField field;
    EXPECT_THAT(registration_warnings(field, 4),
                ElementsAre(HasSubstr("holds 0 windows of 128 pixels, 6 have to agree")));
    field.windows = 40;
    EXPECT_THAT(registration_warnings(field, 4),
                ElementsAre("not registered: what the missions show agrees in too few of 40 windows, so that they are "
                            "compared as they lie; they may be off by more than change.max_shift_px = 4"));
    field.accepted = 17;
    field.residual_px = 4;
    EXPECT_THAT(registration_warnings(field, 4), ElementsAre(HasSubstr("to no better than 4.0 pixels: 17 of 40")));
    field.residual_px = 0.3;
    EXPECT_THAT(registration_warnings(field, 4), IsEmpty());
}

TEST(RegistrationWindows, StayInsideAndAreBounded) {
    EXPECT_TRUE(registration_windows(100, 5000).empty());
    for (const auto& [w, h] : {std::pair<std::int64_t, std::int64_t>{128, 128}, {952, 640}, {200000, 300000}}) {
        const auto windows = registration_windows(w, h);
        EXPECT_FALSE(windows.empty());
        EXPECT_LE(windows.size(), 450U);
        for (const Window& window : windows) {
            EXPECT_LE(window.col + window.width, w);
            EXPECT_LE(window.row + window.height, h);
        }
    }
}

} // namespace
} // namespace overflight
