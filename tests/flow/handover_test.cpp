// SPDX-License-Identifier: Apache-2.0
// What a run leaves behind goes to other programs and is proved, by the built program from end to end.
#include "flow/small_pair.h"
#include "io/product.h"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <gmock/gmock.h>

#include <fstream>
#include <random>

namespace overflight {
namespace {

using testing::HasSubstr;

class Handover : public SmallPair {
protected:
    void SetUp() override { ASSERT_EQ(run("out").exit_code, 0); }

    std::filesystem::path product(const std::string& name) const { return *this / "out" / name; }

    static Outcome program(const std::string& arguments) { return shell(fmt::format("'{}' {}", PROGRAM, arguments)); }

    Outcome verify(const std::string& name) const {
        return program(fmt::format("verify '{}' --inputs", product(name).string()));
    }

    static void write(const std::filesystem::path& file, const std::string& text) {
        std::ofstream(file, std::ios::binary) << text;
    }
};

TEST_F(Handover, VerifiesEveryProductOfARun) {
    for (const char* name : {"one.nc", "two.nc", "one__two.nc"}) {
        const Outcome outcome = verify(name);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
        EXPECT_THAT(outcome.text, HasSubstr("ok       file"));
        EXPECT_THAT(outcome.text, HasSubstr("ok       content"));
    }
}

TEST_F(Handover, CatchesAFlippedBitAnywhere) {
    std::mt19937 random(5);
    const auto flipped = [&](std::string text) {
        const std::size_t at = random() % text.size();
        text[at] = static_cast<char>(text[at] ^ (1 << random() % 8));
        return text;
    };
    for (const char* name : {"one.nc", "one__two.nc", "run.log"}) {
        const std::string sound = contents(product(name));
        for (int i = 0; i < 10; ++i) {
            write(product(name), flipped(sound));
            EXPECT_EQ(verify(name == std::string("run.log") ? "one.nc" : name).exit_code, 1) << name << ' ' << i;
        }
        write(product(name), sound);
    }
    EXPECT_EQ(verify("one.nc").exit_code, 0);
}

TEST_F(Handover, CatchesAReplacedInput) {
    const std::filesystem::path frames_copy = copy_of_frames();
    ASSERT_EQ(run("copied", frames(frames_copy)).exit_code, 0);
    const std::string mosaic = (*this / "copied" / "one.nc").string();
    EXPECT_EQ(program(fmt::format("verify '{}' --inputs", mosaic)).exit_code, 0);
    const std::filesystem::path frame = *std::filesystem::directory_iterator(frames_copy);
    write(frame, contents(frame) + "x");
    const Outcome outcome = program(fmt::format("verify '{}' --inputs", mosaic));
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.text, HasSubstr("DIFFERS  input " + frame.filename().string()));
    EXPECT_EQ(program(fmt::format("verify '{}'", mosaic)).exit_code, 0); // the product itself is sound
}

TEST_F(Handover, VerifiesProductsAfterARunThatEndedBeforeItsWork) {
    // it waits for the folder's lock, which this shell holds, when it is stopped
    const Outcome stopped = shell(fmt::format(
        "exec 9>>'{0}'; flock 9\n"
        "'{1}' run '{2}' --progress off --set 'output.folder={3}' 9>&- &\n"
        "id=$!\n"
        "while kill -0 $id 2>/dev/null && ! ls -l /proc/$id/fd 2>/dev/null | grep -q /lock$; do sleep 0.01; "
        "done\n"
        "kill -TERM $id; wait $id",
        product(".work/lock").string(), PROGRAM, (data() / "overflight.toml").string(), (*this / "out").string()));
    EXPECT_EQ(stopped.exit_code, 130) << stopped.text;
    EXPECT_EQ(report("out")["outcome"], "stopped on request");
    const Outcome outcome = verify("one.nc");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
}

TEST_F(Handover, CatchesAPictureOfAnotherProduct) {
    const std::string picture = contents(product("one.png"));
    write(product("one.png"), contents(product("two.png")));
    const Outcome outcome = verify("one.nc");
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.text, HasSubstr("DIFFERS  one.png"));
    ASSERT_EQ(run("out").exit_code, 0);
    EXPECT_TRUE(contents(product("one.png")) == picture);
    EXPECT_EQ(verify("one.nc").exit_code, 0);
}

