// SPDX-License-Identifier: Apache-2.0
#include "simulation/scene_file.h"
#include "simulation/simulate.h"
#include "simulation/small_scene.h"
#include "support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace overflight::simulation {
namespace {

using testing::HasSubstr;

std::string complaint(const std::string& text) {
    const TemporaryFolder folder;
    std::ofstream(folder / "scene.toml") << text;
    try {
        load_scene(folder / "scene.toml");
    } catch (const InputError& error) {
        std::string all;
        for (const Problem& problem : error.problems()) {
            Problem bare = problem;
            bare.file = std::filesystem::path(problem.file).filename().string();
            all += bare.text() + "\n";
        }
        return all;
    }
    return "none";
}

TEST(SceneFile, a_small_scene_is_fine) {
    EXPECT_EQ(complaint(SmallScene().text("out")), "none");
}

TEST(SceneFile, names_place_and_likely_fix) {
    SmallScene scene;
    scene.land = "tuwn = 0.3";
    EXPECT_THAT(complaint(scene.text("out")),
                HasSubstr("scene.toml:17:1: land.tuwn: unknown key; did you mean \"town\"?"));
    scene = {};
    scene.terrain = "relief = \"hilly\"";
    EXPECT_THAT(complaint(scene.text("out")), HasSubstr("terrain.relief: "));
    EXPECT_THAT(complaint(scene.text("out")), HasSubstr("\"fractal\""));
    scene = {};
    scene.first = "cameras = [\"w\"]";
    EXPECT_THAT(complaint(scene.text("out")),
                HasSubstr("mission.0.cameras: found \"w\", which is no id of a [[camera]]"));
    scene = {};
    scene.first = "overlap = 1.5";
    EXPECT_THAT(complaint(scene.text("out")), HasSubstr("mission.0.overlap: "));
    scene = {};
    scene.changes = "[[change]]\nkind = \"building_new\"\n";
    EXPECT_THAT(complaint(scene.text("out")), HasSubstr("change.0: needs a second mission"));
    scene = {};
    scene.output = "bits = 12\ncompression = \"jpeg\"";
    EXPECT_THAT(complaint(scene.text("out")), HasSubstr("output.bits: found 12, allowed are 8 and 16"));
}

TEST(SceneFile, tells_everything_at_once) {
    const std::string all = complaint("[output]\nbands = 9\n[scnee]\n[land]\ntown = 0.8\nforest = 0.8\n");
    for (const char* part : {"output.folder: missing", "output.bands: ", "unknown section; did you mean \"scene\"?",
                             "land: the shares", "camera: missing", "mission: missing"}) {
        EXPECT_THAT(all, HasSubstr(part));
    }
}

TEST(SceneFile, too_many_changes_for_the_scene_are_an_error_before_anything_is_written) {
    const TemporaryFolder folder;
    SmallScene scene;
    scene.second = scene.first;
    scene.changes = "[[change]]\nkind = \"water_level\"\ncount = 500\n";
    NoProgress quiet;
    try {
        simulate(scene.write(folder / "scene.toml", folder / "out"), quiet, 1);
        FAIL() << "500 ponds in a scene of 7 hectares";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("found 500, but the scene has room for"));
        EXPECT_THAT(error.what(), HasSubstr("scene.toml:"));
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

TEST(SceneFile, reference_is_up_to_date) {
    std::ifstream file(CONFIGS_FOLDER "/scenes/reference.toml");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), scene_reference());
}

TEST(SceneFile, every_scene_of_the_project_loads) {
    EXPECT_NO_THROW(load_scene(CONFIGS_FOLDER "/demo/scene.toml"));
    int loaded = 0;
    for (const auto& entry : std::filesystem::directory_iterator(CONFIGS_FOLDER "/scenes")) {
        if (entry.path().filename() == "reference.toml") continue;
        EXPECT_NO_THROW(load_scene(entry.path())) << entry.path();
        ++loaded;
    }
    EXPECT_GE(loaded, 1);
}

} // namespace
} // namespace overflight::simulation
