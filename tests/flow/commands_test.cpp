// SPDX-License-Identifier: Apache-2.0
// The commands of a run as people and programs meet them: on a terminal, in a log, through a pipe.
#include "flow/small_pair.h"
#include "support/terminal.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <regex>

namespace overflight {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Commands : public SmallPair {
protected:
    std::string config() const { return (data() / "overflight.toml").string(); }

    std::vector<std::string> run_words(const std::string& progress, const std::string& resolution) const {
        return {PROGRAM,      "run",    config(), "--force",  "--threads", "2",
                "--progress", progress, "--set",  resolution, "--set",     "output.folder=" + (*this / "out").string()};
    }

    /// A run with what it says on each stream in a file of its own.
    struct Streams {
        int exit_code = -1;
        std::string out, err;
    };
    Streams run_apart(const std::string& arguments) const {
        const Outcome outcome = shell(fmt::format(
            "'{}' run '{}' --force --set output.resolution_m=0.5 --set 'output.folder={}' {} >'{}' 2>'{}'", PROGRAM,
            config(), (*this / "out").string(), arguments, (*this / "1").string(), (*this / "2").string()));
        return {outcome.exit_code, contents(*this / "1"), contents(*this / "2")};
    }

    std::string product_list() const {
        std::string all;
        for (const char* name : {"one.nc", "one.png", "one.seams.gpkg", "two.nc", "two.png", "two.seams.gpkg",
                                 "one__two.nc", "one__two.png", "one__two.gpkg", "one__two.geojson"})
            all += (*this / "out" / name).string() + "\n";
        return all;
    }
};

TEST_F(Commands, ProgressOnATerminalIsABarAStage) {
    const auto [exit_code, text] = on_a_terminal(run_words("auto", "output.resolution_m=0.5"));
    EXPECT_EQ(exit_code, 0) << text;
    for (const char* stage : {"survey one", "compose one", "compose two"})
        EXPECT_THAT(text, AllOf(ContainsRegex(fmt::format("\r\033\\[K{} +\\[[#-]+\\] +[0-9]+ %", stage)),
                                ContainsRegex(fmt::format("\r\033\\[K{} +[0-9.]+ [A-Za-z]+ in 0:[0-9]+, ", stage))));
    EXPECT_THAT(text, ContainsRegex("compose one +\\[-+\\]   0 %  0.0 / 0.3 Mpx  0.0 Mpx/s  left "));
    EXPECT_THAT(text, testing::EndsWith("one__two.geojson\r\n"));
}

TEST_F(Commands, ProgressElsewhereIsPlainLines) {
    for (const char* mode : {"", "--progress auto", "--progress plain"}) {
        const Streams streams = run_apart(mode);
        EXPECT_EQ(streams.exit_code, 0);
        EXPECT_THAT(streams.err, AllOf(HasSubstr("compose one: 0.3 Mpx to do\n"),
                                       ContainsRegex("compose one: 0.3 Mpx in 0:[0-9]+, [0-9.]+ Mpx/s\n"),
                                       Not(HasSubstr("\r")), Not(HasSubstr("\033"))));
        EXPECT_EQ(streams.out, product_list()) << mode;
    }
    const auto [exit_code, text] = on_a_terminal(run_words("plain", "output.resolution_m=0.5"));
    EXPECT_EQ(exit_code, 0);
    EXPECT_THAT(text, AllOf(HasSubstr("compose one: 0.3 Mpx to do\r\n"), Not(HasSubstr("\033[K"))));
}

TEST_F(Commands, ProgressInJsonIsJsonToTheLastLine) {
    const Streams streams = run_apart("--progress json");
    EXPECT_EQ(streams.exit_code, 0);
    EXPECT_THAT(streams.err, IsEmpty());
    std::istringstream lines(streams.out);
    std::vector<std::string> begun, ended;
    std::string products;
    for (std::string line; std::getline(lines, line);) {
        const nlohmann::json object = nlohmann::json::parse(line);
        if (object["event"] == "begin") begun.push_back(object["stage"]);
        if (object["event"] == "end") ended.push_back(object["stage"]);
        if (object["event"] == "product") products += object["path"].get<std::string>() + "\n";
    }
    EXPECT_EQ(begun, ended);
    EXPECT_THAT(ended, testing::IsSupersetOf({"survey one", "compose one", "compose two"}));
    EXPECT_EQ(products, product_list());
}

TEST_F(Commands, ProgressOffIsSilence) {
    const Streams streams = run_apart("--progress off");
    EXPECT_EQ(streams.exit_code, 0);
    EXPECT_THAT(streams.err, IsEmpty());
    EXPECT_EQ(streams.out, product_list());
    EXPECT_EQ(shell(fmt::format("'{}' run '{}' --progress loud", PROGRAM, config())).exit_code, 2);
}

TEST_F(Commands, CtrlCOnATerminalLeavesACleanLineAndNoHalfProduct) {
    const auto [exit_code, text] = on_a_terminal(run_words("auto", "output.resolution_m=0.02"), "compose one", "\x03");
    EXPECT_EQ(exit_code, 130) << text;
    // the bar, the terminal's echo, and what is said of it on a line of its own
    EXPECT_THAT(text, ContainsRegex("left [0-9:-]+(\\^C)?\r\n.*stopped on request; what was finished stays.*\r\n$"));
    std::vector<std::string> left;
    for (const auto& entry : std::filesystem::directory_iterator(*this / "out"))
        if (const std::string name = entry.path().filename(); name[0] != '.') left.push_back(name);
    EXPECT_THAT(left, testing::UnorderedElementsAre("one.adjustment.json", "run.json", "run.log"));
}

TEST_F(Commands, ThreadsAndMemoryOfTheCommandLineWin) {
    const Streams streams = run_apart("--threads 1 --memory-mb 300 --set run.threads=2 --set run.memory_mb=400");
    EXPECT_EQ(streams.exit_code, 0) << streams.err;
    EXPECT_EQ(report("out")["threads"], 1);
    EXPECT_EQ(report("out")["memory_mb"], 300);
    EXPECT_EQ(run_apart("--set run.threads=2 --set run.memory_mb=400").exit_code, 0);
    EXPECT_EQ(report("out")["threads"], 2);
    EXPECT_EQ(report("out")["memory_mb"], 400);
    EXPECT_EQ(run_apart("--threads 0").exit_code, 2);
    EXPECT_EQ(run_apart("--memory-mb 10").exit_code, 2);
}

TEST_F(Commands, PlanChecksAllAndDecodesNothing) {
    // pixels cut off: whoever decodes a block of these frames notices
    const auto frames = copy_of_frames();
    for (const auto& entry : std::filesystem::directory_iterator(frames))
        std::filesystem::resize_file(entry, std::filesystem::file_size(entry) / 2);
    const std::string arguments =
        fmt::format("--set 'output.folder={}' {}", (*this / "out").string(), SmallPair::frames(frames));
    const Outcome plan = shell(fmt::format("'{}' plan '{}' {}", PROGRAM, config(), arguments));
    EXPECT_EQ(plan.exit_code, 0) << plan.text;
    for (const char* said :
         {"mission one\n  frames    6 of 3 bands uint8, ", "footprints lie in 511[0-9.]+, 542[0-9.]+ to 512",
          "  grid      600 x 480 pixels of 0.5 at 511850.000, 5423880.000 to 512150.000, 5424120.000",
          "  tiles     2 of 2 hold data, ", "change one -> two\n  grid      600 x 480 pixels",
          "memory      [0-9]+ MB: ", "disk        up to [0-9]+ MB in ", "time        about [0-9]+ s on [0-9]+ threads"})
        EXPECT_THAT(plan.text, ContainsRegex(said));
    EXPECT_THAT(plan.text, Not(HasSubstr("left out")));
    EXPECT_FALSE(std::filesystem::exists(*this / "out"));

    const Outcome wrong =
        shell(fmt::format("'{}' plan '{}' {} --set terrain.file=none.tif", PROGRAM, config(), arguments));
    EXPECT_EQ(wrong.exit_code, 2);
    EXPECT_THAT(wrong.text, HasSubstr("none.tif: terrain.file: the file does not exist"));
}

TEST_F(Commands, ValidateReadsTheConfigAlone) {
    std::filesystem::create_directory(*this / "alone");
    std::filesystem::copy(config(), *this / "alone");
    const Outcome outcome =
        shell(fmt::format("'{}' validate '{}'", PROGRAM, (*this / "alone/overflight.toml").string()));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
    EXPECT_THAT(outcome.text, HasSubstr("valid, 2 mission(s) and 1 pair(s)"));
}

TEST_F(Commands, SaysAllThatIsWrongWithTheFilesInOneGo) {
    const Outcome outcome = run("out", "--set mission.0.interior=none.yaml --set mission.1.exterior=none.csv "
                                       "--set 'output.bounds=[0, 0, 100, 100]'");
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.text, AllOf(HasSubstr("none.yaml: mission.interior: the file does not exist"),
                                    HasSubstr("none.csv: mission.exterior: the file does not exist")));
}

