// SPDX-License-Identifier: Apache-2.0
#include "io/frame_cache.h"
#include "support/temporary_folder.h"

#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <map>
#include <thread>

namespace overflight {
namespace {

/// A frame whose samples tell their own place: band + 3 column + 7 row, cut to the type.
template <typename Sample>
Sample expected(int band, std::int64_t col, std::int64_t row) {
    return static_cast<Sample>((band * 50 + 3 * col + 7 * row) % 251);
}

struct Kind {
    const char* name;
    GDALDataType type;
    int bands;
    std::vector<const char*> options;
};

template <typename Sample>
std::filesystem::path write_frame(const std::filesystem::path& path, const char* driver, GDALDataType type, int width,
                                  int height, int bands, std::vector<const char*> options, double nodata = -1) {
    std::vector<char*> list;
    for (const char* option : options) list.push_back(const_cast<char*>(option));
    list.push_back(nullptr);
    GDALDataset* dataset =
        GetGDALDriverManager()->GetDriverByName(driver)->Create(path.c_str(), width, height, bands, type, list.data());
    std::vector<Sample> line(static_cast<std::size_t>(width));
    for (int band = 0; band < bands; ++band) {
        if (nodata >= 0) dataset->GetRasterBand(band + 1)->SetNoDataValue(nodata);
        for (int row = 0; row < height; ++row) {
            for (int col = 0; col < width; ++col)
                line[static_cast<std::size_t>(col)] = expected<Sample>(band, col, row);
            EXPECT_EQ(dataset->GetRasterBand(band + 1)->RasterIO(GF_Write, 0, row, width, 1, line.data(), width, 1,
                                                                 type, 0, 0, nullptr),
                      CE_None);
        }
    }
    GDALClose(dataset);
    return path;
}

class FrameCacheTest : public testing::Test {
protected:
    void SetUp() override { set_up_gdal(std::int64_t{32} << 20); }

    template <typename Sample>
    void expect_window(FrameCache& cache, int bands, const Window& wanted) {
        FrameWindow window;
        cache.read(0, wanted, window);
        const LaneLayout layout{bands};
        for (int band = 0; band < bands; ++band) {
            const auto lanes = layout.lanes_in(band / 4);
            const auto* samples =
                reinterpret_cast<const Sample*>(window.groups[static_cast<std::size_t>(band / 4)].data());
            for (int r = 0; r < window.window.height; ++r)
                for (int c = 0; c < window.window.width; ++c)
                    ASSERT_EQ(samples[(r * window.window.width + c) * lanes + band % 4],
                              expected<Sample>(band, window.window.col + c, window.window.row + r))
                        << "band " << band << " at " << c << ", " << r;
        }
    }

