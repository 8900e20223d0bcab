// SPDX-License-Identifier: Apache-2.0
#include "stages/change_detail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace overflight {
namespace {

Plane plane_of(int side, const auto& value) {
    Plane out;
    out.resize(side, side);
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c) out.row(r)[c] = value(c, r);
    return out;
}

TEST(DetailAround, SlopesHaveNoneAndPointsAndLinesHaveTheirContrast) {
    const auto slope = [](int c, int r) { return static_cast<float>(3 * c - 2 * r); };
    EXPECT_EQ(detail_around(plane_of(16, slope), 8, 8), 0);
    const auto point = [](int c, int r) { return c == 8 && r == 8 ? 40.0F : 0.0F; };
    EXPECT_EQ(detail_around(plane_of(16, point), 8, 8), 40);
    EXPECT_EQ(detail_around(plane_of(16, point), 9, 7), 40);
    EXPECT_EQ(detail_around(plane_of(16, point), 11, 8), 0);
    const auto line = [](int c, int r) { return c == r ? 40.0F : 0.0F; };
    EXPECT_EQ(detail_around(plane_of(16, line), 8, 8), 40);
}

struct Samples {
    std::vector<float> distance, detail;
};

/// Distances of a normal distribution, as many times as wide where there is much detail.
Samples samples_of(std::size_t count, float wider) {
    Samples out;
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    for (std::size_t i = 0; i < count; ++i) {
        const float detail = static_cast<float>(i * 7919 % count) / static_cast<float>(count) * 100;
        out.detail.push_back(detail);
        out.distance.push_back(std::abs(normal(random)) * (detail > 90 ? wider : 1));
    }
    return out;
}

TEST(FitDetailWidth, WidensWhereDistancesDo) {
    const Samples samples = samples_of(40000, 2);
    DetailWidth width;
    fit_detail_width(samples.distance, samples.detail, width);
    for (std::size_t k = 0; k < DetailWidth::knots; ++k) {
        EXPECT_GE(width.width[k], 1);
        if (width.detail[k] < 90)
            EXPECT_LT(width.width[k], 1.2) << k;
        else
            EXPECT_GE(width.width[k], 2) << k;
    }
    EXPECT_TRUE(std::is_sorted(width.width.begin(), width.width.end()));
}

TEST(FitDetailWidth, StaysWhereDetailTellsNothing) {
    const auto width = [](const Samples& samples) {
        DetailWidth out;
        fit_detail_width(samples.distance, samples.detail, out);
        return out.width;
    };
    EXPECT_THAT(width(samples_of(40000, 1)), ::testing::Each(::testing::AllOf(::testing::Ge(1), ::testing::Lt(1.6F))));
    EXPECT_THAT(width(samples_of(1000, 3)), ::testing::Each(1.0F));
}

TEST(ScaleByDetail, CountsWhatBothMissionsShow) {
    ChangeModel model;
    model.fine_null = {2, 1};
    for (std::size_t k = 0; k < DetailWidth::knots; ++k) {
        model.detail_width.detail[k] = static_cast<float>(4 * k);
        model.detail_width.width[k] = static_cast<float>(k < 6 ? 1 : 2);
    }
    const auto spot = [](float level) {
        return plane_of(16, [=](int c, int r) { return c == 8 && r == 8 ? level : 50.0F; });
    };
    const auto scaled = [&](const Plane& before, const Plane& after) {
        Plane fine = plane_of(32, [](int, int) { return 8.0F; });
        scale_by_detail(model, before, after, 4, 28, 28, fine);
        return fine.row(17)[17];
    };
    const Plane flat = spot(50), bright = spot(90), brighter = spot(120), dark = spot(10);
    EXPECT_EQ(scaled(bright, brighter), 3);
    EXPECT_EQ(scaled(bright, flat), 8) << "a thing that one mission has alone";
    EXPECT_EQ(scaled(flat, bright), 8);
    EXPECT_EQ(scaled(dark, bright), 8) << "more than the detail";
    model.detail_width.gain = 0.4F;
    model.detail_width.offset = 54;
    EXPECT_EQ(scaled(bright, bright), 8) << "the earlier mission's detail is 16 of the later's units";
}

} // namespace
} // namespace overflight
