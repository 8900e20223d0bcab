// SPDX-License-Identifier: Apache-2.0
#include "stages/frame_names.h"

#include <gtest/gtest.h>

namespace overflight {
namespace {

std::vector<std::string> names_of(const std::vector<std::string>& paths) {
    PlannedMission mission;
    for (const std::string& path : paths) mission.frames.emplace_back().header.path = path;
    return frame_names(mission);
}

TEST(FrameNames, HaveFoldersWhereFilesHaveOneName) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(names_of({"/d/a.tif", "/d/e/b.tif"}), (Names{"a.tif", "b.tif"}));
    EXPECT_EQ(names_of({"/d/100/a.tif", "/d/101/a.tif", "/d/101/b.tif"}), (Names{"100/a.tif", "101/a.tif", "b.tif"}));
    EXPECT_EQ(names_of({"/d/x/100/a.tif", "/d/y/100/a.tif", "/d/y/101/a.tif"}),
              (Names{"x/100/a.tif", "y/100/a.tif", "y/101/a.tif"}));
    EXPECT_EQ(names_of({"a.tif", "/a.tif"}), (Names{"a.tif", "a.tif"})); // nothing more to say
}

} // namespace
} // namespace overflight
