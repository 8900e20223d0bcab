// SPDX-License-Identifier: Apache-2.0
// What a run leaves behind, as other programs and people see it.
#include "flow/small_pair.h"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <ogr_spatialref.h>

#include <array>
#include <numeric>

namespace overflight {
namespace {

using testing::HasSubstr;

class Products : public SmallPair {
protected:
    void SetUp() override {
        GDALAllRegister();
        const Outcome outcome = run("out");
        ASSERT_EQ(outcome.exit_code, 0) << outcome.text;
        printed_ = outcome.text;
    }

    std::unique_ptr<GDALDataset> open(const std::string& file, const std::string& layer) const {
        const std::string name = fmt::format("NETCDF:\"{}\":{}", (*this / "out" / file).string(), layer);
        return std::unique_ptr<GDALDataset>(GDALDataset::Open(name.c_str(), GDAL_OF_RASTER));
    }

    static std::vector<int> samples(GDALDataset& dataset, int band) {
        std::vector<int> all(static_cast<std::size_t>(dataset.GetRasterXSize()) *
                             static_cast<std::size_t>(dataset.GetRasterYSize()));
        EXPECT_EQ(dataset.GetRasterBand(band)->RasterIO(GF_Read, 0, 0, dataset.GetRasterXSize(),
                                                        dataset.GetRasterYSize(), all.data(), dataset.GetRasterXSize(),
                                                        dataset.GetRasterYSize(), GDT_Int32, 0, 0, nullptr),
                  CE_None);
        return all;
    }

    std::string printed_;
};

TEST_F(Products, LieWhereTheConfigSays) {
    for (const auto& [file, layer, bands] :
         {std::tuple("one.nc", "image", 3), {"two.nc", "source_frame", 1}, {"one__two.nc", "mask", 1}}) {
        const auto dataset = open(file, layer);
        ASSERT_NE(dataset, nullptr) << file << ' ' << layer;
        EXPECT_EQ(dataset->GetRasterCount(), bands);
        EXPECT_EQ(dataset->GetRasterXSize(), 600);
        EXPECT_EQ(dataset->GetRasterYSize(), 480);
        std::array<double, 6> g{};
        ASSERT_EQ(dataset->GetGeoTransform(g.data()), CE_None);
        EXPECT_THAT(g, testing::ElementsAre(511850, 0.5, 0, 5424120, 0, -0.5));
        OGRSpatialReference expected;
        expected.importFromEPSG(32633);
        ASSERT_NE(dataset->GetSpatialRef(), nullptr);
        EXPECT_TRUE(dataset->GetSpatialRef()->IsSame(&expected)) << file;
    }
}

TEST_F(Products, ShowTheFramesThatTheySayTheyShow) {
    const auto source = open("one.nc", "source_frame"), quality = open("one.nc", "quality");
    ASSERT_TRUE(source && quality);
    const std::vector<int> frame = samples(*source, 1), flags = samples(*quality, 1);
    std::array<int, 6> pixels{};
    for (std::size_t i = 0; i < frame.size(); ++i) {
        ASSERT_EQ((flags[i] & 1) == 1, frame[i] != 65535) << i;
        if (frame[i] != 65535) ++pixels.at(static_cast<std::size_t>(frame[i]));
    }
    EXPECT_THAT(pixels, testing::Each(testing::Gt(1000)));
    EXPECT_EQ(std::accumulate(pixels.begin(), pixels.end(), 0), 600 * 480); // the flight covers the scene
}

TEST_F(Products, FindTheNewBuildings) {
    const auto mask = open("one__two.nc", "mask");
    ASSERT_NE(mask, nullptr);
    const std::unique_ptr<GDALDataset> known(
        GDALDataset::Open((data() / "truth" / "change_one_two.tif").c_str(), GDAL_OF_RASTER));
    ASSERT_NE(known, nullptr);
    const std::vector<int> found = samples(*mask, 1), truth = samples(*known, 1);
    ASSERT_EQ(found.size(), truth.size());
    std::array<std::array<int, 2>, 2> counts{}; // truth, found
    for (std::size_t i = 0; i < found.size(); ++i) {
        ASSERT_NE(found[i], 255) << i;
        ++counts.at(static_cast<std::size_t>(truth[i])).at(static_cast<std::size_t>(found[i]));
    }
    EXPECT_GT(counts[1][1], counts[1][0]);
    EXPECT_LT(counts[0][1], (counts[0][0] + counts[0][1]) / 10); // trees and roofs lean apart: two views
}

TEST_F(Products, AreReportedWithAllThatAReaderOfTheReportAsks) {
    const nlohmann::json json = report("out");
    EXPECT_EQ(json["outcome"], "done");
    EXPECT_EQ(json["exit_code"], 0);
    for (const char* key : {"program", "version", "host", "instruction_set", "started"})
        EXPECT_FALSE(json[key].get<std::string>().empty()) << key;
    EXPECT_EQ(json["threads"], 2);
    EXPECT_GT(json["memory_mb"], 0);
    EXPECT_GT(json["peak_memory_mb"], 10);
    EXPECT_LT(json["peak_memory_mb"], 1000);
    EXPECT_TRUE(json["gaps"].empty());
    EXPECT_TRUE(json["warnings"].empty()) << json["warnings"];
    std::vector<std::string> stages;
    for (const auto& stage : json["stages"]) {
        stages.push_back(stage["name"]);
        EXPECT_GE(stage["seconds"], 0);
        if (stage["name"].get<std::string>().starts_with("compose")) {
            EXPECT_DOUBLE_EQ(stage["megapixels"], 0.288);
            EXPECT_GT(stage["megapixels_per_second"], 0);
        }
    }
    EXPECT_THAT(stages, testing::IsSupersetOf({"plan", "survey one", "compose one", "compose two", "register one__two",
                                               "score one__two"}));
    std::vector<std::string> names;
    for (const auto& product : json["products"]) {
        const std::filesystem::path path = product["path"].get<std::string>();
        names.push_back(path.filename());
        EXPECT_EQ(product["bytes"], std::filesystem::file_size(path));
        EXPECT_THAT(printed_, HasSubstr(path.string()));
    }
    EXPECT_THAT(names,
                testing::UnorderedElementsAre("one.nc", "one.png", "two.nc", "two.png", "one__two.nc", "one__two.png"));
}

TEST_F(Products, RecordTheGainsThatTheFramesWereMultipliedWith) {
    const Outcome dump = shell(fmt::format("ncdump -v frames/gain_1 '{}'", (*this / "out/one.nc").string()));
    if (dump.exit_code == 127) GTEST_SKIP() << "ncdump (package netcdf-bin) is not here";
    ASSERT_EQ(dump.exit_code, 0) << dump.text;
    std::istringstream values(dump.text.substr(dump.text.rfind("gain_1 = ") + 9));
    double sum = 0, spread = 0;
    for (int i = 0; i < 6; ++i) {
        double gain = 0;
        values >> gain;
        values.ignore();
        sum += gain;
        spread = std::max(spread, std::abs(gain - 1));
    }
    EXPECT_NEAR(sum, 6, 1e-4);
    EXPECT_GT(spread, 0.005); // the frames were rendered with a spread of 5 %
    EXPECT_LT(spread, 0.15);
}

} // namespace
} // namespace overflight
