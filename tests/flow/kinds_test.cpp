// SPDX-License-Identifier: Apache-2.0
// The same scene in frames of every kind gives the same picture.
#include "flow/small_pair.h"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <gmock/gmock.h>

#include <fstream>

namespace overflight {
namespace {

using testing::HasSubstr;

struct Picture {
    int bands = 0;
    GDALDataType type = GDT_Unknown;
    std::vector<std::vector<double>> samples;
    std::vector<int> quality;
};

class Kinds : public SmallPair {
protected:
    static void SetUpTestSuite() {
        SmallPair::SetUpTestSuite();
        GDALAllRegister();
        CPLSetErrorHandler(CPLQuietErrorHandler);
    }

    /// Frames of the first strip, each through gdal_translate: the pattern that they match.
    std::string translated(const std::string& options, const std::string& ending = "tif") const {
        const std::filesystem::path folder = *this / "frames";
        std::filesystem::remove_all(folder);
        std::filesystem::create_directory(folder);
        for (const auto& entry : std::filesystem::directory_iterator(data() / "one" / "frames")) {
            if (entry.path().extension() != ".tif" || !entry.path().stem().string().starts_with("one_v_01")) continue;
            const auto to = (folder / entry.path().stem()).string() + "." + ending;
            const Outcome made =
                shell(fmt::format("gdal_translate -q {} '{}' '{}'", options, entry.path().string(), to));
            EXPECT_EQ(made.exit_code, 0) << made.text;
        }
        return (folder / ("*." + ending)).string();
    }

    /// The first mission alone, without balance: what goes in comes out.
    Picture mosaic(const std::string& frames, const std::string& more = "") const {
        std::string config = contents(data() / "overflight.toml");
        config.erase(config.find("[[mission]]\nname = \"two\""));
        std::ofstream(data() / "alone.toml") << config;
        const Outcome outcome =
            shell(fmt::format("'{}' run '{}' --progress off --threads 2 --set output.resolution_m=1 --set "
                              "mosaic.balance=none --set mosaic.seams=nadir --set "
                              "'output.folder={}' --set 'mission.0.frames={}' {}",
                              PROGRAM, (data() / "alone.toml").string(), (*this / "out").string(), frames, more));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
        Picture picture;
        const auto layer = [&](const std::string& name) {
            return std::unique_ptr<GDALDataset>(GDALDataset::Open(
                fmt::format("NETCDF:\"{}\":{}", (*this / "out" / "one.nc").string(), name).c_str(), GDAL_OF_RASTER));
        };
        const auto image = layer("image"), quality = layer("quality");
        if (!image || !quality) {
            ADD_FAILURE() << "no product of " << frames;
            return picture;
        }
        const int width = image->GetRasterXSize(), height = image->GetRasterYSize();
        const auto pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
        picture.bands = image->GetRasterCount();
        picture.type = image->GetRasterBand(1)->GetRasterDataType();
        for (int band = 1; band <= picture.bands; ++band) {
            picture.samples.emplace_back(pixels);
            EXPECT_EQ(image->GetRasterBand(band)->RasterIO(GF_Read, 0, 0, width, height, picture.samples.back().data(),
                                                           width, height, GDT_Float64, 0, 0, nullptr),
                      CE_None);
        }
        picture.quality.resize(pixels);
        EXPECT_EQ(quality->GetRasterBand(1)->RasterIO(GF_Read, 0, 0, width, height, picture.quality.data(), width,
                                                      height, GDT_Int32, 0, 0, nullptr),
                  CE_None);
        return picture;
    }

    /// Band k shows what band k modulo 3 of the frames as they were shows, times a factor; of the values that bytes
    /// hold, which is where interpolation in bytes ends.
    static void expect_like(const Picture& found, const Picture& plain, double tolerance, double factor = 1) {
        ASSERT_EQ(found.quality, plain.quality);
        for (int band = 0; band < found.bands; ++band) {
            const auto &a = found.samples[static_cast<std::size_t>(band)],
                       &b = plain.samples[static_cast<std::size_t>(band % 3)];
            double largest = 0;
            for (std::size_t i = 0; i < a.size(); ++i)
                if ((plain.quality[i] & 1) != 0) largest = std::max(largest, std::abs(a[i] / factor - b[i]));
            EXPECT_LE(largest, tolerance) << "band " << band;
        }
    }