    TemporaryFolder folder_;
};

TEST_F(FrameCacheTest, ReadsEveryKindOfFrame) {
    const std::vector<Kind> kinds = {{"tiled", GDT_Byte, 3, {"TILED=YES"}},
                                     {"strips", GDT_Byte, 3, {}},
                                     {"deflated", GDT_UInt16, 4, {"COMPRESS=DEFLATE", "TILED=YES", "INTERLEAVE=BAND"}},
                                     {"single", GDT_Byte, 1, {"COMPRESS=LZW"}},
                                     {"two", GDT_UInt16, 2, {}},
                                     {"eight", GDT_UInt16, 8, {"TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"}},
                                     {"five", GDT_Float32, 5, {"TILED=YES"}}};
    for (const Kind& kind : kinds) {
        SCOPED_TRACE(kind.name);
        const auto path = folder_ / (std::string(kind.name) + ".tif");
        const auto check = [&]<typename Sample>(Sample) {
            write_frame<Sample>(path, "GTiff", kind.type, 1100, 700, kind.bands, kind.options);
            FrameCache cache({read_frame_header(path, false)}, std::int64_t{64} << 20, false, nullptr);
            EXPECT_EQ(cache.header(0).bands, kind.bands);
            expect_window<Sample>(cache, kind.bands, {-5, -5, 60, 40});
            expect_window<Sample>(cache, kind.bands, {500, 490, 300, 300});
            expect_window<Sample>(cache, kind.bands, {0, 0, 1100, 700});
        };
        if (kind.type == GDT_Byte) check(std::uint8_t{});
        if (kind.type == GDT_UInt16) check(std::uint16_t{});
        if (kind.type == GDT_Float32) check(float{});
    }
}

/// Of a frame of 300 x 200 bytes: what is 42, and nothing else, is no data.
void expect_hole_of_42(const FrameHeader& header) {
    FrameCache cache({header}, std::int64_t{8} << 20, false, nullptr);
    FrameWindow window;
    cache.read(0, {0, 0, 300, 200}, window);
    ASSERT_EQ(window.valid.size(), 300U * 200U);
    for (int row = 0; row < 200; ++row)
        for (int col = 0; col < 300; ++col)
            ASSERT_EQ(window.valid[static_cast<std::size_t>(row * 300 + col)] != 0,
                      expected<std::uint8_t>(0, col, row) != 42);
}

TEST_F(FrameCacheTest, HonoursNodata) {
    const auto path = write_frame<std::uint8_t>(folder_ / "nodata.tif", "GTiff", GDT_Byte, 300, 200, 1, {}, 42);
    const FrameHeader header = read_frame_header(path, false);
    EXPECT_TRUE(header.masked);
    expect_hole_of_42(header);
}

TEST_F(FrameCacheTest, TakesColoursWithTheNodataValueForDataUnlessAllBandsHaveIt) {
    const auto valid_in = [&](const std::filesystem::path& path) {
        {
            const std::unique_ptr<GDALDataset> dataset(
                GDALDataset::Open(path.c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE));
            for (int band = 1; band <= 3; ++band) { // a collar
                std::vector<float> none(300, 42.0F);
                EXPECT_EQ(dataset->GetRasterBand(band)->RasterIO(GF_Write, 0, 0, 300, 1, none.data(), 300, 1,
                                                                 GDT_Float32, 0, 0, nullptr),
                          CE_None);
            }
        }
        FrameCache cache({read_frame_header(path, false)}, std::int64_t{1} << 26, false, {});
        FrameWindow window;
        cache.read(0, {0, 0, 300, 200}, window);
        return window.valid;
    };
    const auto bytes =
        valid_in(write_frame<std::uint8_t>(folder_ / "bytes.tif", "GTiff", GDT_Byte, 300, 200, 3, {}, 42));
    const auto floats = valid_in(write_frame<float>(folder_ / "floats.tif", "GTiff", GDT_Float32, 300, 200, 3, {}, 42));
    int holes = 0;
    for (int row = 0; row < 200; ++row) {
        for (int col = 0; col < 300; ++col) {
            const auto i = static_cast<std::size_t>(row * 300 + col);
            ASSERT_EQ(bytes[i] != 0, row > 0);
            bool any = row == 0;
            for (int band = 0; band < 3; ++band) any = any || expected<float>(band, col, row) == 42.0F;
            ASSERT_EQ(floats[i] == 0, any); // no interpolation with what is not there
            holes += any ? 1 : 0;
        }
    }
    EXPECT_GT(holes, 400);
}

/// Makes a band alpha, with its first ten rows transparent.
void make_alpha(const std::filesystem::path& path, int number) {
    const std::unique_ptr<GDALDataset> dataset(GDALDataset::Open(path.c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE));
    GDALRasterBand* band = dataset->GetRasterBand(number);
    ASSERT_EQ(band->SetColorInterpretation(GCI_AlphaBand), CE_None);
    ASSERT_EQ(band->Fill(1), CE_None);
    const std::vector<float> none(static_cast<std::size_t>(band->GetXSize()) * 10, 0.0F);
    ASSERT_EQ(band->RasterIO(GF_Write, 0, 0, band->GetXSize(), 10, const_cast<float*>(none.data()), band->GetXSize(),
                             10, GDT_Float32, 0, 0, nullptr),
              CE_None);
}

TEST_F(FrameCacheTest, HonoursAlphaBesideAnyBands) {
    for (const GDALDataType type : {GDT_Byte, GDT_UInt16, GDT_Float32}) {
        for (int bands = 1; bands <= 6; ++bands) {
            for (const double nodata : {-1.0, 42.0}) {
                SCOPED_TRACE(testing::Message() << GDALGetDataTypeName(type) << ", " << bands << " bands and alpha, "
                                                << nodata << " as nodata");
                const auto path = folder_ / "alpha.tif";
                const auto write = [&]<typename Sample>(Sample) {
                    write_frame<Sample>(path, "GTiff", type, 300, 200, bands + 1, {}, nodata);
                };
                if (type == GDT_Byte) write(std::uint8_t{});
                if (type == GDT_UInt16) write(std::uint16_t{});
                if (type == GDT_Float32) write(float{});
                make_alpha(path, bands + 1);
                const FrameHeader header = read_frame_header(path, false);
                EXPECT_EQ(header.bands, bands);
                EXPECT_TRUE(header.masked);
                FrameCache cache({header}, std::int64_t{8} << 20, false, nullptr);
                FrameWindow window;
                cache.read(0, {0, 0, 300, 200}, window);
                ASSERT_EQ(window.valid.size(), 300U * 200U);
                for (int row = 0; row < 200; ++row)
                    for (int col = 0; col < 300; ++col) {
                        int none = 0; // bands that hold the nodata value
                        for (int band = 0; band < bands && nodata >= 0; ++band)
                            none += expected<std::uint8_t>(band, col, row) == 42 ? 1 : 0;
                        const bool data = row >= 10 && (header.type == SampleType::f32 ? none == 0 : none < bands);
                        ASSERT_EQ(window.valid[static_cast<std::size_t>(row * 300 + col)] != 0, data)
                            << col << ", " << row;
                    }
            }
        }
    }
}

TEST_F(FrameCacheTest, DecodesEachBlockOnceForManyReaders) {
    const auto path = write_frame<std::uint8_t>(folder_ / "a.tif", "GTiff", GDT_Byte, 2048, 2048, 3, {"TILED=YES"});
    FrameCache cache({read_frame_header(path, false)}, std::int64_t{256} << 20, false, nullptr);
    std::vector<std::thread> readers;
    for (int i = 0; i < 8; ++i)
        readers.emplace_back([&] {
            FrameWindow window;
            for (int k = 0; k < 16; ++k) cache.read(0, {k % 4 * 512 + 10, k / 4 * 512 + 10, 600, 600}, window);
        });
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(cache.blocks_decoded(), 16);
}

TEST_F(FrameCacheTest, StaysInItsBudget) {
    const auto path = write_frame<std::uint8_t>(folder_ / "a.tif", "GTiff", GDT_Byte, 2048, 2048, 3, {"TILED=YES"});
    const std::int64_t budget = std::int64_t{3} << 20;
    FrameCache cache({read_frame_header(path, false)}, budget, false, nullptr);
    for (int k = 0; k < 16; ++k) {
        expect_window<std::uint8_t>(cache, 3, {k % 4 * 512, k / 4 * 512, 512, 512});
        EXPECT_LE(cache.bytes_held(), budget);
    }
}

TEST_F(FrameCacheTest, ReleasesOneFrame) {
    const auto path = write_frame<std::uint8_t>(folder_ / "a.tif", "GTiff", GDT_Byte, 1024, 700, 3, {"TILED=YES"});
    const FrameHeader header = read_frame_header(path, false);
    FrameCache cache({header, header}, std::int64_t{64} << 20, false, nullptr);
    FrameWindow window;
    cache.read(1, {0, 0, 1024, 700}, window);
    const std::int64_t held = cache.bytes_held(), decoded = cache.blocks_decoded();
    expect_window<std::uint8_t>(cache, 3, {0, 0, 1024, 700});
    EXPECT_EQ(cache.bytes_held(), 2 * held);
    cache.release(0);
    EXPECT_EQ(cache.bytes_held(), held);
    cache.read(1, {0, 0, 1024, 700}, window);
    EXPECT_EQ(cache.blocks_decoded(), 2 * decoded) << "the other frame stays";
    expect_window<std::uint8_t>(cache, 3, {0, 0, 1024, 700});
    EXPECT_EQ(cache.blocks_decoded(), 3 * decoded) << "it may be read again";
    cache.release(0);
    cache.release(0);
    EXPECT_EQ(cache.bytes_held(), held);
}

TEST_F(FrameCacheTest, RecordsWhatCannotBeDecoded) {
    const auto path = write_frame<std::uint8_t>(folder_ / "cut.tif", "GTiff", GDT_Byte, 1024, 1024, 3,
                                                {"COMPRESS=DEFLATE", "TILED=YES"});
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    std::vector<FrameCache::Gap> gaps;
    const FrameHeader header = read_frame_header(path, false);
    FrameCache cache({header}, std::int64_t{64} << 20, false, [&](const FrameCache::Gap& gap) { gaps.push_back(gap); });
    FrameWindow window;
    cache.read(0, {0, 0, 1024, 1024}, window);
    cache.read(0, {0, 0, 1024, 1024}, window);
    ASSERT_FALSE(gaps.empty());
    EXPECT_LT(gaps.size(), 4U) << "the blocks before the cut are whole";
    EXPECT_FALSE(gaps.front().cause.empty());
    EXPECT_EQ(window.valid.front(), 255);
    EXPECT_EQ(window.valid.back(), 0);
}

TEST_F(FrameCacheTest, DecodesASequentialFormatOnce) {
    const auto tiff = write_frame<std::uint8_t>(folder_ / "a.tif", "GTiff", GDT_Byte, 1500, 900, 3, {});
    auto* source = static_cast<GDALDataset*>(GDALOpen(tiff.c_str(), GA_ReadOnly));
    const auto png = folder_ / "a.png";
    GDALClose(GetGDALDriverManager()->GetDriverByName("PNG")->CreateCopy(png.c_str(), source, FALSE, nullptr, nullptr,
                                                                         nullptr));
    GDALClose(source);
    const FrameHeader header = read_frame_header(png, false);
    EXPECT_FALSE(header.random_access);
    FrameCache cache({header}, std::int64_t{64} << 20, false, nullptr);
    expect_window<std::uint8_t>(cache, 3, {100, 800, 200, 100});
    const auto decoded = cache.blocks_decoded();
    expect_window<std::uint8_t>(cache, 3, {100, 0, 200, 100});
    EXPECT_EQ(cache.blocks_decoded(), decoded);
}

TEST_F(FrameCacheTest, KnowsTheFilesBesideAFrame) {
    const auto tiff = write_frame<std::uint8_t>(folder_ / "a.tif", "GTiff", GDT_Byte, 300, 200, 1, {});
    EXPECT_THAT(read_frame_header(tiff, false).beside, testing::IsEmpty());
    const std::filesystem::path world = folder_ / "a.tfw", overview = folder_ / "a.tif.ovr";
    std::ofstream(world) << "1\n0\n0\n-1\n500000\n5000000\n";
    {
        const std::unique_ptr<GDALDataset> dataset(GDALDataset::Open(tiff.c_str(), GDAL_OF_RASTER));
        const int factor = 2;
        ASSERT_EQ(dataset->BuildOverviews("AVERAGE", 1, &factor, 0, nullptr, nullptr, nullptr), CE_None);
    }
    ASSERT_TRUE(std::filesystem::exists(overview));
    EXPECT_THAT(read_frame_header(tiff, false).beside, testing::ElementsAre(world)) << "no overview is read";

    write_frame<std::uint16_t>(folder_ / "b.img", "ENVI", GDT_UInt16, 300, 200, 2, {});
    EXPECT_THAT(read_frame_header(folder_ / "b.img", false).beside, testing::ElementsAre(folder_ / "b.hdr"));
    write_frame<std::uint16_t>(folder_ / "c.img", "HFA", GDT_UInt16, 300, 200, 2, {"USE_SPILL=YES"});
    EXPECT_THAT(read_frame_header(folder_ / "c.img", false).beside, testing::ElementsAre(folder_ / "c.ige"));
}

TEST_F(FrameCacheTest, ReadsWhatAuxiliaryFilesSay) {
    const auto path = write_frame<std::uint8_t>(folder_ / "a.tif", "GTiff", GDT_Byte, 300, 200, 1, {});
    const std::filesystem::path notes = folder_ / "a.tif.aux.xml";
    const auto says = [&](const std::string& of_band) {
        std::ofstream(notes) << "<PAMDataset><PAMRasterBand band=\"1\">" << of_band << "</PAMRasterBand></PAMDataset>";
        return read_frame_header(path, false);
    };
    const std::string statistics = "<Metadata><MDI key=\"STATISTICS_MEAN\">5</MDI></Metadata>";
    const FrameHeader viewed = says(statistics);
    EXPECT_THAT(viewed.beside, testing::IsEmpty()) << "what a viewer left says nothing of the frame";
    EXPECT_FALSE(viewed.masked);
    const FrameHeader header = says(statistics + "<NoDataValue>42</NoDataValue>");
    EXPECT_THAT(header.beside, testing::ElementsAre(notes));
    EXPECT_TRUE(header.masked);
    expect_hole_of_42(header);
}

TEST_F(FrameCacheTest, LeavesNothingBesideFrames) {
    const auto tiff = write_frame<std::uint8_t>(folder_ / "a.tif", "GTiff", GDT_Byte, 300, 200, 3, {});
    const std::unique_ptr<GDALDataset> source(GDALDataset::Open(tiff.c_str(), GDAL_OF_RASTER));
    std::vector<std::filesystem::path> frames = {tiff};
    for (const auto& [driver, ending] : {std::pair("COG", "cog.tif"),
                                         {"JPEG", "jpg"},
                                         {"PNG", "png"},
                                         {"JP2OpenJPEG", "jp2"},
                                         {"HFA", "img"},
                                         {"ENVI", "dat"},
                                         {"BMP", "bmp"},
                                         {"NITF", "ntf"},
                                         {"PNM", "ppm"},
                                         {"EHdr", "bil"}}) {
        GDALDriver* found = GetGDALDriverManager()->GetDriverByName(driver);
        if (found == nullptr) continue;
        frames.push_back(folder_ / (std::string("b.") + ending));
        GDALClose(found->CreateCopy(frames.back().c_str(), source.get(), FALSE, nullptr, nullptr, nullptr));
    }
    if (GetGDALDriverManager()->GetDriverByName("netCDF") != nullptr)
        frames.push_back(write_frame<std::uint8_t>(folder_ / "b.nc", "netCDF", GDT_Byte, 300, 200, 1, {}));
    const auto listing = [&] {
        std::map<std::filesystem::path, std::filesystem::file_time_type> files;
        for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
            files[entry.path()] = entry.last_write_time();
        return files;
    };
    for (const bool viewed : {false, true}) {
        for (const auto& frame : frames)
            if (viewed)
                std::ofstream(frame.string() + ".aux.xml")
                    << "<PAMDataset><PAMRasterBand band=\"1\"><Metadata><MDI key=\"STATISTICS_MEAN\">5</MDI>"
                       "</Metadata></PAMRasterBand></PAMDataset>";
        const auto before = listing();
        for (const auto& frame : frames) {
            FrameCache cache({read_frame_header(frame, false)}, std::int64_t{8} << 20, false, nullptr);
            FrameWindow window;
            cache.read(0, {0, 0, 300, 200}, window);
        }
        EXPECT_EQ(listing(), before);
    }
}

TEST_F(FrameCacheTest, RefusesWhatIsNotALocalFrame) {
    EXPECT_THROW(read_frame_header(folder_ / "nowhere.tif", false), InputError);
    EXPECT_THROW(read_frame_header("/vsicurl/http://example.org/a.tif", false), InputError);
    const auto vrt = folder_ / "a.vrt";
    std::ofstream(vrt) << "<VRTDataset rasterXSize=\"4\" rasterYSize=\"4\"/>";
    EXPECT_THROW(read_frame_header(vrt, false), InputError);
    const auto path = write_frame<double>(folder_ / "double.tif", "GTiff", GDT_Float64, 10, 10, 1, {});
    try {
        read_frame_header(path, false);
        FAIL();
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("samples are Float64; frames are Byte, UInt16 or Float32"));
    }
}

} // namespace
} // namespace overflight