TEST_F(Commands, InspectShowsWhatIsInAProduct) {
    ASSERT_EQ(run_apart("--progress off").exit_code, 0);
    const Outcome mosaic = shell(fmt::format("'{}' inspect '{}'", PROGRAM, (*this / "out/one.nc").string()));
    EXPECT_EQ(mosaic.exit_code, 0);
    EXPECT_THAT(mosaic.text, AllOf(HasSubstr("image"), HasSubstr("source_frame"), HasSubstr("quality"),
                                   HasSubstr("600 x 480"), HasSubstr("frames"), HasSubstr("mean")));
    const Outcome change = shell(fmt::format("'{}' inspect '{}'", PROGRAM, (*this / "out/one__two.nc").string()));
    EXPECT_EQ(change.exit_code, 0);
    EXPECT_THAT(change.text, AllOf(HasSubstr("score"), HasSubstr("mask")));
    const Outcome none = shell(fmt::format("'{}' inspect '{}'", PROGRAM, config()));
    EXPECT_EQ(none.exit_code, 2) << none.text;
    EXPECT_EQ(std::count(none.text.begin(), none.text.end(), '\n'), 1) << none.text;
}

TEST_F(Commands, SimulateRefusesAWrongScene) {
    std::ofstream(*this / "scene.toml") << "[scene]\nwidht_m = 100\n";
    const Outcome outcome = shell(fmt::format("cd '{}' && '{}' simulate scene.toml", (*this / "").string(), PROGRAM));
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.text, ContainsRegex("scene.toml:2:1: scene.widht_m: unknown key; did you mean .width_m"));
}

} // namespace
} // namespace overflight
