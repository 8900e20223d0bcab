// SPDX-License-Identifier: Apache-2.0
#include "stages/flown.h"
#include "stages/visibility.h"

#include <algorithm>

namespace overflight {
namespace {

/// A tower of 200 m, 10 m wide, 40 m long, on flat ground that two frames see from 1000 m up: "a" from 50 m west and
/// "b" from 50 m east of the origin. It stands from 10 to 20 m east.
class Tower : public testing::Test {
protected:
    Tower() {
        flown_.add("a", -50, 0, [](int, double, double) { return 100.0; });
        flown_.add("b", 50, 0, [](int, double, double) { return 200.0; });
        constexpr int width = 400, height = 320;
        GDALDataset* file = GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
            (flown_.path() / "dsm.tif").c_str(), width, height, 1, GDT_Float32, nullptr);
        double transform[] = {Flown::east - width / 2.0, 1, 0, Flown::north + height / 2.0, 0, -1};
        file->SetGeoTransform(transform);
        OGRSpatialReference crs;
        crs.importFromEPSG(32633);
        file->SetSpatialRef(&crs);
        std::vector<float> row(width);
        for (int r = 0; r < height; ++r) {
            for (int c = 0; c < width; ++c) {
                const double x = c + 0.5 - width / 2.0, y = height / 2.0 - r - 0.5;
                row[static_cast<std::size_t>(c)] = x > 10 && x < 20 && std::abs(y) < 20 ? 200.0F : 0.0F;
            }
            EXPECT_EQ(file->GetRasterBand(1)->RasterIO(GF_Write, 0, r, width, 1, row.data(), width, 1, GDT_Float32, 0,
                                                       0, nullptr),
                      CE_None);
        }
        GDALClose(file);
    }

    Mosaic mosaic(std::vector<std::string> settings = {}, int feather = 0) const {
        settings.insert(settings.end(),
                        {"mosaic.balance=none", fmt::format("mosaic.feather_px={}", feather),
                         "terrain.surface=" + (flown_.path() / "dsm.tif").string(), "terrain.heights=same_as_poses"});
        return Mosaic(flown_.plan(settings, Bounds{-120, -60, 120, 60}));
    }
    static std::size_t at(const Mosaic& m, double x, double y) {
        return m.at(static_cast<int>(std::floor(x + 120)), static_cast<int>(std::floor(60 - y)));
    }

    Flown flown_;
};

TEST_F(Tower, WhatOneFrameCannotSeeIsTakenFromTheNext) {
    for (const int feather : {0, 16}) {
        const Mosaic m = mosaic({}, feather);
        // "b" is nearer, but the tower hides 0 to 10 m east from it: (50 - 10) 200 / 800 = 10 m from its foot
        for (double y = -15.5; y < 16; ++y) {
            for (double x = 1.5; x < 9; ++x) {
                const std::size_t i = at(m, x, y);
                ASSERT_EQ(m.source[i], 0U) << x << ' ' << y;
                ASSERT_EQ(m.bands[0][i], 100);
                ASSERT_EQ(m.quality[i] & ~quality::uncertain, quality::valid);
            }
            for (double x = 40.5; x < 60; ++x) {
                const std::size_t i = at(m, x, y);
                ASSERT_EQ(m.source[i], 1U);
                ASSERT_EQ(m.quality[i], quality::valid);
            }
        }
        for (double y = -19.5; y < 20; ++y) // beyond its ends the tower hides a little from both
            for (double x = -119.5; x < 120; ++x) ASSERT_EQ(m.quality[at(m, x, y)] & quality::occluded, 0) << x;
    }
}

TEST_F(Tower, WhatNoFrameSeesIsFlagged) {
    const Mosaic m = mosaic({fmt::format("mission.0.frames={}", (flown_.path() / "frames/b.tif").string())});
    for (double y = -15.5; y < 16; ++y) {
        for (double x = 1.5; x < 9; ++x) {
            const std::size_t i = at(m, x, y);
            ASSERT_EQ(m.quality[i] & ~quality::uncertain, quality::occluded) << x << ' ' << y;
            ASSERT_EQ(m.source[i], quality::no_frame);
            ASSERT_EQ(m.bands[0][i], 0);
        }
        ASSERT_EQ(m.quality[at(m, -5.5, y)], quality::valid);
        ASSERT_EQ(m.quality[at(m, 15.5, y)], quality::valid);
        ASSERT_EQ(m.quality[at(m, 30.5, y)], quality::valid);
    }
    int uncertain = 0;
    for (const int flags : m.quality) uncertain += (flags & quality::uncertain) != 0;
    EXPECT_GT(uncertain, 80);
    EXPECT_LT(uncertain, 500); // a cell or two along edges
}

TEST_F(Tower, WiderErrorsMakeMoreUncertain) {
    const auto count = [&](const char* error) {
        const Mosaic m = mosaic({std::string("terrain.surface_error_m=") + error});
        return std::count_if(m.quality.begin(), m.quality.end(),
                             [](int flags) { return (flags & quality::uncertain) != 0; });
    };
    EXPECT_GT(count("4.0"), 2 * count("1.0"));
}

TEST_F(Tower, StandsInItsPlaceOnlyWhereItIsAskedFor) {
    const Mosaic plain = mosaic({"mosaic.true_ortho=false", "terrain.file=" + (flown_.path() / "dsm.tif").string()});
    for (const int flags : plain.quality) ASSERT_EQ(flags & (quality::occluded | quality::uncertain), 0);
}

TEST_F(Tower, CastsItsShadowAwayFromTheSun) {
    // the sun in the west, 75 degrees up: 200 / tan 75 = 53.6 m to the east
    const Mosaic m = mosaic({"mission.0.sun_azimuth_deg=270", "mission.0.sun_elevation_deg=75"});
    for (double y = -15.5; y < 16; ++y) {
        EXPECT_EQ(m.quality[at(m, 5.5, y)] & quality::shadow, 0);
        EXPECT_EQ(m.quality[at(m, 15.5, y)] & quality::shadow, 0); // the roof is lit
        for (double x = 21.5; x < 72; ++x) ASSERT_NE(m.quality[at(m, x, y)] & quality::shadow, 0) << x;
        EXPECT_EQ(m.quality[at(m, 76.5, y)] & quality::shadow, 0);
    }
    EXPECT_EQ(m.quality[at(m, 40.5, 25.5)] & quality::shadow, 0);
}

TEST_F(Tower, SameBytesWhateverElseWasDoneBefore) {
    const Mosaic first = mosaic({}, 16), second = mosaic({}, 16);
    EXPECT_EQ(first.bands, second.bands);
    EXPECT_EQ(first.quality, second.quality);
}

} // namespace
} // namespace overflight
