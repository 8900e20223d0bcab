// SPDX-License-Identifier: Apache-2.0
#include "io/frame_file.h"
#include "io/frame_neighbours.h"
#include "support/temporary_folder.h"

#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

namespace overflight {
namespace {

class FrameNeighboursTest : public testing::Test {
protected:
    void SetUp() override { set_up_gdal(std::int64_t{32} << 20); }

    std::filesystem::path frame(const std::string& name, const char* driver) {
        const std::filesystem::path path = folder_ / name;
        GDALClose(GetGDALDriverManager()->GetDriverByName(driver)->Create(path.c_str(), 40, 30, 1, GDT_Byte, nullptr));
        return path;
    }
    std::filesystem::path text(const std::string& name, const std::string& content = {}) {
        std::ofstream(folder_ / name) << content;
        return folder_ / name;
    }

    TemporaryFolder folder_;
};

TEST_F(FrameNeighboursTest, LeavesOutWhatBelongsToOtherFrames) {
    const std::vector<std::filesystem::path> frames = {frame("f1.tif", "GTiff"), frame("f10.TIF", "GTiff"),
                                                       frame("f1_2.tif", "GTiff")};
    for (const char* name :
         {"f1.tfw", "F1.tif.aux.xml", "f10.tfw", "f1_2.tfw", "f1_RPC.TXT", "DIM_f1.XML", "readme.md"})
        text(name);
    frame("of_another_mission.tif", "GTiff");
    const FrameNeighbours neighbours(frames);
    EXPECT_THAT(neighbours.of(frames[0]),
                testing::Optional(testing::UnorderedElementsAre("f1.tif", "f1.tfw", "F1.tif.aux.xml", "f1_2.tif",
                                                                "f1_2.tfw", "f1_RPC.TXT", "DIM_f1.XML", "readme.md")));
    EXPECT_THAT(neighbours.of(frames[1]),
                testing::Optional(testing::UnorderedElementsAre("f10.TIF", "f10.tfw", "DIM_f1.XML", "readme.md")));
    EXPECT_EQ(neighbours.of(folder_ / "elsewhere" / "f1.tif"), std::nullopt);
}

TEST_F(FrameNeighboursTest, LetsGdalLookWhereTooMuchBelongsToNoFrame) {
    const std::vector<std::filesystem::path> frames = {frame("a.tif", "GTiff")};
    for (int i = 0; i < 100; ++i) text("note " + std::to_string(i) + ".txt");
    EXPECT_EQ(FrameNeighbours(frames).of(frames.front()), std::nullopt);
    EXPECT_EQ(FrameNeighbours({folder_ / "nowhere" / "a.tif"}).of(folder_ / "nowhere" / "a.tif"), std::nullopt);
}

TEST_F(FrameNeighboursTest, KnowHeadersThatPatternsOfFramesMatch) {
    const std::filesystem::path samples = frame("b.img", "ENVI"), bare = frame("bare", "ENVI");
    const FrameNeighbours neighbours({samples, folder_ / "b.hdr", bare, folder_ / "bare.hdr"});
    for (const std::filesystem::path& path : {samples, bare}) {
        const auto names = neighbours.of(path);
        ASSERT_TRUE(names);
        EXPECT_EQ(read_frame_header(path, false, &*names).width, 40) << path;
    }
}

TEST_F(FrameNeighboursTest, HeadersSayWhatTheySayWithoutThem) {
    std::vector<std::filesystem::path> frames = {frame("a.tif", "GTiff"), frame("a_b.tif", "GTiff"),
                                                 frame("b.img", "ENVI"),  frame("c.img", "HFA"),
                                                 frame("d.bil", "EHdr"),  frame("IMG_PHR1A_X_R1C1.TIF", "GTiff")};
    const std::string world = "1\n0\n0\n-1\n500000\n5000000\n";
    text("a.tfw", world);
    text("a_b.tif.aux.xml",
         "<PAMDataset><PAMRasterBand band=\"1\"><NoDataValue>42</NoDataValue></PAMRasterBand></PAMDataset>");
    text("DIM_PHR1A_X.XML", "<Dimap_Document><Metadata_Identification/></Dimap_Document>");
    std::filesystem::copy_file(folder_ / "a.tif", folder_ / "b.img.msk");
    std::set<std::filesystem::path> beside_all;
    const FrameNeighbours neighbours(frames);
    for (const std::filesystem::path& path : frames) {
        const auto names = neighbours.of(path);
        ASSERT_TRUE(names) << path;
        const FrameHeader with = read_frame_header(path, false, &*names), without = read_frame_header(path, false);
        EXPECT_EQ(with.beside, without.beside) << path;
        EXPECT_EQ(with.masked, without.masked) << path;
        beside_all.insert(with.beside.begin(), with.beside.end());
    }
    for (const char* name : {"a.tfw", "a_b.tif.aux.xml", "b.hdr", "b.img.msk", "d.hdr", "DIM_PHR1A_X.XML"})
        EXPECT_THAT(beside_all, testing::Contains(folder_ / name));
}

} // namespace
} // namespace overflight
