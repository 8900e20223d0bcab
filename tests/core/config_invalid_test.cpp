// SPDX-License-Identifier: Apache-2.0
#include "core/config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

// Each configs/invalid/*.toml has the exact message beside it, in the file of the same name that ends in .txt.
namespace overflight {
namespace {

namespace fs = std::filesystem;

std::set<std::string> stems(const std::string& extension) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(fs::path(CONFIGS_FOLDER) / "invalid")) {
        if (entry.path().extension() == extension) names.insert(entry.path().stem().string());
    }
    return names;
}

class InvalidConfig : public testing::TestWithParam<std::string> {
protected:
    // Messages name the file as it was given: here by its name alone.
    void SetUp() override { fs::current_path(fs::path(CONFIGS_FOLDER) / "invalid"); }
};

TEST_P(InvalidConfig, SaysWhatIsWrong) {
    std::ifstream file(GetParam() + ".txt");
    std::ostringstream expected;
    expected << file.rdbuf();
    try {
        load_config(GetParam() + ".toml");
        FAIL() << "accepted";
    } catch (const InputError& error) {
        EXPECT_EQ(error.what() + std::string("\n"), expected.str());
    }
}

INSTANTIATE_TEST_SUITE_P(Configs, InvalidConfig, testing::ValuesIn(stems(".toml")),
                         [](const auto& each) { return each.param; });

TEST(InvalidConfigs, EachHasItsMessage) {
    EXPECT_EQ(stems(".toml"), stems(".txt"));
    EXPECT_GE(stems(".toml").size(), 25U);
}

} // namespace
} // namespace overflight
