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

/// Of places in two parts, which count as one.
float drift_of(const std::vector<PlacePair>& places, const ChangeModel& model, std::uint32_t frame_before,
               std::uint32_t frame_after, std::size_t band) {
    std::array<BrightnessRatios, 2> parts;
    for (std::size_t i = 0; i < places.size(); ++i) parts[i % 3 == 0 ? 0 : 1].add(places[i], model);
    return RadiometricDrift({&parts[0], &parts[1]}).of(frame_before, frame_after)[band];
}

TEST(RadiometricDrift, IsFoundByPairOfFrames) {
    std::vector<PlacePair> all = places(400, 0, 3, 1.05F, 0.3);
    const std::vector<PlacePair> others = places(400, 1, 3, 0.97F), few = places(20, 2, 3, 1.05F);
    all.insert(all.end(), others.begin(), others.end());
    all.insert(all.end(), few.begin(), few.end());
    const auto drift = [&](std::uint32_t before, std::uint32_t after, std::size_t band) {
        return drift_of(all, expects(2, 10), before, after, band);
    };
    EXPECT_NEAR(drift(0, 3, 0), 1, 0.005);
    EXPECT_NEAR(drift(0, 3, 1), 1.05, 0.02) << "although a part changed";
    EXPECT_NEAR(drift(1, 3, 1), 0.97, 0.005);
    EXPECT_EQ(drift(2, 3, 1), 1) << "too few places";
    EXPECT_EQ(drift(0, 1, 1), 1) << "no places";
}

TEST(RadiometricDrift, EndsWhereAChangeBegins) {
    EXPECT_EQ(drift_of(places(400, 0, 0, 1.4F), expects(2, 10), 0, 0, 1), RadiometricDrift::largest);
    EXPECT_EQ(drift_of(places(400, 0, 0, 0.4F), expects(2, 10), 0, 0, 1), 1 / RadiometricDrift::largest);
}

TEST(RadiometricDrift, LeavesOutWhatIsSaturated) {
    ChangeModel model = expects(2, 10);
    model.cap_after[1] = 250;
    std::vector<PlacePair> all = places(400, 0, 0, 1);
    for (PlacePair& place : all) place.after[1] = std::min(place.after[1], 255.0F);
    EXPECT_NEAR(drift_of(all, model, 0, 0, 1), 1, 0.01);
}

} // namespace
} // namespace overflight
