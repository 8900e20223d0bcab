// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"
#include "geometry/plain_posts.h"
#include "inputs.h"
#include "raster_input.h"

#include <gdal_priv.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace overflight {
namespace {

constexpr int width = 70, height = 45;

double post(int col, int row) {
    return 100 + 0.25 * col - 3.5 * row;
}

class PlainPostsTest : public testing::Test {
protected:
    using Dataset = std::unique_ptr<GDALDataset, void (*)(GDALDataset*)>;

    static Dataset open(const std::filesystem::path& file) {
        return {GDALDataset::Open(file.c_str(), GDAL_OF_RASTER), [](GDALDataset* dataset) { GDALClose(dataset); }};
    }

    /// The same posts, written by GDAL with these options.
    std::filesystem::path copy(const std::vector<const char*>& options, const char* format = "GTiff") {
        const Dataset from =
            open(test::write_raster(folder / "plain.tif", width, height, 0, 0, 1, -1, "EPSG:32632", post));
        std::vector<const char*> list = options;
        list.push_back(nullptr);
        std::filesystem::path file = folder / "copy.tif";
        GDALDriver* driver = GetGDALDriverManager()->GetDriverByName(format);
        GDALClose(
            driver->CreateCopy(file.c_str(), from.get(), FALSE, const_cast<char**>(list.data()), nullptr, nullptr));
        return file;
    }

    TemporaryFolder folder;
};

TEST_F(PlainPostsTest, ReadsWindowsOfStripsOfAnyHeight) {
    for (const char* rows : {"BLOCKYSIZE=1", "BLOCKYSIZE=7", "BLOCKYSIZE=45"}) {
        const Dataset dataset = open(copy({rows}));
        const std::unique_ptr<PlainPosts> posts = PlainPosts::open(*dataset);
        ASSERT_TRUE(posts) << rows;
        std::vector<float> found(20 * 31);
        posts->read(50, 14, 20, 31, found.data());
        for (int row = 0; row < 31; ++row)
            for (int col = 0; col < 20; ++col)
                EXPECT_EQ(found[static_cast<std::size_t>(row * 20 + col)],
                          static_cast<float>(post(50 + col, 14 + row)));
    }
}

TEST_F(PlainPostsTest, LeavesOtherFilesToGdal) {
    for (const char* option : {"COMPRESS=DEFLATE", "TILED=YES", "ENDIANNESS=BIG"})
        EXPECT_FALSE(PlainPosts::open(*open(copy({option})))) << option;
    EXPECT_FALSE(PlainPosts::open(*open(copy({}, "ENVI"))));
}

TEST_F(PlainPostsTest, SaysThatAFileEndsEarly) {
    const std::filesystem::path file = copy({"BLOCKYSIZE=1"});
    const std::unique_ptr<PlainPosts> posts = PlainPosts::open(*open(file));
    ASSERT_TRUE(posts);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
    std::vector<float> found(width * height);
    try {
        posts->read(0, 0, width, height, found.data());
        FAIL() << "read what is not there";
    } catch (const RunError& error) {
        EXPECT_EQ(std::string(error.what()), file.string() + ": the terrain cannot be read: it ends early");
    }
}

} // namespace
} // namespace overflight
