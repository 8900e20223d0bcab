// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"
#include "core/quality.h"
#include "handover/export.h"
#include "io/hash.h"
#include "io/run_log.h"
#include "io/sample_product.h"
#include "io/sidecar.h"
#include "support/temporary_folder.h"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <ogrsf_frmts.h>
#include <sys/wait.h>

#include <array>
#include <cstring>
#include <fstream>
#include <limits>

// GDAL's own readers, and its validator, on what is exported.
namespace overflight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Dataset = std::unique_ptr<GDALDataset, decltype(&GDALClose)>;

Dataset open(const std::filesystem::path& path, unsigned kind) {
    GDALAllRegister();
    return {static_cast<GDALDataset*>(GDALOpenEx(path.c_str(), kind, nullptr, nullptr, nullptr)), GDALClose};
}

nlohmann::json json_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return nlohmann::json::parse(file);
}

std::string complaints_of_validator(const std::filesystem::path& path) {
    const std::string command = fmt::format(
        "/usr/bin/python3 -m osgeo_utils.samples.validate_cloud_optimized_geotiff --full-check=yes '{}' 2>&1",
        path.string());
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::string text;
    char block[4096];
    while (const std::size_t count = std::fread(block, 1, sizeof block, pipe)) text.append(block, count);
    const int status = ::pclose(pipe);
    const bool valid = WIFEXITED(status) && WEXITSTATUS(status) == 0 && text.find("warning") == std::string::npos &&
                       text.find("is a valid cloud optimized GeoTIFF") != std::string::npos;
    return valid ? "" : text;
}

class Export : public testing::Test {
protected:
    Export() {
        sample.frames = {{TableColumn::Type::text, "name", "", "", {"a.tif", "b & <c>.tif"}, {}, {}},
                         {TableColumn::Type::real, "z", "m", "", {}, {120.5, std::nan("")}, {}},
                         {TableColumn::Type::integer, "count", "", "", {}, {}, {-1, std::int64_t{1} << 60}},
                         {TableColumn::Type::text,
                          "footprint",
                          "",
                          "",
                          {"POLYGON ((512345.5 1234500, 512400 1234500, 512400 1234560, 512345.5 1234500))", ""},
                          {},
                          {}}};
        write_product(product, sample, Codec::deflate);
    }

    std::vector<std::filesystem::path> make(const std::string& format, const std::string& layer = "") {
        return export_product({product, format, layer, {}, "2015-06-01T10:00:00Z"});
    }

    static constexpr int width = 640, height = 530;
    TemporaryFolder folder;
    std::filesystem::path product = folder / "m.nc";
    SampleProduct sample = sample_product(width, height);
};

TEST_F(Export, CloudOptimisedGeoTiffHoldsTheSameSamplesOfEveryLayer) {
    for (const LayerSpec& layer : sample.layers) {
        const auto paths = make("cog", layer.name);
        ASSERT_THAT(paths, ElementsAre(folder / ("m." + layer.name + ".tif")));
        if (layer.name == "image" || layer.name == "ratio") {
            EXPECT_EQ(complaints_of_validator(paths.front()), "") << layer.name;
        }
        const Dataset tiff = open(paths.front(), GDAL_OF_RASTER);
        ASSERT_TRUE(tiff);
        const RasterShape shape = layer_shape(layer, sample.grid);
        ASSERT_EQ(tiff->GetRasterXSize(), shape.width);
        ASSERT_EQ(tiff->GetRasterYSize(), shape.height);
        ASSERT_EQ(tiff->GetRasterCount(), layer.bands);
        std::vector<std::byte> samples(sample.samples[layer.name].size());
        const std::size_t plane = samples.size() / static_cast<std::size_t>(layer.bands);
        for (int band = 0; band < layer.bands; ++band) {
            GDALRasterBand* read = tiff->GetRasterBand(band + 1);
            ASSERT_EQ(read->RasterIO(GF_Read, 0, 0, tiff->GetRasterXSize(), tiff->GetRasterYSize(),
                                     samples.data() + plane * static_cast<std::size_t>(band), tiff->GetRasterXSize(),
                                     tiff->GetRasterYSize(), read->GetRasterDataType(), 0, 0),
                      CE_None);
        }
        EXPECT_EQ(samples, sample.samples[layer.name]) << layer.name;
        double transform[6];
        ASSERT_EQ(tiff->GetGeoTransform(transform), CE_None);
        const double spacing = sample.grid.resolution * layer.step;
        EXPECT_THAT(transform, ElementsAre(sample.grid.west, spacing, 0, sample.grid.north, 0, -spacing));
        EXPECT_STREQ(tiff->GetSpatialRef()->GetAuthorityCode(nullptr), "32651");
    }
}

