// SPDX-License-Identifier: Apache-2.0
// What a run leaves behind, as other programs and people see it.
#include "flow/small_pair.h"
#include "io/product.h"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <ogr_spatialref.h>
#include <ogrsf_frmts.h>

#include <algorithm>
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

TEST_F(Products, HoldAnAnalysisLayerWhereItIsAskedFor) {
    const std::string asked = "--set mosaic.analysis_layer=true";
    ASSERT_EQ(run("both", asked).exit_code, 0);
    const auto read = [&](const std::string& to, const std::string& name) {
        const ProductReader product(*this / to / "one.nc");
        std::vector<std::vector<std::uint8_t>> bands;
        for (int band = 0; band < product.find(name)->bands; ++band)
            product.read_window(name, band, {0, 0, 600, 480},
                                std::as_writable_bytes(std::span(bands.emplace_back(600 * 480))));
        return bands;
    };
    EXPECT_EQ(ProductReader(*this / "out" / "one.nc").find("image_hard_seams"), nullptr);
    const auto viewing = read("both", "image"), hard = read("both", "image_hard_seams");
    const auto flags = read("both", "quality").front();
    EXPECT_EQ(viewing, read("out", "image"));
    EXPECT_EQ(flags, read("out", "quality").front());
    ASSERT_EQ(hard.size(), viewing.size());
    int different = 0;
    for (std::size_t band = 0; band < hard.size(); ++band)
        for (std::size_t i = 0; i < flags.size(); ++i) {
            const bool same = hard[band][i] == viewing[band][i];
            ASSERT_TRUE(same || (flags[i] & 2) != 0) << i; // blended
            different += same ? 0 : 1;
        }
    EXPECT_GT(different, 1000);
    // changes are found in it, whether it is still in memory or read from the product
    const std::string change = contents(*this / "both" / "one__two.nc");
    EXPECT_NE(change, contents(*this / "out" / "one__two.nc"));
    std::filesystem::remove(*this / "both" / "one__two.nc");
    ASSERT_EQ(run("both", asked + " --force").exit_code, 0);
    EXPECT_EQ(change, contents(*this / "both" / "one__two.nc"));
    std::filesystem::remove(*this / "both" / "one__two.nc");
    std::filesystem::remove_all(*this / "both" / ".work" / "one__two");
    ASSERT_EQ(run("both", asked).exit_code, 0);
    EXPECT_EQ(report("both")["tiles"][0]["computed"], 0);
    EXPECT_EQ(change, contents(*this / "both" / "one__two.nc"));
    for (const char* product : {"one.nc", "one__two.nc"})
        EXPECT_EQ(shell(fmt::format("'{}' verify '{}'", PROGRAM, (*this / "both" / product).string())).exit_code, 0);
}

TEST_F(Products, SayWhatTheirFramesResolve) {
    const ProductReader product(*this / "out" / "one.nc");
    const auto column = [&](const std::string& name) {
        for (const TableColumn& found : product.table("frames"))
            if (found.name == name) return found.real;
        return std::vector<double>{};
    };
    const std::vector<double> finest = column("sampling_distance_min"), coarsest = column("sampling_distance_max");
    ASSERT_EQ(finest.size(), 6U);
    ASSERT_EQ(coarsest.size(), 6U);

    const LayerSpec& layer = *product.find("ground_sampling_distance");
    ASSERT_EQ(layer.step, 64);
    std::vector<float> distances(10 * 8); // 600 x 480 pixels
    product.read_window(layer.name, 0, {0, 0, 10, 8}, std::as_writable_bytes(std::span(distances)));
    const auto source = open("one.nc", "source_frame");
    const std::vector<int> frame = samples(*source, 1);
    for (std::size_t row = 0; row < 8; ++row)
        for (std::size_t col = 0; col < 10; ++col) {
            const std::size_t rows = std::min<std::size_t>(64, 480 - 64 * row),
                              cols = std::min<std::size_t>(64, 600 - 64 * col);
            const auto from = static_cast<std::size_t>(frame[(64 * row + rows / 2) * 600 + 64 * col + cols / 2]);
            EXPECT_GT(distances[row * 10 + col], 0.97 * finest.at(from));
            EXPECT_LT(distances[row * 10 + col], 1.03 * coarsest.at(from));
        }
    const auto summary = report("out")["ground_resolution"];
    ASSERT_EQ(summary.size(), 2U);
    EXPECT_DOUBLE_EQ(summary[0]["sampling_distance_m"]["min"], *std::ranges::min_element(finest));
    EXPECT_DOUBLE_EQ(summary[0]["sampling_distance_m"]["max"], *std::ranges::max_element(coarsest));
    EXPECT_FALSE(summary[0].contains("limit_m"));
}

