// SPDX-License-Identifier: Apache-2.0
// What only one side shows is no change; see stages/change_second_look.h.
#include "core/progress.h"
#include "io/product.h"
#include "simulation/simulate.h"
#include "support/program.h"
#include "support/temporary_folder.h"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>
#include <vector>

namespace overflight {
namespace {

/// Two flights of five frames along one line, the second with two buildings more.
constexpr const char* scene = R"(
[output]
folder = "."
resolution_m = 0.5
check_points = 0
[scene]
seed = 6
width_m = 260
height_m = 160
center_x = 512000
center_y = 5424000
[[camera]]
id = "v"
model = "pinhole"
width = 400
height = 320
focal_mm = 10
pixel_um = 10
[[mission]]
name = "one"
overlap = 0.8
noise = 1
[[mission]]
name = "two"
overlap = 0.8
noise = 1
[[change]]
kind = "building_new"
count = 2
)";

class SecondLookRun : public testing::Test {
protected:
    /// A glint that the second frame of the second flight shows below the third, which does not show it.
    void SetUp() override {
        std::ofstream(folder_ / "scene.toml") << scene;
        NoProgress silent;
        simulate(folder_ / "scene.toml", silent);
        GDALAllRegister();
        auto* frame =
            GDALDataset::Open((folder_ / "two/frames/two_v_01_002.tif").c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE);
        std::vector<std::uint8_t> bright(14 * 14, 250);
        for (int band = 1; band <= 3; ++band)
            ASSERT_EQ(frame->GetRasterBand(band)->RasterIO(GF_Write, 193, 89, 14, 14, bright.data(), 14, 14, GDT_Byte,
                                                           0, 0, nullptr),
                      CE_None);
        GDALClose(frame);
    }

    /// With the fourth frame of the first flight and the second of the second before others.
    Outcome program(const std::string& words, const std::string& to, const std::string& more = "") const {
        const auto cut = std::min(words.find(' '), words.size());
        return shell(
            fmt::format("'{}' {} '{}'{} --progress off --set output.report=false --set 'output.folder={}' --set "
                        "'mission.0.prefer=*_004.tif' --set 'mission.1.prefer=*_002.tif' {}",
                        PROGRAM, words.substr(0, cut), (folder_ / "overflight.toml").string(), words.substr(cut),
                        (folder_ / to).string(), more));
    }

    std::vector<std::uint8_t> layer(const std::string& to, const std::string& name) const {
        const ProductReader product(folder_ / to / "one__two.nc");
        std::vector<std::uint8_t> samples(static_cast<std::size_t>(width) * height);
        product.read_window(name, 0, {0, 0, width, height}, std::as_writable_bytes(std::span(samples)));
        return samples;
    }

    /// Flagged pixels in a window.
    static int flagged(const std::vector<std::uint8_t>& mask, const Window& window) {
        int sum = 0;
        for (std::int64_t row = window.row; row < window.row + window.height; ++row)
            for (std::int64_t col = window.col; col < window.col + window.width; ++col)
                sum += mask[static_cast<std::size_t>(row * width + col)] == 1 ? 1 : 0;
        return sum;
    }

    std::string bytes(const std::string& to) const {
        std::ostringstream text;
        text << std::ifstream(folder_ / to / "one__two.nc", std::ios::binary).rdbuf();
        return text.str();
    }

    static constexpr int width = 520, height = 320;
    static constexpr Window all{0, 0, width, height}, glint{250, 150, 20, 20};
    TemporaryFolder folder_;
};

TEST_F(SecondLookRun, TakesBackWhatOnlyOneSideShows) {
    ASSERT_EQ(program("run", "once", "--set change.0.second_look=false").exit_code, 0);
    const Outcome outcome = program("run", "twice", "--set change.0.evidence=true");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.text;
    const auto once = layer("once", "mask"), twice = layer("twice", "mask");
    EXPECT_GT(flagged(once, glint), 150);
    EXPECT_EQ(flagged(twice, glint), 0);
    const int buildings = flagged(once, all) - flagged(once, glint);
    EXPECT_GT(buildings, 700);
    EXPECT_NEAR(flagged(twice, all), buildings, 100) << "what all sides show stays";
    const auto first = layer("twice", "score_first_look"), score = layer("twice", "score");
    EXPECT_EQ(first, layer("once", "score"));
    const std::size_t middle = 160 * width + 260;
    EXPECT_GT(first[middle], score[middle] + 50);
}

TEST_F(SecondLookRun, GivesTheSameBytesInParts) {
    ASSERT_EQ(program("run", "whole", "--threads 1").exit_code, 0);
    ASSERT_EQ(program("run", "threads", "--threads 3").exit_code, 0);
    EXPECT_TRUE(bytes("threads") == bytes("whole"));
    for (const char* words : {"survey", "compose --shard 1-2/2", "merge", "detect --shard 1-2/2", "finish"}) {
        const Outcome part = program(words, "parts");
        ASSERT_EQ(part.exit_code, 0) << words << part.text;
    }
    EXPECT_TRUE(bytes("parts") == bytes("whole"));
}

TEST_F(SecondLookRun, SaysWhatOfFramesItCouldNotRead) {
    const auto frame = folder_ / "two/frames/two_v_01_003.tif";
    std::filesystem::rename(frame, folder_ / "whole.tif");
    ASSERT_EQ(shell(fmt::format("gdal_translate -q -co COMPRESS=DEFLATE -co TILED=YES -co BLOCKXSIZE=128 -co "
                                "BLOCKYSIZE=128 '{}' '{}'",
                                (folder_ / "whole.tif").string(), frame.string()))
                  .exit_code,
              0);
    std::fstream file(frame, std::ios::in | std::ios::out | std::ios::binary);
    for (int part = 1; part < 24; ++part) { // most of its twelve blocks
        file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(frame) * part / 24));
        file << std::string(64, '\xff');
    }
    file.close();

    const auto gaps = [&] {
        std::vector<std::string> of_change;
        const auto report = nlohmann::json::parse(std::ifstream(folder_ / "out/run.json"));
        for (const auto& gap : report["gaps"])
            if (gap["product"] == "one__two.nc") of_change.push_back(gap["what"]);
        return of_change;
    };
    for (const char* when : {"at first", "once more: they are looked for again"}) {
        EXPECT_EQ(program("run", "out").exit_code, 1) << when;
        EXPECT_THAT(gaps(), testing::Contains(testing::ContainsRegex("two_v_01_003.tif.*second look"))) << when;
    }
    std::filesystem::rename(folder_ / "whole.tif", frame);
    ASSERT_EQ(program("run", "out").exit_code, 0);
    ASSERT_EQ(program("run", "fresh").exit_code, 0);
    EXPECT_TRUE(bytes("out") == bytes("fresh"));
}

} // namespace
} // namespace overflight