TEST_F(Export, CloudOptimisedGeoTiffHasOverviewsBandNamesNodataAndScale) {
    make("cog");
    const Dataset image = open(folder / "m.image.tif", GDAL_OF_RASTER);
    EXPECT_EQ(image->GetRasterBand(1)->GetOverviewCount(), 1); // 640 -> 320
    EXPECT_STREQ(image->GetRasterBand(3)->GetDescription(), "near infrared");
    EXPECT_EQ(image->GetRasterBand(1)->GetColorInterpretation(), GCI_RedBand);
    make("cog", "score");
    const Dataset score = open(folder / "m.score.tif", GDAL_OF_RASTER);
    int has = 0;
    EXPECT_EQ(score->GetRasterBand(1)->GetNoDataValue(&has), 65535);
    EXPECT_TRUE(has);
    EXPECT_DOUBLE_EQ(score->GetRasterBand(1)->GetScale(nullptr), 0.001);
}

TEST_F(Export, CloudOptimisedGeoTiffKeepsAValidZeroApartFromNodata) {
    make("cog");
    const Dataset image = open(folder / "m.image.tif", GDAL_OF_RASTER);
    GDALRasterBand* band = image->GetRasterBand(1);
    EXPECT_EQ(band->GetMaskFlags(), GMF_PER_DATASET);
    int has = 1;
    band->GetNoDataValue(&has);
    EXPECT_FALSE(has);
    std::vector<std::uint8_t> mask(std::size_t{width} * height);
    ASSERT_EQ(band->GetMaskBand()->RasterIO(GF_Read, 0, 0, width, height, mask.data(), width, height, GDT_Byte, 0, 0),
              CE_None);
    std::size_t wrong = 0, valid = 0;
    for (std::size_t i = 0; i < mask.size(); ++i) {
        const bool expected = (sample.samples["quality"][i] & std::byte{quality::valid}) != std::byte{0};
        wrong += mask[i] != (expected ? 255 : 0);
        valid += expected;
    }
    EXPECT_EQ(wrong, 0u);
    EXPECT_GT(valid, 0u);
    EXPECT_LT(valid, mask.size());
}

TEST_F(Export, SameProductSameBytes) {
    for (const std::string& format : export_formats()) {
        const auto first = make(format);
        std::vector<std::string> hashes;
        for (const auto& path : first) hashes.push_back(sha256_of_file(path));
        make(format);
        for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(sha256_of_file(first[i]), hashes[i]) << first[i];
    }
}

TEST_F(Export, PngShowsInvalidPixelsTransparentAndHasAWorldFile) {
    EXPECT_THAT(make("png"), ElementsAre(folder / "m.image.png", folder / "m.image.pgw"));
    const Dataset png = open(folder / "m.image.png", GDAL_OF_RASTER);
    ASSERT_EQ(png->GetRasterCount(), 4);
    std::vector<std::uint8_t> red(std::size_t{width} * height), alpha(std::size_t{width} * height);
    for (const auto& [number, out] : {std::pair{1, &red}, {4, &alpha}})
        ASSERT_EQ(png->GetRasterBand(number)->RasterIO(GF_Read, 0, 0, width, height, out->data(), width, height,
                                                       GDT_Byte, 0, 0),
                  CE_None);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < red.size(); ++i) {
        const bool valid = (sample.samples["quality"][i] & std::byte{quality::valid}) != std::byte{0};
        wrong += alpha[i] != (valid ? 255 : 0) || (valid && std::byte{red[i]} != sample.samples["image"][i]);
    }
    EXPECT_EQ(wrong, 0u);
    double transform[6];
    ASSERT_EQ(png->GetGeoTransform(transform), CE_None);
    EXPECT_THAT(transform, ElementsAre(sample.grid.west, 0.25, 0, sample.grid.north, 0, -0.25));
}

TEST_F(Export, PngOfEveryKindOfLayerCanBeMade) {
    for (const LayerSpec& layer : sample.layers) {
        make("png", layer.name);
        const Dataset png = open(folder / ("m." + layer.name + ".png"), GDAL_OF_RASTER);
        ASSERT_TRUE(png) << layer.name;
        EXPECT_EQ(png->GetRasterXSize(), layer_shape(layer, sample.grid).width);
    }
}

