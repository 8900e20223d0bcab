// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"
#include "io/hash.h"
#include "io/quicklook.h"
#include "support/temporary_folder.h"

#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace overflight {
namespace {

Picture gradient(int channels) {
    Picture picture{37, 21, channels, {}};
    for (int i = 0; i < 37 * 21 * channels; ++i) picture.samples.push_back(static_cast<std::uint8_t>(i * 7 % 251));
    return picture;
}

TEST(Quicklook, HoldsThePictureAndNothingStandsBesideIt) {
    for (int channels = 1; channels <= 4; ++channels) {
        const TemporaryFolder folder;
        const Picture picture = gradient(channels);
        write_png(folder / "a.png", picture);
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
        GDALAllRegister();
        const GDALDatasetUniquePtr data(GDALDataset::Open((folder / "a.png").c_str()));
        ASSERT_TRUE(data);
        ASSERT_EQ(data->GetRasterCount(), channels);
        std::vector<std::uint8_t> samples(picture.samples.size());
        ASSERT_EQ(data->RasterIO(GF_Read, 0, 0, 37, 21, samples.data(), 37, 21, GDT_Byte, channels, nullptr, channels,
                                 37 * channels, 1, nullptr),
                  CE_None);
        EXPECT_EQ(samples, picture.samples);
    }
}

TEST(Quicklook, HasTheSameBytesWhenWrittenAgain) {
    const TemporaryFolder folder;
    write_png(folder / "a.png", gradient(3));
    write_png(folder / "b.png", gradient(3));
    EXPECT_EQ(sha256_of_file(folder / "a.png"), sha256_of_file(folder / "b.png"));
}

TEST(Quicklook, SaysWhyItCannotBeWritten) {
    const TemporaryFolder folder;
    try {
        write_png(folder / "none/a.png", gradient(3));
        FAIL() << "no error";
    } catch (const RunError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("a.png: No such file or directory; create the folder"));
    }
}

} // namespace
} // namespace overflight
