// SPDX-License-Identifier: Apache-2.0
#include "for_each_target.h"
#include "kernels/light_falloff.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <vector>

namespace overflight::kernels {
namespace {

LightFalloff falloff() {
    LightFalloff f;
    f.col = 500 * 256, f.row = 400 * 256;
    f.per_distance2 = 1.0F / (f.col * f.col + f.row * f.row);
    f.a2 = {-0.2F, -0.1F, 0, 0.05F};
    f.a4 = {0.05F, -0.1F, 0, 0.02F};
    f.a6 = {-0.02F, 0, 0, 0.01F};
    return f;
}

template <typename Sample>
class LightFalloffOf : public testing::Test {};
using Samples = testing::Types<std::uint8_t, std::uint16_t, float>;
TYPED_TEST_SUITE(LightFalloffOf, Samples);

TYPED_TEST(LightFalloffOf, IsTheSameOnEveryTarget) {
    std::mt19937 random(3);
    const LightSlope slope{{0.02F, -0.03F, 0, 0.1F}, {1e-4F, -2e-4F, 0, 3e-4F}};
    for (const int lanes : {1, 2, 4}) {
        for (const std::size_t count : {0, 1, 3, 7, 8, 9, 31, 128}) {
            std::vector<std::int32_t> col(count), row(count);
            std::vector<TypeParam> samples(count * static_cast<std::size_t>(lanes));
            for (std::size_t i = 0; i < count; ++i) {
                const bool unknown = random() % 9 == 0;
                col[i] = unknown ? INT32_MIN : static_cast<std::int32_t>(random() % (1000 * 256));
                row[i] = unknown ? INT32_MIN : static_cast<std::int32_t>(random() % (800 * 256));
                for (std::size_t lane = 0; lane < static_cast<std::size_t>(lanes); ++lane)
                    samples[i * static_cast<std::size_t>(lanes) + lane] =
                        unknown ? TypeParam(0) : static_cast<TypeParam>(random() % 256);
            }
            auto expected = samples;
            reference::correct_light(falloff(), slope, col.data(), row.data(), 0, count, lanes, expected.data());
            for (std::size_t i = 0; i < count; ++i)
                if (col[i] == INT32_MIN) {
                    EXPECT_EQ(expected[i * static_cast<std::size_t>(lanes)], 0);
                }
            for_each_target([&] {
                auto out = samples;
                correct_light(falloff(), slope, col.data(), row.data(), count, lanes, out.data());
                EXPECT_TRUE(std::ranges::equal(std::as_bytes(std::span(out)), std::as_bytes(std::span(expected))))
                    << lanes << ' ' << count;
            });
        }
    }
}

TEST(LightFalloff, TakesAwayWhatTheFormulasSay) {
    const LightSlope slope{{0.01F, 0, 0, 0}, {0.001F, 0, 0, 0}};
    const std::int32_t col[3] = {500 * 256, 0, 750 * 256}, row[3] = {400 * 256, 0, 400 * 256};
    std::vector<float> samples(12, 100.0F);
    reference::correct_light(falloff(), slope, col, row, 0, 3, 4, samples.data());
    EXPECT_NEAR(samples[0], 100 * std::exp(0.01), 1e-3);
    EXPECT_NEAR(samples[4], 100 * std::exp(0.011) / (1 - 0.2 + 0.05 - 0.02), 1e-2);
    const double r2 = 250.0 * 250 / (500 * 500 + 400 * 400);
    EXPECT_NEAR(samples[9], 100 / (1 - 0.1 * r2 - 0.1 * r2 * r2), 1e-2);
    EXPECT_EQ(samples[10], 100);
    std::uint8_t bright[4] = {250, 250, 250, 250};
    reference::correct_light(falloff(), {}, col + 1, row + 1, 0, 1, 4, bright);
    EXPECT_EQ(bright[0], 255);
}

} // namespace
} // namespace overflight::kernels
