// SPDX-License-Identifier: Apache-2.0
// Files that others lead to count as inputs: a run over products that are there comes to the bytes of a run from
// nothing.
#include "flow/small_pair.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>
#include <string>

namespace overflight {
namespace {

class ChangedInputs : public SmallPair {
protected:
    /// Runs into `to` and into a new folder, and gives the first mission's mosaic.
    std::string mosaic(const std::string& to, const std::string& more) const {
        const std::string fresh = to + "_from_nothing";
        std::filesystem::remove_all(*this / fresh);
        for (const std::string& folder : {to, fresh}) {
            const Outcome outcome = run(folder, more + " --set output.quicklooks=false --set output.vectors=false");
            EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
        }
        const std::string bytes = contents(*this / to / "one.nc");
        EXPECT_TRUE(bytes == contents(*this / fresh / "one.nc"));
        return bytes;
    }

    static void python(const std::string& text) {
        const Outcome outcome =
            shell(fmt::format("/usr/bin/python3 -c \"\nfrom osgeo import gdal\ngdal.UseExceptions()\n{}\n\"", text));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
    }
};

TEST_F(ChangedInputs, WhatATerrainMadeOfOthersLeadsTo) {
    std::filesystem::create_directories(*this / "terrain" / "tiles");
    const auto tile = *this / "terrain" / "tiles" / "dtm.tif";
    std::filesystem::copy(data() / "terrain" / "dtm.tif", tile);
    const auto build = [&](const std::string& vrt, const std::string& of) {
        return shell(fmt::format("cd '{}' && gdalbuildvrt -q {} {}", (*this / "terrain").string(), vrt, of)).exit_code;
    };
    ASSERT_EQ(build("inner.vrt", "tiles/dtm.tif"), 0);
    ASSERT_EQ(build("outer.vrt", "inner.vrt"), 0);
    const std::string raise = fmt::format("file = gdal.Open('{}', gdal.GA_Update)\n"
                                          "band = file.GetRasterBand(1)\nband.WriteArray(band.ReadAsArray() + 3)",
                                          tile.string());
    for (const char* vrt : {"inner.vrt", "outer.vrt"}) {
        for (const char* key : {"file", "surface"}) {
            const std::string more = fmt::format("--set 'terrain.{}={}'", key, (*this / "terrain" / vrt).string()),
                              to = fmt::format("{}_{}", vrt, key);
            const std::string before = mosaic(to, more);
            python(raise);
            EXPECT_FALSE(mosaic(to, more) == before) << to;
        }
    }
}

TEST_F(ChangedInputs, GeoidGrids) {
    const auto grid = *this / "geoid.tif";
    const auto write = [&](int undulation) {
        python(fmt::format("file = gdal.GetDriverByName('GTiff').Create('{}', 361, 181, 1, gdal.GDT_Float32)\n"
                           "file.SetGeoTransform([-180.5, 1, 0, 90.5, 0, -1])\n"
                           "file.GetRasterBand(1).Fill({})",
                           grid.string(), undulation));
    };
    const auto verify = [&] {
        return shell(fmt::format("'{}' verify '{}' --inputs", PROGRAM, (*this / "out" / "one.nc").string()));
    };
    write(0);
    const std::string more = fmt::format("--set 'terrain.heights={}'", grid.string());
    const std::string before = mosaic("out", more);
    EXPECT_THAT(verify().text, testing::HasSubstr("input geoid.tif"));
    write(4);
    EXPECT_EQ(verify().exit_code, 1);
    EXPECT_FALSE(mosaic("out", more) == before);
    EXPECT_EQ(verify().exit_code, 0);
}

TEST_F(ChangedInputs, MasksBesideFrames) {
    const auto folder = copy_of_frames();
    const std::string more = frames(folder);
    const std::string before = mosaic("out", more);
    python(fmt::format("gdal.SetConfigOption('GDAL_TIFF_INTERNAL_MASK', 'NO')\n"
                       "file = gdal.Open('{}', gdal.GA_Update)\n"
                       "file.CreateMaskBand(gdal.GMF_PER_DATASET)\n"
                       "mask = file.GetRasterBand(1).GetMaskBand()\n"
                       "mask.Fill(255)\n"
                       "mask.WriteRaster(0, 0, 200, 200, bytes(40000))",
                       (folder / "one_v_01_002.tif").string()));
    const auto mask = folder / "one_v_01_002.tif.msk";
    ASSERT_TRUE(std::filesystem::exists(mask));
    EXPECT_FALSE(mosaic("out", more) == before);
    std::filesystem::remove(mask);
    EXPECT_TRUE(mosaic("out", more) == before);
}

TEST_F(ChangedInputs, PosesOfTheMissionWhoseViewsAreMatched) {
    // one frame, so that its seams stay what they are
    const auto poses = *this / "poses.csv";
    const auto write = [&](double east) {
        std::istringstream from(contents(data() / "two" / "exterior.csv"));
        std::ofstream to(poses);
        for (std::string line; std::getline(from, line);) {
            const auto first = line.find(',') + 1, end = line.find(',', first);
            if (line.starts_with("two_"))
                line.replace(first, end - first, fmt::format("{:.6f}", std::stod(line.substr(first)) + east));
            to << line << '\n';
        }
    };
    std::filesystem::copy(data() / "two" / "exterior.prj", *this / "poses.prj");
    const std::string more =
        fmt::format("--set mission.0.match_view_of=two --set 'mission.1.frames={}' --set 'mission.1.exterior={}'",
                    (data() / "two" / "frames" / "two_v_01_002.tif").string(), poses.string());
    write(0);
    const std::string before = mosaic("out", more);
    write(200);
    EXPECT_FALSE(mosaic("out", more) == before);
}

} // namespace
} // namespace overflight
