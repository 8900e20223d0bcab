// SPDX-License-Identifier: Apache-2.0
#include "stages/balance_survey.h"
#include "stages/flown.h"
#include "stages/simulated_block.h"

namespace overflight {
namespace {

double ground(double x, double y) {
    return 110 + 25 * std::sin(x / 5) * std::cos(y / 7) + 15 * std::sin(x / 31 + y / 23);
}

FrameBalance solved(const Plan& plan, BalanceReference* reference = nullptr) {
    const PlannedMission& mission = plan.missions.front();
    FrameCache cache(headers_of(mission), 64 << 20, false, [](const FrameCache::Gap&) { FAIL(); });
    FrameCache* there = reference ? &reference->cache(16 << 20) : nullptr;
    Overlaps overlaps;
    for (const auto& [tile, window] : survey_windows(mission, reference ? 1 : 2))
        overlaps.append(survey_window(mission, cache, tile, window, reference, there));
    return solve_balance(balance_task(mission, plan.config.mosaic), overlaps);
}

/// A square ortho of pixels of a metre, whose upper left corner is at (x, y) from Flown's origin.
void write_ortho(const std::filesystem::path& path, int side, double x, double y, const std::vector<const char*>& names,
                 const Flown::Ground& value) {
    GDALDataset* file = GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
        path.c_str(), side, side, static_cast<int>(names.size()), GDT_Byte, nullptr);
    double transform[] = {Flown::east + x, 1, 0, Flown::north + y, 0, -1};
    file->SetGeoTransform(transform);
    OGRSpatialReference crs;
    crs.importFromEPSG(32633);
    file->SetSpatialRef(&crs);
    std::vector<double> row(static_cast<std::size_t>(side));
    for (int band = 0; band < static_cast<int>(names.size()); ++band) {
        file->GetRasterBand(band + 1)->SetDescription(names[static_cast<std::size_t>(band)]);
        for (int r = 0; r < side; ++r) {
            for (int c = 0; c < side; ++c) row[static_cast<std::size_t>(c)] = value(band, x + c + 0.5, y - r - 0.5);
            EXPECT_EQ(file->GetRasterBand(band + 1)->RasterIO(GF_Write, 0, r, side, 1, row.data(), side, 1, GDT_Float64,
                                                              0, 0, nullptr),
                      CE_None);
        }
    }
    GDALClose(file);
}

FrameBalance balanced_to(const std::filesystem::path& archive, const Flown& flown) {
    const Plan plan = flown.plan({"mission.0.reference_mosaic=" + archive.string()});
    BalanceReference reference(plan.missions.front(), plan.missions.front().grid.crs_wkt);
    return solved(plan, &reference);
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
            EXPECT_NEAR(sum, 6, 1e-3);
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

TEST(Balance, WordsMayUseFewOfTheirBits) {
    // reflectances of dark bands, and a camera of 12 bits that is clipped where they end
    for (const double scale : {2.0, 35.0}) {
        Flown flown;
        const auto sample = [&](double gain, double x, double y) {
            return std::min(4095.0, gain * scale * ground(x, y));
        };
        flown.add(
            "a", 0, 0, [&](int, double x, double y) { return sample(1, x, y); }, 1, GDT_UInt16);
        flown.add(
            "b", 100, 0, [&](int, double x, double y) { return sample(0.8, x, y); }, 1, GDT_UInt16);
        const FrameBalance balance = solved(flown.plan());
        EXPECT_NEAR(static_cast<double>(balance.gain(1, 0) / balance.gain(0, 0)), 1 / 0.8, 0.005) << scale;
    }
}

TEST(Balance, AgreesWhereThereIsLightRatherThanUnderHaze) {
    // one half dark, one bright; haze is a third of the dark half's light and next to nothing of the bright one's
    Flown flown;
    const auto half = [](double x, double y) { return (y > 0 ? 180 : 20) * (1 + 0.1 * std::sin(x / 3)); };
    flown.add("a", 0, 0, [&](int, double x, double y) { return half(x, y); });
    flown.add("b", 100, 0, [&](int, double x, double y) { return 0.9 * half(x, y) + 7; });
    const FrameBalance balance = solved(flown.plan());
    const double ratio = static_cast<double>(balance.gain(1, 0) / balance.gain(0, 0));
    EXPECT_NEAR(ratio, 180 / (0.9 * 180 + 7), 0.03); // in the dark half it would be 20 / 25
}

/// Largest relative error of gain over what is common to all frames.
double gain_error(const SimulatedBlock& block, const FrameBalance& balance) {
    const auto n = static_cast<double>(block.gains.size());
    double mean = 0, largest = 0;
    for (std::size_t i = 0; i < block.gains.size(); ++i)
        mean += std::log(block.gains[i] * static_cast<double>(balance.gain(i, 0))) / n;
    for (std::size_t i = 0; i < block.gains.size(); ++i)
        largest =
            std::max(largest, std::abs(std::log(block.gains[i] * static_cast<double>(balance.gain(i, 0))) - mean));
    return largest;
}

TEST(Balance, FindsVignettingBesideTheGains) {
    SimulatedBlock block;
    block.simulate(4, 10, 2);
    const FrameBalance balance = solve_balance(block.task, block.overlaps);
    EXPECT_LT(gain_error(block, balance), 0.01);
    for (int band = 0; band < 2; ++band) {
        const auto a = balance.vignetting(0, band);
        for (float r2 = 0; r2 <= 1; r2 += 0.05F)
            EXPECT_NEAR(1 + r2 * (a[0] + r2 * (a[1] + r2 * a[2])), 1 - 0.2F * r2, 0.01) << r2;
    }
}

TEST(Balance, LeavesOutVignettingThatIsNotThere) {
    SimulatedBlock block;
    block.vignetting = 0;
    block.simulate(3, 8, 1);
    const FrameBalance balance = solve_balance(block.task, block.overlaps);
    EXPECT_LT(gain_error(block, balance), 0.01);
    EXPECT_FALSE(balance.has_falloff(0));
}

TEST(Balance, TakesARampOfGainsForASlopeOfAllFrames) {
    SimulatedBlock block;
    block.gain_spread = 0.02;
    block.slope = 0.06;
    block.vignetting = 0;
    block.simulate(4, 16, 1);
    const FrameBalance ramped = solve_balance(block.task, block.overlaps);
    EXPECT_GT(gain_error(block, ramped), 0.2); // what the overlaps alone make of it
    block.task.slope = true;
    const FrameBalance balance = solve_balance(block.task, block.overlaps);
    EXPECT_NEAR(static_cast<double>(balance.slope(0).east) * 50, -0.06, 0.01);
    EXPECT_LT(gain_error(block, balance), 0.06);
}

TEST(Balance, TakesScatteredGainsForNoSlope) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        SimulatedBlock block;
        block.task.slope = true;
        block.simulate(3, 8, 1, seed);
        EXPECT_EQ(solve_balance(block.task, block.overlaps).slope(0).east, 0) << seed;
    }
}

