// SPDX-License-Identifier: Apache-2.0
#include "stages/radiometric_drift.h"

#include <gtest/gtest.h>

#include <random>

namespace overflight {
namespace {

ChangeModel expects(double gain, double offset) {
    ChangeModel model;
    model.normalisation = {{gain, offset, 0, 0}, {gain, offset, 0, 0}};
    model.cap_before = model.cap_after = no_saturation;
    return model;
}

/// Two bands, the later mission brighter by `factor` in the second, with noise and a share of changed places.
std::vector<PlacePair> places(std::size_t count, std::uint32_t before, std::uint32_t after, float factor,
                              double changed = 0) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> value(40, 180), noise(-4, 4);
    std::vector<PlacePair> all(count);
    for (std::size_t i = 0; i < count; ++i) {
        PlacePair& place = all[i];
        place.frame_before = before;
        place.frame_after = after;
        place.before[0] = place.before[1] = value(random);
        place.after[0] = 2 * place.before[0] + 10 + noise(random);
        place.after[1] = factor * (2 * place.before[1] + 10) + noise(random);
        if (static_cast<double>(i) < changed * static_cast<double>(count)) place.after[1] *= 0.3F;
    }
    return all;
}

TEST(RadiometricDrift, IsFoundByPairOfFrames) {
    std::vector<PlacePair> all = places(400, 0, 3, 1.05F, 0.3);
    const std::vector<PlacePair> others = places(400, 1, 3, 0.97F), few = places(20, 2, 3, 1.05F);
    all.insert(all.end(), others.begin(), others.end());
    all.insert(all.end(), few.begin(), few.end());
    const RadiometricDrift drift(all, expects(2, 10));
    EXPECT_NEAR(drift.of(0, 3)[0], 1, 0.005);
    EXPECT_NEAR(drift.of(0, 3)[1], 1.05, 0.02) << "although a part changed";
    EXPECT_NEAR(drift.of(1, 3)[1], 0.97, 0.005);
    EXPECT_EQ(drift.of(2, 3)[1], 1) << "too few places";
    EXPECT_EQ(drift.of(0, 1)[1], 1) << "no places";
}

TEST(RadiometricDrift, EndsWhereAChangeBegins) {
    EXPECT_EQ(RadiometricDrift(places(400, 0, 0, 1.4F), expects(2, 10)).of(0, 0)[1], RadiometricDrift::largest);
    EXPECT_EQ(RadiometricDrift(places(400, 0, 0, 0.4F), expects(2, 10)).of(0, 0)[1], 1 / RadiometricDrift::largest);
}

TEST(RadiometricDrift, LeavesOutWhatIsSaturated) {
    ChangeModel model = expects(2, 10);
    model.cap_after[1] = 250;
    std::vector<PlacePair> all = places(400, 0, 0, 1);
    for (PlacePair& place : all) place.after[1] = std::min(place.after[1], 255.0F);
    EXPECT_NEAR(RadiometricDrift(all, model).of(0, 0)[1], 1, 0.01);
}

} // namespace
} // namespace overflight
