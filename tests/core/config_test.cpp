// SPDX-License-Identifier: Apache-2.0
#include "core/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace overflight {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string two_missions = R"(
[output]
folder = "out"
resolution_m = 2
[terrain]
file = "dem.tif"
heights = "same_as_poses"
offset_m = 1.5
[[mission]]
name = "a"
frames = ["a/*.tif", "/data/more/x.tif"]
interior = "interior.yaml"
exterior = "exterior.csv"
pose_space = "map"
[[mission]]
name = "b"
frames = ["b/*.tif"]
camera = "rpc"
[mission.terrain]
offset_m = -3.0
[[change]]
before = "a"
after = "b"
)";

class ConfigFile : public testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::path(testing::TempDir()) /
                  ("config_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    Config load(const std::string& text, const std::vector<std::string>& overrides = {}) {
        std::ofstream(folder_ / "run.toml") << text;
        return load_config(folder_ / "run.toml", overrides);
    }
    std::string refusal(const std::string& text, const std::vector<std::string>& overrides = {}) {
        try {
            load(text, overrides);
        } catch (const InputError& error) {
            return error.what();
        }
        return "accepted";
    }

    fs::path folder_;
};

TEST_F(ConfigFile, FillsEveryField) {
    const Config config = load(two_missions);
    EXPECT_EQ(config.file, folder_ / "run.toml");
    EXPECT_EQ(config.output.folder, folder_ / "out");
    EXPECT_EQ(config.output.resolution_m, 2.0); // a whole number will do
    ASSERT_EQ(config.missions.size(), 2U);
    EXPECT_THAT(config.missions[0].frames, ElementsAre((folder_ / "a/*.tif").string(), "/data/more/x.tif"));
    EXPECT_EQ(config.missions[0].interior, folder_ / "interior.yaml");
    EXPECT_EQ(config.missions[0].pose_space, PoseSpace::map);
    EXPECT_EQ(config.missions[0].where.line, 9);
    EXPECT_EQ(config.missions[0].where.key, "mission.0");
    EXPECT_EQ(config.missions[1].camera, CameraKind::rpc);
    ASSERT_EQ(config.changes.size(), 1U);
    EXPECT_EQ(config.changes[0].before, "a");
}

TEST_F(ConfigFile, MissionTerrainInheritsWhatItDoesNotSay) {
    const Config config = load(two_missions);
    EXPECT_EQ(config.terrain_of(config.missions[0]).offset_m, 1.5);
    EXPECT_EQ(config.terrain_of(config.missions[1]).offset_m, -3.0);
    EXPECT_EQ(config.terrain_of(config.missions[1]).file, folder_ / "dem.tif");
    EXPECT_EQ(config.terrain_of(config.missions[1]).heights, "same_as_poses");
}

TEST_F(ConfigFile, CrsIsAFileOnlyWhereThatFileIs) {
    EXPECT_EQ(load(two_missions, {"output.crs=poses.prj"}).output.crs, "poses.prj");
    std::ofstream(folder_ / "poses.prj") << "EPSG:32651";
    EXPECT_EQ(load(two_missions, {"output.crs=poses.prj"}).output.crs, folder_ / "poses.prj");
    EXPECT_EQ(load(two_missions, {"output.crs=EPSG:32651"}).output.crs, "EPSG:32651");
}

TEST_F(ConfigFile, UrlsStayAsTheyAre) {
    EXPECT_THAT(load(two_missions, {"mission.0.frames=https://example.org/a.tif"}).missions[0].frames,
                ElementsAre("https://example.org/a.tif"));
    EXPECT_THAT(load(two_missions, {"mission.0.frames=/vsizip//data/frames.zip/a.tif"}).missions[0].frames,
                ElementsAre("/vsizip//data/frames.zip/a.tif"));
}

TEST_F(ConfigFile, ReconstructionNeedsNoInterior) {
    std::string text = two_missions;
    text.erase(text.find("interior = "), std::string("interior = \"interior.yaml\"\n").size());
    EXPECT_THAT(refusal(text), HasSubstr("mission.0.interior: missing"));
    EXPECT_EQ(refusal(text, {"mission.0.exterior=odm/reconstruction.json"}), "accepted");
}