    Picture plain() const { return mosaic((data() / "one" / "frames" / "one_v_01_*.tif").string()); }
};

TEST_F(Kinds, OfOneToTenBands) {
    const Picture as_they_are = plain();
    ASSERT_EQ(as_they_are.bands, 3);
    for (const int bands : {1, 2, 4, 5, 8, 10}) {
        std::string options = "-colorinterp_1 undefined";
        for (int band = 0; band < bands; ++band) options += fmt::format(" -b {}", band % 3 + 1);
        const Picture found = mosaic(translated(options));
        EXPECT_EQ(found.bands, bands);
        EXPECT_EQ(found.type, GDT_Byte);
        expect_like(found, as_they_are, 0);
    }
}

TEST_F(Kinds, OfEverySampleType) {
    // bilinear: does not overshoot, which bytes cut off
    const std::string bilinear = "--set mosaic.resampling=bilinear";
    const Picture as_they_are = mosaic((data() / "one" / "frames" / "one_v_01_*.tif").string(), bilinear);
    const Picture words = mosaic(translated("-ot UInt16 -scale 0 255 0 51000"), bilinear);
    EXPECT_EQ(words.type, GDT_UInt16);
    expect_like(words, as_they_are, 1.01, 200); // bytes are rounded twice where two frames blend
    const Picture reals = mosaic(translated("-ot Float32 -scale 0 255 0 0.51"), bilinear);
    EXPECT_EQ(reals.type, GDT_Float32);
    expect_like(reals, as_they_are, 1.01, 0.002);
}

TEST_F(Kinds, OfAnyTilingAndCompression) {
    const Picture as_they_are = plain();
    for (const char* options :
         {"-co TILED=YES -co BLOCKXSIZE=64 -co BLOCKYSIZE=128 -co COMPRESS=LZW -co PREDICTOR=2",
          "-co BLOCKYSIZE=1 -co COMPRESS=DEFLATE", "-co INTERLEAVE=BAND -co COMPRESS=ZSTD",
          "-co TILED=YES -co COMPRESS=LERC_ZSTD", "-co BLOCKYSIZE=320 -co COMPRESS=PACKBITS", "-co BIGTIFF=YES"})
        expect_like(mosaic(translated(options)), as_they_are, 0);
    expect_like(mosaic(translated("-of PNG", "png")), as_they_are, 0);
    expect_like(mosaic(translated("-of JP2OpenJPEG -co REVERSIBLE=YES -co QUALITY=100", "jp2")), as_they_are, 0);
    expect_like(mosaic(translated("-of ENVI", "bsq")), as_they_are, 0);

    const Picture lossy = mosaic(translated("-of JPEG -co QUALITY=95", "jpg"));
    ASSERT_EQ(lossy.quality, as_they_are.quality);
    double sum = 0;
    for (std::size_t i = 0; i < lossy.samples[1].size(); ++i)
        sum += std::abs(lossy.samples[1][i] - as_they_are.samples[1][i]);
    EXPECT_LT(sum / static_cast<double>(lossy.samples[1].size()), 3);
}

TEST_F(Kinds, WithGeoreferencingThatMisleads) {
    const Picture as_they_are = plain();
    expect_like(mosaic(translated("-a_srs EPSG:4326 -a_ullr 7 50 7.001 49.999")), as_they_are, 0);
    expect_like(mosaic(translated("-a_srs EPSG:32701 -gcp 0 0 1 2 -gcp 400 0 3 2 -gcp 0 320 1 5")), as_they_are, 0);
}

/// A quarter of each frame is no data; by a tag, a mask and an alpha band in turn.
TEST_F(Kinds, WithNodataMasksAndAlpha) {
    const auto script = *this / "hide.py";
    std::ofstream(script) << R"(
import glob, os, sys
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
source, folder, how = sys.argv[1:]
os.makedirs(folder)
for path in sorted(glob.glob(source + "/*.tif")):
    image = gdal.Open(path).ReadAsArray()
    image[image == 0] = 1
    hidden = np.zeros(image.shape[1:], bool)
    hidden[:160, :200] = True
    bands = 4 if how == "alpha" else 3
    if how == "internal": gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
    to = gdal.GetDriverByName("GTiff").Create(folder + "/" + os.path.basename(path), 400, 320, bands, gdal.GDT_Byte,
                                              ["ALPHA=YES"] if how == "alpha" else [])
    if how == "nodata": image[:, hidden] = 0
    for band in range(3):
        to.GetRasterBand(band + 1).WriteArray(image[band])
        if how == "nodata": to.GetRasterBand(band + 1).SetNoDataValue(0)
    if how == "alpha": to.GetRasterBand(4).WriteArray(np.where(hidden, 0, 255).astype(np.uint8))
    if how in ("internal", "external"):
        to.CreateMaskBand(gdal.GMF_PER_DATASET)
        to.GetRasterBand(1).GetMaskBand().WriteArray(np.where(hidden, 0, 255).astype(np.uint8))
    to = None
)";
    Picture first;
    for (const char* how : {"nodata", "internal", "external", "alpha"}) {
        const auto folder = *this / (std::string("hidden_") + how);
        const Outcome made = shell(fmt::format("/usr/bin/python3 '{}' '{}' '{}' {}", script.string(),
                                               (data() / "one/frames").string(), folder.string(), how));
        if (made.text.find("ModuleNotFoundError") != std::string::npos) GTEST_SKIP() << made.text;
        ASSERT_EQ(made.exit_code, 0) << made.text;
        const Picture found = mosaic((folder / "*.tif").string());
        EXPECT_EQ(found.bands, 3) << how;
        if (first.bands == 0) {
            first = found;
            const auto seen = std::count_if(first.quality.begin(), first.quality.end(), [](int q) { return q & 1; });
            EXPECT_GT(seen, 0.5 * 300 * 240); // what one frame hides, another may show
            EXPECT_LT(seen, 0.99 * 300 * 240);
        } else {
            expect_like(found, first, 0);
        }
    }
}

/// Runs lines of Python on every frame of the first strip, open for writing as `frame`.
void edit_frames(const std::filesystem::path& folder, const std::string& lines) {
    const std::string script = fmt::format("from osgeo import gdal\n"
                                           "import glob, numpy\n"
                                           "for name in sorted(glob.glob('{}/*.tif')):\n"
                                           "    frame = gdal.Open(name, gdal.GA_Update)\n"
                                           "{}",
                                           folder.string(), lines);
    const Outcome outcome = shell(fmt::format("/usr/bin/python3 -c \"{}\"", script));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.text;
}

TEST_F(Kinds, OfFloatsWithoutNumbersHaveNoDataThere) {
    const auto holes = [&](const char* value, const std::string& options) {
        const std::string frames = translated("-ot Float32 " + options);
        edit_frames(*this / "frames", fmt::format("    samples = frame.GetRasterBand(2).ReadAsArray()\n"
                                                  "    samples[60:160, 100:220] = {}\n"
                                                  "    frame.GetRasterBand(2).WriteArray(samples)\n"
                                                  "    frame = None\n",
                                                  value));
        return mosaic(frames);
    };
    const Picture tagged = holes("-9999", "-a_nodata -9999"), as_they_are = plain();
    const auto shown = [](const Picture& picture) {
        return std::count_if(picture.quality.begin(), picture.quality.end(), [](int flags) { return flags != 0; });
    };
    EXPECT_LT(shown(tagged), shown(as_they_are));
    for (const char* value : {"numpy.nan", "numpy.inf", "-numpy.inf"}) expect_like(holes(value, ""), tagged, 0);
}

TEST_F(Kinds, OfNamedBandsInAnotherOrderAreSorted) {
    const Picture as_they_are = plain();
    translated("");
    edit_frames(*this / "frames", "    if name.endswith('001.tif'): continue\n"
                                  "    samples = frame.ReadAsArray()\n"
                                  "    for k in range(3):\n"
                                  "        frame.GetRasterBand(k + 1).WriteArray(samples[2 - k])\n"
                                  "        frame.GetRasterBand(k + 1).SetDescription(['blue', 'green', 'red'][k])\n"
                                  "    frame = None\n");
    expect_like(mosaic((*this / "frames" / "*.tif").string()), as_they_are, 0);
}

TEST_F(Kinds, MasksBesideFramesAreNoFrames) {
    const Picture as_they_are = plain();
    translated("");
    edit_frames(*this / "frames", "    frame.CreateMaskBand(gdal.GMF_PER_DATASET)\n"
                                  "    frame.GetRasterBand(1).GetMaskBand().Fill(255)\n"
                                  "    frame = None\n");
    ASSERT_TRUE(std::filesystem::exists(*this / "frames" / "one_v_01_001.tif.msk"));
    expect_like(mosaic((*this / "frames" / "*").string()), as_they_are, 0);
}

TEST_F(Kinds, BlackThatIsSeenIsNoHole) {
    translated("");
    edit_frames(*this / "frames", "    for k in range(3): frame.GetRasterBand(k + 1).Fill(0)\n"
                                  "    frame = None\n");
    const Picture black = mosaic((*this / "frames" / "*.tif").string());
    for (const auto& band : black.samples)
        for (std::size_t i = 0; i < band.size(); ++i) ASSERT_EQ(band[i], black.quality[i] & 1);
}

TEST_F(Kinds, ThatLeadElsewhereAreRefused) {
    const auto frame = data() / "one/frames/one_v_01_001.tif";
    std::filesystem::create_directory(*this / "frames");
    shell(fmt::format("gdal_translate -q -of VRT '{}' '{}'", frame.string(),
                      (*this / "frames/one_v_01_001.vrt").string()));
    for (const std::string& frames : {(*this / "frames/*.vrt").string(), std::string("/vsicurl/http://localhost/a.tif"),
                                      std::string("http://localhost/a.tif"), "/vsizip/" + frame.string()}) {
        const Outcome outcome = run("refused", fmt::format("--set 'mission.0.frames={}'", frames));
        EXPECT_EQ(outcome.exit_code, 2) << frames;
        EXPECT_THAT(outcome.text, testing::AnyOf(HasSubstr("run.allow_remote = true lets it be read"),
                                                 HasSubstr("no file"), HasSubstr("is not a local file")));
        EXPECT_FALSE(std::filesystem::exists(*this / "refused"));
    }
    // allowed where the config says so
    std::filesystem::remove_all(*this / "frames");
    const Picture as_they_are = plain();
    expect_like(mosaic(translated("-of VRT", "vrt"), "--set run.allow_remote=true"), as_they_are, 0);
    const Outcome packed = shell(fmt::format("cd '{}' && /usr/bin/python3 -m zipfile -c '{}' one_*.tif",
                                             (data() / "one/frames").string(), (*this / "frames.zip").string()));
    ASSERT_EQ(packed.exit_code, 0) << packed.text;
    std::string packed_frames;
    for (const auto& entry : std::filesystem::directory_iterator(data() / "one/frames"))
        if (entry.path().extension() == ".tif" && entry.path().stem().string().starts_with("one_v_01"))
            packed_frames += fmt::format("{}\"/vsizip/{}/{}\"", packed_frames.empty() ? "[" : ", ",
                                         (*this / "frames.zip").string(), entry.path().filename().string());
    expect_like(mosaic(packed_frames + "]", "--set run.allow_remote=true"), as_they_are, 0);
}

TEST_F(Kinds, OfResamplingDifferButLittleAndTheWidenedKernelIsSmoother) {
    const std::string frames = (data() / "one" / "frames" / "one_v_01_*.tif").string();
    const auto roughness = [](const Picture& picture) {
        double sum = 0;
        std::size_t count = 0;
        for (std::size_t i = 1; i < picture.quality.size(); ++i) {
            if ((picture.quality[i] & picture.quality[i - 1] & 1) == 0) continue;
            sum += std::abs(picture.samples[0][i] - picture.samples[0][i - 1]);
            ++count;
        }
        return sum / static_cast<double>(count);
    };
    std::map<std::string, Picture> by_kernel;
    for (const char* kernel : {"nearest", "bilinear", "cubic", "lanczos"}) {
        by_kernel[kernel] = mosaic(frames, fmt::format("--set mosaic.resampling={}", kernel));
        EXPECT_EQ(by_kernel[kernel].quality, by_kernel["nearest"].quality) << kernel;
    }
    EXPECT_NE(by_kernel["bilinear"].samples, by_kernel["cubic"].samples);
    EXPECT_NE(by_kernel["lanczos"].samples, by_kernel["cubic"].samples);
    EXPECT_LT(roughness(by_kernel["bilinear"]), roughness(by_kernel["nearest"]));
    const Picture wide = mosaic(frames, "--set output.resolution_m=2"),
                  narrow = mosaic(frames, "--set output.resolution_m=2 --set mosaic.widen=false");
    EXPECT_LT(roughness(wide), roughness(narrow));
}

} // namespace
} // namespace overflight