TEST(Balance, TakesTheColoursOfAReferenceMosaic) {
    Flown flown;
    const double gain[6] = {1.0, 1.12, 0.9, 1.05, 0.94, 1.0};
    for (int i = 0; i < 6; ++i)
        flown.add(fmt::format("f{}", i), offsets[i][0], offsets[i][1],
                  [&, i](int, double x, double y) { return 0.6 * gain[i] * ground(x, y); });
    // of another year: some of the ground is another, and it ends within the mission
    const std::filesystem::path archive = flown.path() / "archive.tif";
    write_ortho(archive, 260, -90, 170, {"gray"},
                [](int, double x, double y) { return x > -50 && x < -20 && y > 30 && y < 70 ? 250.0 : ground(x, y); });
    const FrameBalance balance = balanced_to(archive, flown);
    for (std::size_t i = 0; i < 6; ++i)
        EXPECT_NEAR(static_cast<double>(balance.gain(i, 0)) * 0.6 * gain[i], 1, 0.015) << i;
}

TEST(Balance, PairsTheBandsOfAReferenceMosaicByTheirNames) {
    Flown flown;
    const double level[] = {0.6, 1, 1.4};
    for (int i = 0; i < 2; ++i) // red, green, blue
        flown.add(
            fmt::format("f{}", i), offsets[i][0], offsets[i][1],
            [&](int band, double x, double y) { return level[band] * ground(x, y); }, 3);
    const std::filesystem::path archive = flown.path() / "archive.tif";
    write_ortho(archive, 400, -150, 150, {"blue", "green", "red"},
                [&](int band, double x, double y) { return level[2 - band] * ground(x, y); });
    const FrameBalance balance = balanced_to(archive, flown);
    for (int band = 0; band < 3; ++band) EXPECT_NEAR(balance.gain(0, band), 1, 0.015) << band;
}

TEST(Balance, KeepsAReferenceFrameAsItIs) {
    SimulatedBlock block;
    block.simulate(2, 6, 1);
    block.task.reference = 7;
    const FrameBalance balance = solve_balance(block.task, block.overlaps);
    EXPECT_EQ(balance.gain(7, 0), 1);
    EXPECT_EQ(balance.offset(7, 0), 0);
    EXPECT_LT(gain_error(block, balance), 0.01);
}

TEST(Balance, IsNotLedAstrayByWindowsThatShowSomethingElse) {
    SimulatedBlock block;
    block.simulate(3, 8, 1);
    for (std::size_t i = 0; i < block.overlaps.statistics.size(); i += 8) block.overlaps.statistics[i].mean_b *= 1.6F;
    EXPECT_LT(gain_error(block, solve_balance(block.task, block.overlaps)), 0.015);
}

} // namespace
} // namespace overflight
