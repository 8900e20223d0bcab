// SPDX-License-Identifier: Apache-2.0
#include "core/config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

namespace overflight {
namespace {

const std::filesystem::path configs = CONFIGS_FOLDER;

TEST(ConfigReference, IsTheFileInConfigs) {
    std::ifstream file(configs / "reference.toml");
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_EQ(config_reference(), text.str())
        << "after a change of the keys: build/overflight config --reference > configs/reference.toml";
}

TEST(ConfigReference, HoldsTheDefaults) {
    const Config config = load_config(configs / "reference.toml");
    const OutputConfig output;
    EXPECT_EQ(config.output.extension, output.extension);
    EXPECT_EQ(config.output.compression, output.compression);
    EXPECT_EQ(config.output.level, output.level);
    EXPECT_EQ(config.output.quicklooks, output.quicklooks);
    EXPECT_EQ(config.output.vectors, output.vectors);
    const MosaicConfig mosaic;
    EXPECT_EQ(config.mosaic.resampling, mosaic.resampling);
    EXPECT_EQ(config.mosaic.widen, mosaic.widen);
    EXPECT_EQ(config.mosaic.feather_px, mosaic.feather_px);
    EXPECT_EQ(config.mosaic.balance, mosaic.balance);
    const TerrainConfig terrain;
    EXPECT_EQ(config.terrain.outside, terrain.outside);
    EXPECT_EQ(config.terrain.offset_m, terrain.offset_m);
    const ChangeConfig change;
    EXPECT_EQ(config.changes.at(0).false_discovery, change.false_discovery);
    EXPECT_EQ(config.changes.at(0).minimum_area_px, change.minimum_area_px);
    EXPECT_EQ(config.changes.at(0).max_shift_px, change.max_shift_px);
    EXPECT_EQ(config.run.threads, 0);
    EXPECT_EQ(config.run.memory_mb, 0);
    EXPECT_FALSE(config.run.allow_remote);
}

TEST(ConfigReference, IsValidWithEveryExampleTaken) {
    std::string text =
        std::regex_replace(config_reference(), std::regex("(^|\n)# (\\[mission.terrain\\]|[a-z_]+ = )"), "$1$2");
    text = std::regex_replace(text, std::regex("\nmatch_view_of = .*"), ""); // of another flight than these two
    const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "every_example.toml";
    std::ofstream(file) << text;
    const Config config = load_config(file);
    EXPECT_EQ(config.output.crs, "EPSG:32615");
    ASSERT_TRUE(config.output.bounds);
    EXPECT_EQ(config.missions.at(0).pose_world, PoseWorld::grid);
    EXPECT_EQ(config.missions.at(0).camera_id, "DMC");
    EXPECT_TRUE(config.missions.at(0).terrain);
}

} // namespace
} // namespace overflight