TEST_F(ConfigFile, SettingsOfTheCommandLineWin) {
    const Config config =
        load(two_missions, {"output.resolution_m=0.25", "output.folder=elsewhere/b c", "mission.0.frames=one.tif",
                            "mission.1.frames=[\"x.tif\", \"y.tif\"]", "mission.0.name=2015",
                            "change.0.before=\"2015\"", "mosaic.widen=false", "output.bounds=[0, 1, 2, 3]",
                            "run.threads=3", "output.resolution_m=0.5", "mission.1.terrain.outside=gap"});
    EXPECT_EQ(config.output.resolution_m, 0.5); // the last of two
    EXPECT_EQ(config.output.folder, folder_ / "elsewhere/b c");
    EXPECT_THAT(config.missions[0].frames, ElementsAre((folder_ / "one.tif").string()));
    EXPECT_THAT(config.missions[1].frames, ElementsAre((folder_ / "x.tif").string(), (folder_ / "y.tif").string()));
    EXPECT_EQ(config.missions[0].name, "2015");
    EXPECT_EQ(config.changes[0].before, "2015");
    EXPECT_FALSE(config.mosaic.widen);
    EXPECT_EQ(config.output.bounds, (Bounds{0, 1, 2, 3}));
    EXPECT_EQ(config.run.threads, 3);
    EXPECT_EQ(config.missions[1].terrain->outside, OutsideTerrain::gap);
}

TEST_F(ConfigFile, BadSettingsAreNamedAsTyped) {
    const auto refused = [&](const std::string& setting) { return refusal(two_missions, {setting}); };
    EXPECT_EQ(refused("output.resolution_m=0"),
              "--set output.resolution_m=0: output.resolution_m: found 0; expects a number above 0");
    EXPECT_EQ(refused("output.resolution=1"),
              "--set output.resolution=1: output.resolution: unknown key; did you mean \"resolution_m\"?");
    EXPECT_EQ(refused("output.resolution_m"), "--set output.resolution_m: expects key=value, for example "
                                              "output.resolution_m=2");
    EXPECT_EQ(refused("resolution_m=1"), "--set resolution_m=1: expects section.key=value, for example "
                                         "output.resolution_m=2, found the key \"resolution_m\"");
    EXPECT_EQ(refused("mission.2.name=c"),
              "--set mission.2.name=c: there is no mission 2; the config has 2, counted from 0");
    EXPECT_EQ(refused("mission.name=c"),
              "--set mission.name=c: say which one, counted from 0, for example mission.0.name");
    EXPECT_EQ(refused("output.folder.x=c"), "--set output.folder.x=c: \"folder\" is not a table");
    EXPECT_THAT(refused("output.level=fast"), HasSubstr("--set output.level=fast: "));
    EXPECT_THAT(refused("output.level="), HasSubstr("found the string \"\"; expects a whole number"));
    EXPECT_THAT(refused("mission.0.frames=[\"a"), HasSubstr("--set mission.0.frames=[\"a: "));
    EXPECT_THAT(refused("..=1"), HasSubstr("--set ..=1: "));
}

TEST_F(ConfigFile, MissingFileIsAnInputError) {
    EXPECT_THROW(load_config(folder_ / "none.toml"), InputError);
    EXPECT_THROW(load_config(folder_), InputError);
}

TEST_F(ConfigFile, ContentIgnoresWhatLeavesThePixelsAlone) {
    const auto content = [&](const std::vector<std::string>& overrides) {
        const Config config = load(two_missions, overrides);
        return content_keys(config, config.missions[0]) + content_keys(config, config.changes[0]);
    };
    const std::string plain = content({});
    for (const char* same : {"run.threads=7", "run.memory_mb=512", "output.folder=else", "output.quicklooks=false",
                             "output.compression=lz4", "output.level=3", "output.extension=h5",
                             "terrain.file=moved/dem.tif", "mission.0.exterior=moved/exterior.csv"}) {
        EXPECT_EQ(content({same}), plain) << same;
    }
    for (const char* other :
         {"output.resolution_m=1", "output.bounds=[0, 0, 1, 1]", "mosaic.balance=none", "mosaic.widen=false",
          "terrain.offset_m=0", "mission.0.pose_space=cartesian", "change.0.false_discovery=0.1"}) {
        EXPECT_NE(content({other}), plain) << other;
    }
    EXPECT_THAT(plain, Not(HasSubstr(folder_.string())));
}

TEST_F(ConfigFile, ContentOfAMissionIsItsOwn) {
    const Config one = load(two_missions);
    const Config other = load(two_missions, {"mission.1.terrain.offset_m=9", "change.0.max_shift_px=3"});
    EXPECT_EQ(content_keys(one, one.missions[0]), content_keys(other, other.missions[0]));
    EXPECT_NE(content_keys(one, one.missions[1]), content_keys(other, other.missions[1]));
}