TEST_F(Products, ComeWithAPageToLookAtUnlessItIsOff) {
    const std::string page = contents(*this / "out" / "report.html");
    EXPECT_NE(page.find("Change one__two"), std::string::npos);
    EXPECT_LT(page.find("Mission one"), page.find("Mission two"));
    EXPECT_NE(page.find("No problems."), std::string::npos);
    ASSERT_EQ(run("bare", "--set output.report=false").exit_code, 0);
    EXPECT_FALSE(std::filesystem::exists(*this / "bare" / "report.html"));
}

TEST_F(Products, AreHeldAgainstTheLimitThatTheConfigStates) {
    const Outcome outcome = run("limited", "--set resolution.limit_m=0.6 --set resolution.hmin_m=100000");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.text;
    const auto summary = report("limited")["ground_resolution"][0];
    EXPECT_EQ(summary["frames_too_low"], 6);
    EXPECT_EQ(report("limited")["warnings"].size(), 4U) << report("limited")["warnings"]; // sampling, frames; twice
    EXPECT_THAT(outcome.text, HasSubstr("6 of 6 frames may resolve more than the limit of 0.6 m"));
    const Outcome refused = run("refused", "--set resolution.limit_m=0.6 --set resolution.enforce=true");
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.text, HasSubstr("output.resolution_m"));
    EXPECT_FALSE(std::filesystem::exists(*this / "refused"));
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

