// SPDX-License-Identifier: Apache-2.0
#include "stages/flown.h"
#include "stages/seams.h"

#include <algorithm>

namespace overflight {
namespace {

double pattern(int band, double x, double y) {
    return 1 + std::floor(std::fmod(40 + 3 * (x + 500) + 7 * (y + 500) + 50 * band, 251)); // 0 is nodata
}

Flown::Ground constant(double value) {
    return [value](int, double, double) { return value; };
}

class OneFrame : public testing::TestWithParam<std::tuple<GDALDataType, int>> {};
INSTANTIATE_TEST_SUITE_P(Kinds, OneFrame,
                         testing::Values(std::tuple(GDT_Byte, 1), std::tuple(GDT_Byte, 3), std::tuple(GDT_UInt16, 4),
                                         std::tuple(GDT_Float32, 2), std::tuple(GDT_Byte, 7)));

TEST_P(OneFrame, OverFlatGroundComesBackAsItIs) {
    const auto [type, bands] = GetParam();
    Flown flown;
    flown.add("a", 0, 0, pattern, bands, type);
    for (const char* kernel : {"nearest", "bilinear", "cubic", "lanczos"}) {
        const Mosaic mosaic(flown.plan({std::string("mosaic.resampling=") + kernel}, Bounds{-100, -80, 100, 80}));
        ASSERT_EQ(mosaic.width, 200);
        ASSERT_EQ(mosaic.height, 160);
        for (int row = 0; row < 160; ++row)
            for (int col = 0; col < 200; ++col) {
                const std::size_t i = mosaic.at(col, row);
                ASSERT_EQ(mosaic.quality[i], quality::valid) << col << ' ' << row;
                ASSERT_EQ(mosaic.source[i], 0);
                for (int band = 0; band < bands; ++band)
                    ASSERT_NEAR(mosaic.bands[static_cast<std::size_t>(band)][i],
                                pattern(band, col + 0.5 - 100, 80 - row - 0.5), type == GDT_Float32 ? 1e-3 : 0)
                        << kernel << ' ' << col << ' ' << row;
            }
    }
}

TEST(Compose, MultipliesByTheGainsOfTheFrame) {
    Flown flown;
    flown.add("a", 0, 0, pattern, 2);
    FrameBalance balance(1, 2);
    balance.set(0, 1, 0.5F, 0);
    const Mosaic mosaic(flown.plan({}, Bounds{-100, -80, 100, 80}), balance);
    for (int col = 0; col < 200; ++col) {
        EXPECT_EQ(mosaic.bands[0][mosaic.at(col, 50)], pattern(0, col - 99.5, 29.5));
        EXPECT_NEAR(mosaic.bands[1][mosaic.at(col, 50)], pattern(1, col - 99.5, 29.5) / 2, 0.5);
    }
}

TEST(Compose, ShowsAnyWindowByOneFrameAlone) {
    Flown flown;
    flown.add("a", -50, 0, pattern, 2);
    flown.add("b", 50, 0, constant(200), 2);
    const Plan plan = flown.plan({}, Bounds{-150, -80, 150, 80});
    const PlannedMission& mission = plan.missions.front();
    FrameCache cache({mission.frames[0].header, mission.frames[1].header}, 64 << 20, false,
                     [](const FrameCache::Gap& gap) { ADD_FAILURE() << gap.cause; });
    const SeamMap seams = nadir_seams(mission);
    const Composer composer(mission, plan.config.mosaic, cache, {}, seams);
    ComposeScratch scratch;
    ComposedTile tile;
    composer.compose(0, scratch, tile); // the scratch is used before
    const Window window{13, 7, 200, 140};
    for (const std::size_t frame : {0U, 1U}) {
        composer.compose_alone(frame, window, scratch, tile);
        ASSERT_EQ(tile.chunk_width, window.width);
        ASSERT_EQ(tile.chunk_height, window.height);
        std::int64_t shown = 0;
        for (int r = 0; r < window.height; ++r)
            for (int c = 0; c < window.width; ++c) {
                const auto i = static_cast<std::size_t>(r * window.width + c);
                const double x = c + 13 + 0.5 - 150, y = 80 - (r + 7) - 0.5;
                const bool on = std::abs(x + (frame == 0 ? 50 : -50)) < 100;
                ASSERT_EQ(tile.quality[i], on ? quality::valid : 0) << frame << ' ' << c << ' ' << r;
                ASSERT_EQ(tile.source_frame[i], on ? frame : quality::no_frame);
                for (std::size_t band = 0; band < 2; ++band)
                    ASSERT_EQ(std::to_integer<int>(tile.bands[band][i]), !on ? 0
                                                                         : frame == 0
                                                                             ? pattern(static_cast<int>(band), x, y)
                                                                             : 200);
                shown += on;
            }
        EXPECT_EQ(tile.valid_pixels, shown);
    }
}

TEST(Compose, GivesAnAnalysisLayerOfOneFrameAPixel) {
    for (const auto& [type, bands] : {std::pair(GDT_Byte, 3), std::pair(GDT_UInt16, 5), std::pair(GDT_Float32, 1)}) {
        Flown flown(700, 160);
        flown.add("a", 0, 0, constant(100), bands, type);
        flown.add("b", 600, 0, constant(200), bands, type);
        const Bounds bounds{-340, -70, 940, 70};
        const std::vector<std::string> one = {"mosaic.feather_px=16"},
                                       two = {"mosaic.feather_px=16", "mosaic.analysis_layer=true"};
        const Mosaic viewing(flown.plan(one, bounds)), both(flown.plan(two, bounds));
        EXPECT_EQ(viewing.bands, both.bands);
        EXPECT_EQ(viewing.source, both.source);
        EXPECT_EQ(viewing.quality, both.quality);
        int blended = 0;
        for (std::size_t i = 0; i < both.source.size(); ++i) {
            for (const auto& band : both.hard) {
                ASSERT_NEAR(band[i], both.source[i] == 0 ? 100 : 200, type == GDT_Float32 ? 1e-3 : 0) << i;
            }
            blended += both.bands[0][i] > 100 && both.bands[0][i] < 200 ? 1 : 0;
        }
        EXPECT_GT(blended, 140 * 16);
        // tiles that no seam comes near need none
        EXPECT_EQ(both.alike.front(), true);
        EXPECT_EQ(std::count(both.alike.begin(), both.alike.end(), false), 1);
        EXPECT_EQ(std::count(viewing.alike.begin(), viewing.alike.end(), false), 0);
    }
}

TEST(Compose, LeavesWhatNoFrameShowsEmpty) {
    Flown flown;
    const auto holed = [](int, double x, double y) { return std::hypot(x, y) < 20 ? -9999.0 : 7.5; };
    flown.add("a", 0, 0, holed, 1, GDT_Float32, -9999);
    const Mosaic mosaic(flown.plan({"mosaic.resampling=nearest"}, Bounds{-120, -100, 120, 100}));
    for (int row = 0; row < mosaic.height; ++row) {
        for (int col = 0; col < mosaic.width; ++col) {
            const double x = col + 0.5 - 120, y = 100 - row - 0.5;
            const bool seen = std::abs(x) < 100 && std::abs(y) < 80 && std::hypot(x, y) >= 20;
            const std::size_t i = mosaic.at(col, row);
            ASSERT_EQ(mosaic.quality[i], seen ? quality::valid : 0) << x << ' ' << y;
            ASSERT_EQ(mosaic.source[i], seen ? 0U : quality::no_frame) << x << ' ' << y;
            ASSERT_EQ(std::isnan(mosaic.bands[0][i]), !seen) << x << ' ' << y;
        }
    }
}

/// Two frames side by side: 100 west of x = 0, 200 east of it, both seen 50 m to the other side.
class TwoFrames : public testing::Test {
protected:
    static constexpr int cell = 8; ///< pixels of the seams' cells