TEST_F(Export, PngOfALayerThatHardlyVariesCanBeMade) {
    std::erase_if(sample.layers, [](const LayerSpec& layer) { return layer.name != "ratio"; });
    const float infinite = std::numeric_limits<float>::infinity();
    for (const float level : {0.0F, 32.0F, 100.0F, -3e9F, std::numeric_limits<float>::max(), infinite}) {
        std::vector<std::byte>& samples = sample.samples["ratio"];
        for (std::size_t at = 0; at < samples.size(); at += sizeof level)
            std::memcpy(samples.data() + at, &level, sizeof level);
        write_product(product, sample, Codec::deflate);
        make("png", "ratio");
        const Dataset png = open(folder / "m.ratio.png", GDAL_OF_RASTER);
        ASSERT_TRUE(png) << level;
        std::array<std::uint8_t, 4> colour{};
        ASSERT_EQ(png->RasterIO(GF_Read, 100, 100, 1, 1, colour.data(), 1, 1, GDT_Byte, 4, nullptr, 4, 4, 1, nullptr),
                  CE_None);
        if (level < infinite) {
            EXPECT_THAT(colour, ElementsAre(68, 1, 84, 255)) << level;
        }
    }
}

TEST_F(Export, GeoPackageHoldsTheFramesInTheCrsOfTheProduct) {
    make("gpkg");
    const Dataset package = open(folder / "m.gpkg", GDAL_OF_VECTOR);
    ASSERT_TRUE(package);
    OGRLayer* frames = package->GetLayerByName("frames");
    ASSERT_TRUE(frames);
    ASSERT_EQ(frames->GetFeatureCount(), 2);
    EXPECT_STREQ(frames->GetSpatialRef()->GetAuthorityCode(nullptr), "32651");
    const std::unique_ptr<OGRFeature> first(frames->GetNextFeature()), second(frames->GetNextFeature());
    EXPECT_STREQ(second->GetFieldAsString("name"), "b & <c>.tif");
    EXPECT_EQ(first->GetFieldAsDouble("z"), 120.5);
    EXPECT_FALSE(second->IsFieldSetAndNotNull(second->GetFieldIndex("z")));
    EXPECT_EQ(second->GetFieldAsInteger64("count"), std::int64_t{1} << 60);
    OGREnvelope envelope;
    first->GetGeometryRef()->getEnvelope(&envelope);
    EXPECT_EQ(envelope.MinX, 512345.5);
    EXPECT_EQ(envelope.MaxY, 1234560);
    EXPECT_EQ(second->GetGeometryRef(), nullptr);
}

TEST_F(Export, GeoJsonAndKmlAreInLongitudeAndLatitude) {
    make("geojson", "frames");
    const auto features = json_of(folder / "m.geojson")["features"];
    ASSERT_EQ(features.size(), 2u);
    // By Krueger's series for UTM zone 51.
    const auto point = features[0]["geometry"]["coordinates"][0][0];
    EXPECT_NEAR(point[0].get<double>(), 123.113073, 2e-6);
    EXPECT_NEAR(point[1].get<double>(), 11.167478, 2e-6);
    EXPECT_EQ(features[1]["properties"]["name"], "b & <c>.tif");
    make("kml");
    const Dataset kml = open(folder / "m.kml", GDAL_OF_VECTOR);
    ASSERT_TRUE(kml);
    EXPECT_EQ(kml->GetLayer(0)->GetFeatureCount(), 2);
}

TEST_F(Export, StacItemHasWhatTheSpecificationAsksFor) {
    EXPECT_THAT(make("stac"), ElementsAre(folder / "stac/catalog.json", folder / "stac/m/m.json"));
    const auto catalog = json_of(folder / "stac/catalog.json");
    EXPECT_EQ(catalog["type"], "Catalog");
    EXPECT_EQ(catalog["stac_version"], "1.0.0");
    for (const char* key : {"id", "description", "links"}) EXPECT_TRUE(catalog.contains(key)) << key;
    const auto item = json_of(folder / "stac/m/m.json");
    EXPECT_EQ(item["type"], "Feature");
    for (const char* key :
         {"stac_version", "stac_extensions", "id", "geometry", "bbox", "properties", "links", "assets"})
        EXPECT_TRUE(item.contains(key)) << key;
    EXPECT_EQ(item["properties"]["datetime"], "2015-06-01T10:00:00Z");
    EXPECT_EQ(item["properties"]["proj:code"], "EPSG:32651");
    EXPECT_EQ(item["properties"]["proj:shape"], (std::vector<int>{height, width}));
    EXPECT_EQ(item["properties"]["proj:transform"], (std::vector<double>{0.25, 0, 512345.5, 0, -0.25, 1234567.75}));
    const auto ring = item["geometry"]["coordinates"][0];
    EXPECT_EQ(ring.front(), ring.back());
    double area = 0; // counter-clockwise by RFC 7946
    for (std::size_t i = 0; i + 1 < ring.size(); ++i)
        area += ring[i][0].get<double>() * ring[i + 1][1].get<double>() -
                ring[i + 1][0].get<double>() * ring[i][1].get<double>();
    EXPECT_GT(area, 0);
    for (const auto& point : ring) {
        EXPECT_LE(item["bbox"][0], point[0]);
        EXPECT_GE(item["bbox"][3], point[1]);
    }
    const auto asset = item["assets"]["product"];
    EXPECT_TRUE(std::filesystem::equivalent(folder / "stac/m" / asset["href"].get<std::string>(), product));
    EXPECT_EQ(asset["file:size"], std::filesystem::file_size(product));
    EXPECT_EQ(asset["file:checksum"], "1220" + sha256_of_file(product));
    for (const auto& link : catalog["links"])
        EXPECT_TRUE(std::filesystem::exists(folder / "stac" / link["href"].get<std::string>())) << link;
}

