// SPDX-License-Identifier: Apache-2.0
#include "core/file_pattern.h"
#include "support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace overflight {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(FilePattern, StarsAndQuestionMarksMatchWithinAFolder) {
    const TemporaryFolder folder;
    const auto made = [&](const std::string& name) {
        std::filesystem::create_directories((folder / name).parent_path());
        std::ofstream(folder / name) << name;
        return folder / name;
    };
    const auto a = made("[2015] a/1.tif"), b = made("[2015] a/12.tif"), c = made("2/[1].tif");
    const auto at = [&](const char* pattern) { return matching_files((folder / pattern).string()); };
    EXPECT_THAT(at("[2015] a/*.tif"), UnorderedElementsAre(a, b));
    EXPECT_THAT(at("[2015] a/?.tif"), UnorderedElementsAre(a));
    EXPECT_THAT(at("2/[1].tif"), UnorderedElementsAre(c));
    EXPECT_THAT(at("*/?1?.tif"), UnorderedElementsAre(c));
    EXPECT_THAT(at("*/[[]1].tif"), UnorderedElementsAre(c));
    EXPECT_THAT(at("[2-3]/*"), UnorderedElementsAre(c));
    EXPECT_THAT(at("*.tif"), IsEmpty());
    const auto d = made("2/1.tif");
    EXPECT_THAT(at("2/[1].tif"), UnorderedElementsAre(c)); // a name as it stands comes first
    EXPECT_THAT(at("[2]/[1]*.tif"), UnorderedElementsAre(d));
    EXPECT_THAT(at("[2015] a/[1-9]2.tif"), UnorderedElementsAre(b)); // each part by itself
    const auto e = made("3/a\\b.tif");
    EXPECT_THAT(at("3/a\\b.tif"), UnorderedElementsAre(e));
    EXPECT_THAT(at("3/?\\b.tif"), UnorderedElementsAre(e));
    EXPECT_TRUE(matches_end("[1].tif", "[1]*"));
    EXPECT_TRUE(matches_end("1.tif", "[1]*"));
    EXPECT_FALSE(matches_end("2.tif", "[1]*"));
    EXPECT_TRUE(matches_end("/flight/101MEDIA/DJI_0001.JPG", "*_0001.JPG"));
    EXPECT_TRUE(matches_end("/flight/101MEDIA/DJI_0001.JPG", "101*/*_0001.JPG"));
    EXPECT_FALSE(matches_end("/flight/101MEDIA/DJI_0001.JPG", "102*/*_0001.JPG"));
    EXPECT_FALSE(matches_end("/flight/101MEDIA/DJI_0001.JPG", "flight/*"));
    EXPECT_FALSE(matches_end("DJI_0001.JPG", "101MEDIA/DJI_0001.JPG"));
    EXPECT_TRUE(is_file_pattern("a/?"));
    EXPECT_FALSE(is_file_pattern("[2015] a/1.tif"));
}

} // namespace
} // namespace overflight
