// SPDX-License-Identifier: Apache-2.0
#include "stages/flown.h"
#include "stages/frame_agreement.h"

namespace overflight {
namespace {

/// Random spots, nowhere the same.
double texture(double x, double y) {
    constexpr double cell = 4;
    const auto level = [](double col, double row) {
        auto bits = static_cast<std::uint32_t>(static_cast<std::int64_t>(col) * 73856093 ^
                                               static_cast<std::int64_t>(row) * 19349663);
        bits = (bits ^ bits >> 15) * 0x2C1B3C6DU;
        return static_cast<double>((bits ^ bits >> 12) & 0xFF);
    };
    const double col = std::floor(x / cell), row = std::floor(y / cell), u = x / cell - col, v = y / cell - row;
    return std::lerp(std::lerp(level(col, row), level(col + 1, row), u),
                     std::lerp(level(col, row + 1), level(col + 1, row + 1), u), v);
}

/// Of two frames of 600 x 600 pixels.
FrameAgreement agreement_of_two(double apart, double moved = 0) {
    Flown flown(600, 600);
    flown.add("a", 0, 0, [](int, double x, double y) { return texture(x, y); });
    flown.add("b", apart, 0, [&](int, double x, double y) { return texture(x + moved, y); });
    const Plan plan = flown.plan();
    const PlannedMission& mission = plan.missions.front();
    FrameCache cache(headers_of(mission), 64 << 20, false, [](const FrameCache::Gap&) { FAIL(); });
    const FrameComparison comparison(mission);
    std::vector<std::optional<float>> shifts;
    for (const SharedWindow& place : comparison.windows()) shifts.push_back(comparison.shift_m(place, cache));
    return comparison.agreement(shifts);
}

TEST(FrameAgreement, FindsHowFarFramesLieApart) {
    const FrameAgreement agreement = agreement_of_two(300);
    EXPECT_EQ(agreement.places, 5); // a pair is compared once
    EXPECT_EQ(agreement.fitting, 5);
    EXPECT_LT(agreement.shift_m, 0.1);
    EXPECT_NEAR(agreement_of_two(300, 6).shift_m, 6, 0.2);
}

TEST(FrameAgreement, SaysNothingOfFramesThatShareNextToNoGround) {
    for (const double shared : {120, 90, 70, 50, 30}) {
        const FrameAgreement agreement = agreement_of_two(600 - shared);
        EXPECT_EQ(agreement.fitting, agreement.places) << shared;
    }
    EXPECT_EQ(agreement_of_two(550).places, 0);
}

} // namespace
} // namespace overflight