TEST_F(ConfigFile, APlaceholderStandsForEveryFolderThatIsThere) {
    for (const std::string flight : {"2018", "2012", "2015-b", ".hidden"}) {
        fs::create_directories(folder_ / "archive" / flight / "frames");
        std::ofstream(folder_ / "archive" / flight / "frames" / (flight + "_1.tif"));
    }
    fs::create_directories(folder_ / "archive" / "_notes" / "frames"); // what has no frames is no flight
    std::ofstream(folder_ / "archive" / "camera.yaml");
    const Config config = load(R"(
[output]
folder = "out"
resolution_m = 2
[[mission]]
name = "m_{flight}"
frames = ["archive/{flight}/frames/{flight}_*.tif"]
exterior = "archive/{flight}/poses.csv"
interior = "camera.yaml"
pose_space = "map"
[[mission]]
name = "2020"
frames = ["2020/*.tif"]
camera = "ortho"
[[change]]
successive = true
max_shift_px = 3
)");
    std::vector<std::string> names;
    for (const MissionConfig& mission : config.missions) names.push_back(mission.name);
    EXPECT_THAT(names, ElementsAre("m_2012", "m_2015-b", "m_2018", "2020"));
    EXPECT_THAT(config.missions[1].frames,
                ElementsAre((folder_ / "archive" / "2015-b" / "frames" / "2015-b_*.tif").string()));
    EXPECT_EQ(config.missions[1].exterior, folder_ / "archive" / "2015-b" / "poses.csv");
    EXPECT_EQ(config.missions[1].interior, folder_ / "camera.yaml");
    ASSERT_EQ(config.changes.size(), 3U);
    EXPECT_EQ(config.changes[1].before, "m_2015-b");
    EXPECT_EQ(config.changes[1].after, "m_2018");
    EXPECT_EQ(config.changes[2].after, "2020");
    EXPECT_EQ(config.changes[2].max_shift_px, 3);
    EXPECT_FALSE(config.changes[2].successive);
}

TEST_F(ConfigFile, APlaceholderLeavesOutNoFlightForItsName) {
    for (const char* flight : {"north/f1", "south/f2", "south/f3 May"}) {
        fs::create_directories(folder_ / flight);
        std::ofstream(folder_ / flight / "1.tif");
    }
    const std::string text = "[output]\nfolder = \"out\"\nresolution_m = 2\n[[mission]]\nname = \"{flight}\"\n"
                             "frames = [\"*th/{flight}/*.tif\"]\ncamera = \"ortho\"\n";
    EXPECT_THAT(refusal(text), HasSubstr("f3 May"));
    fs::rename(folder_ / "south" / "f3 May", folder_ / "south" / "f3");
    EXPECT_EQ(load(text).missions.size(), 3U);
}

TEST_F(ConfigFile, APlaceholderInFileNamesStandsForEachOnce) {
    fs::create_directories(folder_ / "all");
    for (const char* file : {"a_001.tif", "a_002.tif", "b_001.tif", "b_001.txt"}) std::ofstream(folder_ / "all" / file);
    const Config config = load("[output]\nfolder = \"out\"\nresolution_m = 2\n[[mission]]\nname = \"{flight}\"\n"
                               "frames = [\"all/{flight}_*.tif\"]\ncamera = \"ortho\"\n");
    ASSERT_EQ(config.missions.size(), 2U);
    EXPECT_EQ(config.missions[0].name, "a");
    EXPECT_EQ(config.missions[1].name, "b");
}

TEST_F(ConfigFile, SetsOfCharactersMayStandBesideAPlaceholder) {
    fs::create_directories(folder_ / "[all]");
    for (const char* file : {"f1_a.tif", "f2_b.tif", "f3_c.tif"}) std::ofstream(folder_ / "[all]" / file);
    const Config config = load("[output]\nfolder = \"out\"\nresolution_m = 2\n[[mission]]\nname = \"{flight}\"\n"
                               "frames = [\"[all]/f[!3]_{flight}.tif\"]\ncamera = \"ortho\"\n");
    ASSERT_EQ(config.missions.size(), 2U);
    EXPECT_EQ(config.missions[0].name, "a");
    EXPECT_EQ(config.missions[1].name, "b");
}

} // namespace
} // namespace overflight
