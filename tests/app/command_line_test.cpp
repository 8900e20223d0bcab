// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

// The program as a user starts it.
namespace overflight::app {
namespace {

using testing::HasSubstr;

struct Outcome {
    int exit_code = -1;
    std::string text; ///< both streams
};

Outcome overflight(const std::string& arguments) {
    Outcome outcome;
    FILE* pipe = popen((std::string(PROGRAM) + " " + arguments + " 2>&1").c_str(), "r");
    std::array<char, 4096> buffer;
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
        outcome.text.append(buffer.data(), count);
    }
    const int status = pclose(pipe);
    outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
}

std::string contents(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

const std::string configs = CONFIGS_FOLDER;

TEST(CommandLine, HelpOfEachCommandHasAnExample) {
    const Outcome all = overflight("--help");
    EXPECT_EQ(all.exit_code, 0);
    std::istringstream lines(all.text.substr(all.text.find("Subcommands:\n") + 13));
    int commands = 0;
    for (std::string line; std::getline(lines, line) && line.starts_with("  ");) {
        std::istringstream words(line);
        std::string name;
        words >> name;
        const Outcome help = overflight(name + " --help");
        EXPECT_EQ(help.exit_code, 0) << name;
        EXPECT_THAT(help.text, HasSubstr("Example:\n  overflight " + name));
        ++commands;
    }
    EXPECT_GE(commands, 3);
}

TEST(CommandLine, WrongArgumentsAreBadInput) {
    EXPECT_EQ(overflight("").exit_code, 2);
    EXPECT_EQ(overflight("fly").exit_code, 2);
    EXPECT_EQ(overflight("validate").exit_code, 2);
    EXPECT_EQ(overflight("validate --fast x.toml").exit_code, 2);
    EXPECT_EQ(overflight("config").exit_code, 2);
    EXPECT_EQ(overflight("info --log-level loud").exit_code, 2);
}

TEST(CommandLine, ReferenceIsPrintedAsItIs) {
    const Outcome outcome = overflight("config --reference");
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.text, contents(configs + "/reference.toml"));
}

TEST(CommandLine, ValidateTellsGoodFromBad) {
    const Outcome good = overflight("validate " + configs + "/reference.toml");
    EXPECT_EQ(good.exit_code, 0);
    EXPECT_THAT(good.text, HasSubstr("valid, 2 mission(s) and 1 pair(s)"));
    const Outcome bad = overflight("validate " + configs + "/invalid/resolution_zero.toml");
    EXPECT_EQ(bad.exit_code, 2);
    EXPECT_EQ(bad.text, configs + "/invalid/" + contents(configs + "/invalid/resolution_zero.txt"));
    EXPECT_EQ(overflight("validate none.toml").exit_code, 2);
}

TEST(CommandLine, SetReachesTheConfig) {
    const std::string validate = "validate " + configs + "/reference.toml ";
    EXPECT_EQ(overflight(validate + "--set output.resolution_m=2 --set 'mission.0.frames=[\"a.tif\", \"b,c.tif\"]' "
                                    "--set 'output.bounds=[0, 0, 1, 1]'")
                  .exit_code,
              0);
    EXPECT_EQ(overflight("validate --set output.level=2 " + configs + "/reference.toml").exit_code, 0);
    const Outcome outcome = overflight(validate + "--set output.resolution_m=0 --set mosaic.widen=maybe");
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.text, HasSubstr("--set output.resolution_m=0: output.resolution_m: found 0"));
    EXPECT_THAT(outcome.text, HasSubstr("--set mosaic.widen=maybe: "));
}

TEST(CommandLine, ExamplesOfTheConfigsFolderAreValid) {
    int examples = 0;
    for (const auto& entry : std::filesystem::directory_iterator(configs)) {
        if (entry.path().extension() != ".toml") continue;
        const Outcome outcome = overflight("validate " + entry.path().string());
        EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
        ++examples;
    }
    EXPECT_GE(examples, 4);
}

TEST(CommandLine, InfoNamesWhatMatters) {
    const Outcome outcome = overflight("info");
    EXPECT_EQ(outcome.exit_code, 0);
    for (const char* word : {"overflight 0", "instruction set", "threads", "memory", "GDAL", "HDF5", "PROJ", "TBB"}) {
        EXPECT_THAT(outcome.text, HasSubstr(word));
    }
}

} // namespace
} // namespace overflight::app