TEST_F(Export, StacItemSaysItsSamplingDistanceInMetres) {
    EXPECT_DOUBLE_EQ(json_of(make("stac").back())["properties"]["gsd"], 0.25);
    write_product(folder / "f.nc", sample_product(width, height, 2263), Codec::deflate); // US survey feet
    const auto paths = export_product({folder / "f.nc", "stac", "", folder / "feet", "2015-06-01T10:00:00Z"});
    const auto properties = json_of(paths.back())["properties"];
    EXPECT_DOUBLE_EQ(properties["gsd"], 0.25 * 1200 / 3937);
    EXPECT_EQ(properties["proj:transform"][0], 0.25) << "in units of the CRS";
}

TEST_F(Export, StacItemIsOfWhenFramesWereTaken) {
    SampleProduct dated = sample_product(width, height);
    dated.frames.push_back(
        {TableColumn::Type::text, "captured", "", "", {"2015-06-30T10:15:09Z", "", "2015-06-30T10:12:00Z"}, {}, {}});
    write_product(folder / "t.nc", dated, Codec::deflate);
    export_product({folder / "t.nc", "stac", "", folder / "stac", ""});
    const auto properties = json_of(folder / "stac/t/t.json")["properties"];
    EXPECT_EQ(properties["datetime"], "2015-06-30T10:12:00Z");
    EXPECT_EQ(properties["start_datetime"], "2015-06-30T10:12:00Z");
    EXPECT_EQ(properties["end_datetime"], "2015-06-30T10:15:09Z");
    EXPECT_FALSE(properties.contains("description"));
    EXPECT_TRUE(properties["proj:wkt2"].get<std::string>().starts_with("PROJCRS["));
}

TEST_F(Export, StacCatalogueKeepsItemsOfEarlierExports) {
    make("stac");
    std::filesystem::copy(product, folder / "n.nc");
    export_product({folder / "n.nc", "stac", "", folder / "stac", "2015-06-01T10:00:00Z"});
    std::vector<std::string> items;
    const auto catalog = json_of(folder / "stac/catalog.json");
    for (const auto& link : catalog["links"])
        if (link["rel"] == "item") items.push_back(link["href"]);
    EXPECT_THAT(items, ElementsAre("./m/m.json", "./n/n.json"));
    const auto whole_folder = export_product({folder.path(), "stac", "", {}, "2015-06-01T10:00:00Z"});
    EXPECT_EQ(whole_folder.size(), 3u);
}

TEST_F(Export, RefusesWhatIsNotThere) {
    const auto message = [&](const ExportRequest& request) -> std::string {
        try {
            export_product(request);
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_THAT(message({product, "cog", "colour", {}, ""}),
                HasSubstr("there is no layer \"colour\"; there are image, "));
    EXPECT_THAT(message({product, "gpkg", "objects", {}, ""}), HasSubstr("there are frames"));
    EXPECT_THAT(message({product, "stac", "", {}, ""}), HasSubstr("give --datetime"));
    EXPECT_THAT(message({folder / "absent.nc", "cog", "", {}, ""}), HasSubstr("there is no such file"));
    EXPECT_THROW(export_product({product, "cog", "", "/absent/folder/x.tif", ""}), RunError);
    EXPECT_THAT(message({product, "cog", "", product, ""}), HasSubstr("with --to cog the file to write ends in .tif"));
    EXPECT_THAT(message({product, "kml", "", folder / "my.toml", ""}), HasSubstr("ends in .kml"));
}

} // namespace
} // namespace overflight