TEST_F(Handover, FindsNoDifferenceBetweenThreadCountsAndCodecs) {
    ASSERT_EQ(run("one_thread", "--threads 1 --set output.compression=none").exit_code, 0);
    // a change product names its mosaics by the hashes of their files, which compression changes
    for (const char* name : {"one.nc", "one__two.nc"}) {
        const Outcome same =
            program(fmt::format("diff '{}' '{}'", product(name).string(), (*this / "one_thread" / name).string()));
        EXPECT_EQ(same.exit_code, name == std::string("one.nc") ? 0 : 1) << same.text;
    }
    const Outcome other =
        program(fmt::format("diff '{}' '{}'", product("one.nc").string(), product("two.nc").string()));
    EXPECT_EQ(other.exit_code, 1);
    EXPECT_THAT(other.text, HasSubstr("image"));
}

TEST_F(Handover, ExportsTheSamePixels) {
    GDALAllRegister();
    for (const char* layer : {"image", "source_frame", "ground_sampling_distance"}) {
        ASSERT_EQ(program(fmt::format("export '{}' --to cog --layer {}", product("one.nc").string(), layer)).exit_code,
                  0);
        const std::unique_ptr<GDALDataset> tiff(
            GDALDataset::Open(product(fmt::format("one.{}.tif", layer)).c_str(), GDAL_OF_RASTER));
        ASSERT_NE(tiff, nullptr);
        const ProductReader reader(product("one.nc"));
        const LayerSpec& spec = *reader.find(layer);
        const RasterShape shape = layer_shape(spec, reader.grid());
        ASSERT_EQ(tiff->GetRasterXSize(), shape.width);
        ASSERT_EQ(tiff->GetRasterYSize(), shape.height);
        const GDALDataType type = spec.type == LayerType::u8    ? GDT_Byte
                                  : spec.type == LayerType::u16 ? GDT_UInt16
                                                                : GDT_Float32;
        const int width = static_cast<int>(shape.width), height = static_cast<int>(shape.height);
        for (int band = 0; band < spec.bands; ++band) {
            std::vector<std::byte> ours(static_cast<std::size_t>(shape.width * shape.height) *
                                        layer_type_size(spec.type)),
                theirs(ours.size());
            reader.read_window(layer, band, {0, 0, width, height}, ours);
            ASSERT_EQ(tiff->GetRasterBand(band + 1)->RasterIO(GF_Read, 0, 0, width, height, theirs.data(), width,
                                                              height, type, 0, 0, nullptr),
                      CE_None);
            EXPECT_TRUE(ours == theirs) << layer << ' ' << band;
        }
    }
}

TEST_F(Handover, ExportsTheRest) {
    for (const char* format : {"png", "gpkg", "geojson", "kml"})
        EXPECT_EQ(program(fmt::format("export '{}' --to {}", product("one.nc").string(), format)).exit_code, 0)
            << format;
    const Outcome catalogue = program(fmt::format("export '{}' --to stac", (*this / "out").string()));
    EXPECT_EQ(catalogue.exit_code, 0) << catalogue.text;
    EXPECT_THAT(catalogue.text, HasSubstr("one__two"));
}

TEST_F(Handover, ReadsInPythonAsTheReadmeSays) {
    if (shell("/usr/bin/python3 -c 'import xarray, rasterio, h5netcdf'").exit_code != 0)
        GTEST_SKIP() << "xarray, rasterio or h5netcdf is not installed";
    const std::string readme = contents(README);
    const std::size_t from = readme.find("```python\n") + 10, to = readme.find("```", from);
    ASSERT_LT(to, readme.size());
    write(*this / "example.py", readme.substr(from, to - from));
    std::filesystem::create_directory(*this / "there");
    std::filesystem::create_directory_symlink(*this / "out", *this / "there" / "out");
    std::filesystem::create_symlink("one.nc", product("2015.nc"));
    std::filesystem::create_symlink("one__two.nc", product("2015__2016.nc"));
    const Outcome outcome =
        shell(fmt::format("cd '{}' && /usr/bin/python3 -W ignore ../example.py", (*this / "there").string()));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
    const ProductReader change(product("one__two.nc"));
    std::vector<std::uint8_t> mask(600 * 480);
    change.read_window("mask", 0, {0, 0, 600, 480}, std::as_writable_bytes(std::span(mask)));
    const auto changed = std::count(mask.begin(), mask.end(), 1);
    EXPECT_THAT(outcome.text, HasSubstr(fmt::format("{:.0f} m2 changed", static_cast<double>(changed) * 0.25)));
    EXPECT_THAT(outcome.text, HasSubstr("EPSG:32633"));
}

} // namespace
} // namespace overflight