TEST_F(Products, HoldNothingSmallerThanWhatCounts) {
    const auto sizes = [&](const std::string& to, std::int64_t least) {
        const std::string more = fmt::format("--set output.resolution_m=0.2 --set change.0.minimum_area_px={}", least);
        EXPECT_EQ(run(to, more).exit_code, 0);
        std::vector<std::int64_t> pixels;
        for (const TableColumn& column : ProductReader(*this / to / "one__two.nc").table("objects"))
            if (column.name == "pixels") pixels = column.integer;
        std::sort(pixels.rbegin(), pixels.rend());
        return pixels;
    };
    const std::vector<std::int64_t> all = sizes("all", 1100);
    ASSERT_GE(all.size(), 2U);
    ASSERT_GT(all[0], all[1]);
    EXPECT_GE(all.back(), 1100);
    EXPECT_EQ(sizes("large", all[1] + 1), std::vector<std::int64_t>{all[0]}); // buildings lie across tiles
    EXPECT_TRUE(sizes("none", 1'000'000'000).empty());
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
    EXPECT_THAT(names, testing::UnorderedElementsAre("one.nc", "one.png", "one.seams.gpkg", "two.nc", "two.png",
                                                     "two.seams.gpkg", "one__two.nc", "one__two.png", "one__two.gpkg",
                                                     "one__two.geojson"));
}

TEST_F(Products, HoldEvidenceWhereItIsAskedFor) {
    ASSERT_EQ(run("more", "--set change.0.evidence=true").exit_code, 0);
    const auto read = [&](const std::string& to, const std::string& name) {
        std::vector<std::uint8_t> out(600 * 480);
        ProductReader(*this / to / "one__two.nc")
            .read_window(name, 0, {0, 0, 600, 480}, std::as_writable_bytes(std::span(out)));
        return out;
    };
    EXPECT_EQ(ProductReader(*this / "out" / "one__two.nc").find("score_fine"), nullptr);
    const auto score = read("more", "score"), mask = read("more", "mask");
    EXPECT_EQ(score, read("out", "score"));
    EXPECT_EQ(mask, read("out", "mask"));
    const auto fine = read("more", "score_fine"), unexplained = read("more", "score_unexplained"),
               coarse = read("more", "score_coarse"), structure = read("more", "structure"),
               first = read("more", "score_first_look"), context = read("more", "context");
    std::array<int, 3> stronger{};
    for (std::size_t i = 0; i < score.size(); ++i) {
        for (const std::uint8_t layer : {fine[i], unexplained[i], coarse[i], structure[i], first[i], context[i]})
            ASSERT_EQ(layer != 0, mask[i] != 255) << i;
        ASSERT_LE(unexplained[i], fine[i]) << i;
        ASSERT_LE(score[i], first[i]) << i;
        ASSERT_LE(first[i], std::max(unexplained[i], coarse[i]) + 1) << i; // rounded
        stronger[0] += fine[i] > unexplained[i] ? 1 : 0;
        stronger[1] += unexplained[i] > coarse[i] ? 1 : 0;
        stronger[2] += coarse[i] > unexplained[i] ? 1 : 0;
    }
    EXPECT_THAT(stronger, testing::Each(testing::Gt(0)));
    EXPECT_GT(std::count_if(context.begin(), context.end(), [](std::uint8_t flags) { return (flags & 2) != 0; }), 100);

    // Objects have the means of these layers.
    const auto objects = nlohmann::json::parse(contents(*this / "more" / "one__two.geojson")).at("features");
    double pixels = 0, fine_sum = 0, structure_sum = 0, fine_known = 0, structure_known = 0;
    for (const auto& object : objects) {
        const auto& facts = object.at("properties");
        pixels += facts.at("pixels").get<double>();
        fine_sum += facts.at("pixels").get<double>() * facts.at("score_fine").get<double>();
        structure_sum += facts.at("pixels").get<double>() * facts.at("structure").get<double>();
    }
    for (std::size_t i = 0; i < mask.size(); ++i) {
        if (mask[i] != 1) continue;
        fine_known += fine[i] / 8.0 - 1.125;
        structure_known += (structure[i] - 1) / 100.0;
    }
    EXPECT_EQ(pixels, std::count(mask.begin(), mask.end(), 1));
    EXPECT_NEAR(fine_sum / fine_known, 1, 1e-6);
    EXPECT_NEAR(structure_sum / structure_known, 1, 1e-6);
}

TEST_F(Products, OutlineWhatTheMaskFlags) {
    const auto mask = open("one__two.nc", "mask");
    ASSERT_NE(mask, nullptr);
    const std::vector<int> flags = samples(*mask, 1);
    const auto flagged = std::count(flags.begin(), flags.end(), 1);
    EXPECT_GT(flagged, 100);
    for (const char* file : {"one__two.gpkg", "one__two.geojson"}) {
        const std::unique_ptr<GDALDataset> dataset(
            GDALDataset::Open((*this / "out" / file).c_str(), GDAL_OF_VECTOR, nullptr, nullptr, nullptr));
        ASSERT_NE(dataset, nullptr) << file;
        OGRLayer* objects = dataset->GetLayerByName("objects");
        ASSERT_NE(objects, nullptr) << file;
        const bool on_globe = objects->GetSpatialRef()->IsGeographic() != 0;
        EXPECT_EQ(on_globe, std::string(file).ends_with("geojson"));
        std::int64_t pixels = 0;
        double last_rank = 1e9;
        for (const auto& feature : *objects) {
            const OGRPolygon& outline = *feature->GetGeometryRef()->toPolygon();
            EXPECT_TRUE(outline.IsValid()) << file << ' ' << feature->GetFID();
            EXPECT_FALSE(outline.getExteriorRing()->isClockwise()) << file << ' ' << feature->GetFID();
            const std::int64_t own = feature->GetFieldAsInteger64("pixels");
            pixels += own;
            EXPECT_NEAR(feature->GetFieldAsDouble("area"), 0.25 * static_cast<double>(own), 1e-6);
            const double rank = feature->GetFieldAsDouble("score") * feature->GetFieldAsDouble("confidence");
            EXPECT_LE(rank, last_rank);
            last_rank = rank;
            if (!on_globe) {
                EXPECT_NEAR(outline.get_Area(), feature->GetFieldAsDouble("area"),
                            0.35 * 0.5 * feature->GetFieldAsDouble("perimeter") + 0.25);
            }
        }
        EXPECT_EQ(pixels, flagged) << file;
    }
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
