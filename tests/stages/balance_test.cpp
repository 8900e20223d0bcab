// SPDX-License-Identifier: Apache-2.0
#include "stages/balance.h"
#include "stages/flown.h"

namespace overflight {
namespace {

double ground(double x, double y) {
    return 110 + 25 * std::sin(x / 5) * std::cos(y / 7) + 15 * std::sin(x / 31 + y / 23);
}

FrameBalance solved(const Plan& plan) {
    const PlannedMission& mission = plan.missions.front();
    std::vector<FrameHeader> headers;
    for (const PlannedFrame& frame : mission.frames) headers.push_back(frame.header);
    FrameCache cache(headers, 64 << 20, false, [](const FrameCache::Gap&) { FAIL(); });
    Overlaps overlaps;
    for (const auto& [tile, window] : survey_windows(mission))
        merge(survey_window(mission, cache, tile, window), overlaps);
    return solve_balance(mission, overlaps);
}

const double offsets[6][2] = {{0, 0}, {110, 6}, {225, -5}, {8, 95}, {121, 90}, {230, 99}};

TEST(Balance, RecoversTheGainsThatWerePutIn) {
    // frame, band
    const double gain[6][2] = {{1.0, 0.95}, {1.12, 1.0}, {0.9, 1.08}, {1.05, 0.92}, {0.94, 1.03}, {1.0, 1.05}};
    for (const auto& [type, scale] :
         {std::pair(GDT_Byte, 1.0), std::pair(GDT_UInt16, 200.0), std::pair(GDT_Float32, 0.01)}) {
        Flown flown;
        for (int i = 0; i < 6; ++i)
            flown.add(
                fmt::format("f{}", i), offsets[i][0], offsets[i][1],
                [&, i, factor = scale](int band, double x, double y) { return factor * gain[i][band] * ground(x, y); },
                2, type);
        const FrameBalance balance = solved(flown.plan());
        for (int band = 0; band < 2; ++band) {
            double mean = 0, sum = 0;
            for (std::size_t i = 0; i < 6; ++i) {
                mean += static_cast<double>(balance.gain(i, band)) * gain[i][band] / 6;
                sum += static_cast<double>(balance.gain(i, band));
            }
            EXPECT_NEAR(sum, 6, 1e-4);
            for (std::size_t i = 0; i < 6; ++i)
                EXPECT_NEAR(static_cast<double>(balance.gain(i, band)) * gain[i][band] / mean, 1, 0.01)
                    << "frame " << i << ", band " << band << ", type " << type;
        }
    }
}

TEST(Balance, LeavesFramesAloneThatHaveNothingInCommon) {
    Flown flown;
    flown.add("a", 0, 0, [](int, double x, double y) { return ground(x, y); });
    flown.add("b", 400, 0, [](int, double x, double y) { return 0.6 * ground(x, y); });
    const FrameBalance balance = solved(flown.plan());
    EXPECT_EQ(balance.gain(0, 0), 1);
    EXPECT_EQ(balance.gain(1, 0), 1);
}

TEST(Balance, IsNotLedAstrayByClippedHighlights) {
    Flown flown;
    const auto bright = [](double x, double y) { return std::fmod(x + 1000, 20) < 6 ? 400.0 : ground(x, y); };
    flown.add("a", 0, 0, [&](int, double x, double y) { return std::min(255.0, bright(x, y)); });
    flown.add("b", 100, 0, [&](int, double x, double y) { return std::min(255.0, 0.8 * bright(x, y)); });
    const FrameBalance balance = solved(flown.plan());
    EXPECT_NEAR(static_cast<double>(balance.gain(1, 0) / balance.gain(0, 0)), 1 / 0.8, 0.02);
}

} // namespace
} // namespace overflight