    TwoFrames() {
        flown_.add("a", -50, 0, constant(100));
        flown_.add("b", 50, 0, constant(200));
    }
    Mosaic mosaic(int feather) const {
        return Mosaic(flown_.plan({"mosaic.balance=none", fmt::format("mosaic.feather_px={}", feather)},
                                  Bounds{-144, -80, 144, 80}));
    }
    Flown flown_;
};

TEST_F(TwoFrames, AreCutHardWithoutAFeather) {
    const Mosaic m = mosaic(0);
    for (int row = 0; row < m.height; ++row) {
        for (int col = 0; col < m.width; ++col) {
            const std::size_t i = m.at(col, row);
            ASSERT_EQ(m.quality[i], quality::valid);
            ASSERT_EQ(m.bands[0][i], m.source[i] == 0 ? 100 : 200);
            const double x = col + 0.5 - 144;
            if (std::abs(x) > cell) {
                ASSERT_EQ(m.source[i], x < 0 ? 0 : 1) << x;
            }
        }
    }
}

TEST_F(TwoFrames, FadeIntoEachOtherOverTheFeather) {
    for (const int feather : {8, 16, 32}) {
        const Mosaic m = mosaic(feather);
        for (int row = 40; row < 120; row += 7) {
            double before = 100;
            for (int col = 0; col < m.width; ++col) {
                const std::size_t i = m.at(col, row);
                const double x = col + 0.5 - 144, value = m.bands[0][i];
                ASSERT_GE(value, before) << x; // only ever towards the other
                before = value;
                const bool blended = value != 100 && value != 200;
                if (blended) {
                    ASSERT_EQ(m.quality[i], quality::valid | quality::seam) << x;
                }
                ASSERT_EQ(m.source[i], value <= 150 ? 0 : 1) << x << ' ' << value;
                if (std::abs(x) > feather + cell) {
                    ASSERT_FALSE(blended) << x << " of " << feather;
                }
            }
            EXPECT_NEAR(m.bands[0][m.at(144, row)], 150, 60.0 * cell / (2 * feather) / 2 + 5);
        }
        const auto count = std::count_if(m.bands[0].begin() + m.width * 60, m.bands[0].begin() + m.width * 61,
                                         [](double v) { return v != 100 && v != 200; });
        // shares are linear between cell centres: a cell at least, and half a one more on both sides of a wider box
        const int width = 2 * feather;
        EXPECT_NEAR(static_cast<double>(count), width <= cell ? cell : width + cell, 6) << feather;
    }
}

TEST(Compose, FillsWhatTheSeamsFrameDoesNotShow) {
    Flown flown;
    // a hole of a right under a's nadir, where the seams give it the ground; b sees most of it, from the side
    flown.add(
        "a", -50, 0, [](int, double x, double y) { return std::hypot(x + 48, y) < 8 ? 0.0 : 100.0; }, 1, GDT_Byte, 0);
    flown.add("b", 50, 0, constant(200), 1, GDT_Byte, 0);
    const Mosaic m(flown.plan({"mosaic.balance=none", "mosaic.feather_px=0", "mosaic.resampling=nearest"},
                              Bounds{-144, -80, 144, 80}));
    int filled = 0;
    for (int row = 0; row < m.height; ++row) {
        for (int col = 0; col < 120; ++col) { // well west of the seam
            const double x = col + 0.5 - 144, y = 80 - row - 0.5;
            const bool hole = std::hypot(x + 48, y)<8, seen_by_b = x> - 50;
            const std::size_t i = m.at(col, row);
            if (!hole) {
                ASSERT_EQ(m.bands[0][i], 100) << x << ' ' << y;
                continue;
            }
            ASSERT_EQ(m.source[i], seen_by_b ? 1U : quality::no_frame) << x << ' ' << y;
            ASSERT_EQ(m.quality[i], seen_by_b ? quality::valid : 0);
            ASSERT_EQ(m.bands[0][i], seen_by_b ? 200 : 0);
            ++filled;
        }
    }
    EXPECT_NEAR(filled, 3.14159 * 64, 20);
}

} // namespace
} // namespace overflight
