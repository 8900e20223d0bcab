// SPDX-License-Identifier: Apache-2.0
// Runs in parts, after kills and over products that are there: always the bytes of one undisturbed run.
#include "flow/small_pair.h"
#include "flow/tile_sources.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <map>
#include <random>
#include <set>

namespace overflight {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

/// About 20 tiles a product.
constexpr const char* fine = "--set output.resolution_m=0.13 --set run.checkpoint_s=1 --set output.report=false --set "
                             "output.quicklooks=false --set output.vectors=false ";
const std::vector<std::string> products = {"one.nc", "two.nc", "one__two.nc"};

class Steps : public SmallPair {
protected:
    /// One undisturbed run, once for all tests.
    void SetUp() override {
        if (!plain_.empty()) return;
        const Outcome outcome = run("plain", fine);
        ASSERT_EQ(outcome.exit_code, 0) << outcome.text;
        for (const std::string& file : products) plain_[file] = contents(*this / "plain" / file);
        const nlohmann::json last = report("plain");
        for (const auto& tiles : last["tiles"]) tiles_[tiles["product"]] = tiles["computed"];
    }

    void expect_plain(const std::string& folder) const {
        for (const std::string& file : products)
            EXPECT_TRUE(contents(*this / folder / file) == plain_.at(file)) << file << " of " << folder;
    }

    Outcome step(const std::string& words, const std::string& to, const std::string& more = "") const {
        return shell(command(words, to, more));
    }

    std::string command(const std::string& words, const std::string& to, const std::string& more = "") const {
        const auto cut = words.find(' ');
        return fmt::format("'{}' {} '{}' {} --progress off --threads 2 {} --set 'output.folder={}' {}", PROGRAM,
                           words.substr(0, cut), (data() / "overflight.toml").string(),
                           cut == std::string::npos ? "" : words.substr(cut), fine, (*this / to).string(), more);
    }

    void shards(const std::string& to, int count, const std::string& more = "") const {
        const auto good = [&](const std::string& words) {
            const Outcome outcome = step(words, to, more);
            EXPECT_EQ(outcome.exit_code, 0) << words << ": " << outcome.text;
        };
        good("survey");
        for (int i = count; i >= 1; --i) good(fmt::format("compose --shard {}/{}", i, count));
        good("merge");
        for (int i = 1; i <= count; ++i) good(fmt::format("detect --shard {}/{}", i, count));
        good("finish");
    }

    /// Tiles made and taken, by product.
    std::map<std::string, std::pair<int, int>> counts(const std::string& to) const {
        std::map<std::string, std::pair<int, int>> out;
        const nlohmann::json last = report(to);
        for (const auto& tiles : last["tiles"]) out[tiles["product"]] = {tiles["computed"], tiles["reused"]};
        return out;
    }

    static std::map<std::string, std::string> plain_;
    static std::map<std::string, int> tiles_;
};

std::map<std::string, std::string> Steps::plain_;
std::map<std::string, int> Steps::tiles_;

TEST_F(Steps, InAnyNumberOfShards) {
    for (const int count : {1, 3, 5}) {
        shards("out", count, "--force");
        expect_plain("out");
        std::filesystem::remove_all(*this / "out");
    }
}

TEST_F(Steps, ShardsHoldTheEvidenceToo) {
    const std::string evidence = std::string(fine) + "--set change.0.evidence=true ";
    ASSERT_EQ(run("whole", evidence).exit_code, 0);
    shards("parts", 3, "--set change.0.evidence=true");
    EXPECT_TRUE(contents(*this / "whole" / "one__two.nc") == contents(*this / "parts" / "one__two.nc"));
}

TEST_F(Steps, AMissionThatMatchesTheViewsOfAnotherIsSurveyedAfterIt) {
    const std::string match = "--set mission.0.match_view_of=two ";
    ASSERT_EQ(run("whole", fine + match).exit_code, 0);
    EXPECT_FALSE(contents(*this / "whole" / "one.nc") == plain_.at("one.nc")); // the flights differ, so do the seams
    const Outcome alone = step("survey --mission one", "parts", match);
    EXPECT_NE(alone.exit_code, 0);
    EXPECT_THAT(alone.text, HasSubstr("mission two"));
    shards("parts", 2, match);
    for (const std::string& file : products)
        EXPECT_TRUE(contents(*this / "whole" / file) == contents(*this / "parts" / file)) << file;
}

TEST_F(Steps, SeveralShardsInAProcess) {
    for (const char* words : {"survey", "compose --shard 1-3/5", "compose --shard 4-5/5", "merge",
                              "detect --shard 2-5/5", "detect --shard 1/5"}) {
        const Outcome outcome = step(words, "out");
        EXPECT_EQ(outcome.exit_code, 0) << words << ": " << outcome.text;
    }
    const auto manifests = [&](const std::string& product) {
        std::set<std::string> shards;
        for (const auto& entry : std::filesystem::directory_iterator(*this / "out" / ".work" / product))
            if (entry.path().extension() == ".json")
                shards.insert(nlohmann::json::parse(contents(entry.path())).value("shard", ""));
        return shards;
    };
    EXPECT_THAT(manifests("one__two"), testing::ElementsAre("1of5", "2of5", "3of5", "4of5", "5of5"));
    EXPECT_EQ(step("finish", "out").exit_code, 0);
    expect_plain("out");
    // whoever has the products may ask for the report again, whatever has become of the survey
    std::filesystem::remove(*this / "out" / ".work" / "one" / "survey");
    EXPECT_EQ(step("finish", "out").exit_code, 0);
    expect_plain("out");
}

TEST_F(Steps, TwoProcessesAtOneStepDoNotMeet) {
    // one process, and another that begins once `sign` is there: what the other says, and both exit codes
    const auto both = [&](const std::string& words, const std::string& sign) {
        const std::string one = command(words, "out");
        return shell(
            fmt::format("{0} >/dev/null 2>&1 &\nid=$!\n"
                        "while kill -0 $id 2>/dev/null && ! ls -A {1} 2>/dev/null | grep -q .; do sleep 0.005; "
                        "done\n{0}\nother=$?\nwait $id\necho codes $? $other",
                        one, sign));
    };
    ASSERT_EQ(step("survey", "out").exit_code, 0);
    const std::string work = (*this / "out" / ".work").string();
    EXPECT_THAT(both("compose --shard 1/1", "'" + work + "'/one/shard-*").text, HasSubstr("codes 0 0"));
    const std::string merged = both("merge", "'" + work + "'/one/product.tiles.partial").text;
    EXPECT_THAT(merged, testing::AnyOf(HasSubstr("codes 0 0"), // one after the other
                                       testing::AllOf(HasSubstr("another process is at work here (merge"),
                                                      HasSubstr("codes 0 2"))));
    for (const char* words : {"detect", "finish"}) ASSERT_EQ(step(words, "out").exit_code, 0);
    expect_plain("out");
}

TEST_F(Steps, ReportTheFilesThatARunReports) {
    shards("out", 1, "--set output.vectors=true --set output.quicklooks=true");
    std::vector<std::string> names;
    const nlohmann::json last = report("out");
    for (const auto& product : last["products"])
        names.push_back(std::filesystem::path(product["path"].get<std::string>()).filename());
    EXPECT_THAT(names, testing::UnorderedElementsAre("one.nc", "one.png", "one.seams.gpkg", "two.nc", "two.png",
                                                     "two.seams.gpkg", "one__two.nc", "one__two.png", "one__two.gpkg",
                                                     "one__two.geojson"));
}

TEST_F(Steps, AShardLooksAtNothingThatItsSiblingsWrote) {
    ASSERT_EQ(step("survey", "out").exit_code, 0);
    for (const char* words : {"compose --shard 1/3", "compose --shard 3/3"}) ASSERT_EQ(step(words, "out").exit_code, 0);
    Config config;
    config.output.folder = *this / "out";
    const auto looked_at = [&](const Shard& own) {
        return TileSources(WorkFolder(config, "one"), own, Execution{2, false, false}).shards();
    };
    EXPECT_THAT(looked_at({1, 3}), testing::ElementsAre("1of3"));
    EXPECT_THAT(looked_at({2, 3}), testing::ElementsAre());
    EXPECT_THAT(looked_at({2, 13}), testing::ElementsAre("1of3", "3of3"));
}

TEST_F(Steps, TerrainIsReadAnewWhereWhatTheSurveyLeftOfItIsNotWhole) {
    ASSERT_EQ(step("survey", "out").exit_code, 0);
    const auto left = *this / "out" / ".work" / "one" / "terrain";
    const std::string whole = contents(left);
    ASSERT_FALSE(whole.empty());
    std::filesystem::resize_file(left, whole.size() / 2);
    std::filesystem::remove(*this / "out" / ".work" / "two" / "terrain");
    for (const char* words : {"compose", "merge", "detect", "finish"}) ASSERT_EQ(step(words, "out").exit_code, 0);
    expect_plain("out");
    ASSERT_EQ(step("survey", "out").exit_code, 0);
    EXPECT_TRUE(contents(left) == whole);
}

TEST_F(Steps, ShardsOfOneMissionInAProcessOfTheirOwn) {
    for (const char* words : {"survey --mission two", "survey --mission one", "compose --shard 1/2 --mission two",
                              "compose --shard 2/2 --mission two", "compose --mission one", "merge --mission one",
                              "merge", "detect", "finish"}) {
        const Outcome outcome = step(words, "out");
        EXPECT_EQ(outcome.exit_code, 0) << words << ": " << outcome.text;
    }
    expect_plain("out");
    EXPECT_EQ(report("out")["products"].size(), 3U);
}

TEST_F(Steps, KilledAtAnyInstantGoOnWhereTheyWere) {
    std::mt19937 random(7);
    const auto started = std::chrono::steady_clock::now();
    ASSERT_EQ(run("timed", fine).exit_code, 0);
    const double whole = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    int hit = 0;
    for (int trial = 0; trial < 3; ++trial) {
        const std::string folder = fmt::format("out{}", trial);
        for (int kills = 0; kills < 4; ++kills) {
            const double after = whole * std::uniform_real_distribution<>(0.05, 0.9)(random);
            const Outcome outcome = shell(fmt::format("timeout -s KILL {:.2f} {}", after, command("run", folder)));
            if (outcome.exit_code == 0) break;
            ++hit;
            for (const std::string& file : products) { // whole or not there
                if (!std::filesystem::exists(*this / folder / (file + ".sha256.json"))) continue;
                const Outcome whole_file =
                    shell(fmt::format("'{}' inspect '{}'", PROGRAM, (*this / folder / file).string()));
                EXPECT_EQ(whole_file.exit_code, 0) << whole_file.text;
            }
        }
        const Outcome outcome = step("run", folder);
        ASSERT_EQ(outcome.exit_code, 0) << outcome.text;
        expect_plain(folder);
        for (const auto& entry : std::filesystem::recursive_directory_iterator(*this / folder)) {
            const std::string name = entry.path().filename().string();
            EXPECT_FALSE(name.ends_with(".partial") || name.starts_with("left-") || name.starts_with("shard-") ||
                         (name[0] == '.' && name != ".work"))
                << entry.path() << " is what a killed run left";
        }
    }
    EXPECT_GT(hit, 0);
}

TEST_F(Steps, AKillLosesTheTilesInFlightAndNoOthers) {
    // stopped dead at a known place: the journal has all that was written
    const Outcome outcome = shell(fmt::format(
        "{} &\nid=$!\nwhile kill -0 $id 2>/dev/null && [ $(stat -c %s '{}' 2>/dev/null || echo 0) -lt 2500 ]; do "
        "sleep 0.01; done\nkill -9 $id; wait $id",
        command("run", "out"), (*this / "out" / ".work" / "one" / "product.tiles.partial").string()));
    ASSERT_NE(outcome.exit_code, 0) << "it was over before it could be killed";
    const auto journal = std::filesystem::file_size(*this / "out" / ".work" / "one" / "product.tiles.partial");
    ASSERT_EQ(step("run", "out").exit_code, 0);
    expect_plain("out");
    const auto [computed, reused] = counts("out").at("one.nc");
    EXPECT_GT(reused, 0);
    EXPECT_EQ(computed + reused, tiles_.at("one.nc"));
    EXPECT_GE(journal, 2500U);
}

TEST_F(Steps, ADamagedChunkIsMadeAnew) {
    // a page of zeros, as a machine that lost its power leaves it; without a sidecar all is looked at again
    ASSERT_EQ(step("run", "out").exit_code, 0);
    for (const char* name : {"one.nc", "one__two.nc"}) {
        const std::filesystem::path file = *this / "out" / name;
        std::fstream(file, std::ios::in | std::ios::out | std::ios::binary)
            .seekp(static_cast<std::streamoff>(std::filesystem::file_size(file) / 2))
            .write(std::string(4096, '\0').data(), 4096);
        std::filesystem::remove(*this / "out" / (std::string(name) + ".sha256.json"));
    }
    const Outcome outcome = step("run", "out");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.text;
    expect_plain("out");
    const nlohmann::json last = report("out");
    for (const auto& tiles : last["tiles"]) {
        if (tiles["product"] == "two.nc") continue;
        EXPECT_GT(tiles["reused"], 0) << tiles;
        EXPECT_THAT(tiles.dump(), HasSubstr("damage"));
    }
}

TEST_F(Steps, AProductThatWasChangedIsMadeAnewWhateverItsSize) {
    ASSERT_EQ(step("run", "out").exit_code, 0);
    const auto write = [&](const char* name, std::uintmax_t at, std::size_t count) {
        std::fstream(*this / "out" / name, std::ios::in | std::ios::out | std::ios::binary)
            .seekp(static_cast<std::streamoff>(at))
            .write(std::string(count, '\0').data(), static_cast<std::streamsize>(count));
    };
    write("one.nc", std::filesystem::file_size(*this / "out" / "one.nc") / 2, 300);
    write("two.nc", 0, std::filesystem::file_size(*this / "out" / "two.nc"));
    write("one__two.nc", 0, 2000);
    EXPECT_EQ(shell(fmt::format("'{}' plan '{}' {} --set 'output.folder={}'", PROGRAM,
                                (data() / "overflight.toml").string(), fine, (*this / "out").string()))
                  .exit_code,
              0);
    std::filesystem::remove(*this / "out" / "one.adjustment.json"); // says what the products hold, as well
    const Outcome outcome = step("run", "out");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.text;
    expect_plain("out");
    EXPECT_GT(counts("out").at("one.nc").second, 0) << "what is whole is taken";
    EXPECT_TRUE(std::filesystem::exists(*this / "out" / "one.adjustment.json"));

    // touched, as by a copy: kept
    const auto touched = std::filesystem::last_write_time(*this / "out" / "one.nc") + std::chrono::hours(1);
    std::filesystem::last_write_time(*this / "out" / "one.nc", touched);
    ASSERT_EQ(step("run", "out").exit_code, 0);
    EXPECT_EQ(std::filesystem::last_write_time(*this / "out" / "one.nc"), touched);
}

TEST_F(Steps, KilledShardsGoOnWhereTheyWere) {
    ASSERT_EQ(step("survey", "timed").exit_code, 0);
    ASSERT_EQ(step("survey", "out").exit_code, 0);
    const auto started = std::chrono::steady_clock::now();
    ASSERT_EQ(step("compose --shard 1/2", "timed").exit_code, 0);
    const double whole = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    std::mt19937 random(3);
    int hit = 0;
    const auto kill = [&](const std::string& words) {
        const double after = whole * std::uniform_real_distribution<>(0.05, 0.9)(random);
        const Outcome outcome = shell(fmt::format("timeout -s KILL {:.2f} {}", after, command(words, "out")));
        hit += outcome.exit_code == 0 ? 0 : 1;
    };
    for (int i = 1; i <= 2; ++i) {
        for (int time = 0; time < 3; ++time) kill(fmt::format("compose --shard {}/2", i));
        ASSERT_EQ(step(fmt::format("compose --shard {}/2", i), "out").exit_code, 0);
    }
    EXPECT_GT(hit, 0);
    ASSERT_EQ(step("merge", "out").exit_code, 0);
    for (int i = 1; i <= 2; ++i) {
        kill(fmt::format("detect --shard {}/2", i));
        ASSERT_EQ(step(fmt::format("detect --shard {}/2", i), "out").exit_code, 0);
    }
    ASSERT_EQ(step("finish", "out").exit_code, 0);
    expect_plain("out");
}

TEST_F(Steps, AShardThatIsNotAsItWasPublishedIsNamedAndMadeAnew) {
    ASSERT_EQ(step("survey", "out").exit_code, 0);
    for (const char* words : {"compose --shard 1/2", "compose --shard 2/2"}) ASSERT_EQ(step(words, "out").exit_code, 0);
    std::filesystem::path shard;
    for (const auto& entry : std::filesystem::directory_iterator(*this / "out" / ".work" / "one"))
        if (entry.path().filename().string().starts_with("shard-2of2.") && entry.path().extension() == ".chunks")
            shard = entry.path();
    ASSERT_FALSE(shard.empty());
    const std::string whole = contents(shard);
    const auto write = [&](const std::string& text) { std::ofstream(shard, std::ios::binary) << text; };

    std::string flipped = whole;
    flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 1);
    write(flipped);
    Outcome outcome = step("merge", "out");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.text, AllOf(HasSubstr("mission one: "), HasSubstr(" tiles are in no shard"),
                                    HasSubstr("shard-2of2."), HasSubstr(" has SHA-256 "), HasSubstr("--shard")));
    EXPECT_FALSE(std::filesystem::exists(*this / "out" / "one.nc"));

    write(whole.substr(0, whole.size() - 1));
    outcome = step("merge", "out");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.text, ContainsRegex("shard-2of2\\..*\\.chunks has [0-9]+ bytes, [0-9]+ when it was published"));

    std::filesystem::remove(shard);
    outcome = step("merge", "out");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.text, ContainsRegex("shard-2of2\\..*\\.chunks is missing"));

    ASSERT_EQ(step("compose --shard 2/2", "out").exit_code, 0); // again, as the message says
    ASSERT_EQ(step("merge", "out").exit_code, 0);
    write(flipped);
    outcome = step("run", "out"); // or all of it
    EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
    expect_plain("out");
}

TEST_F(Steps, AFrameThatWasRepairedIsNoGap) {
    const std::filesystem::path folder = copy_of_frames();
    const std::filesystem::path frame = *std::filesystem::directory_iterator(folder);
    const std::string more = frames(folder), whole = contents(frame);
    const std::vector<std::string> all = {"survey"}, each = {"survey --mission one", "survey --mission two"};
    for (const auto& surveys : {all, each}) {
        std::filesystem::resize_file(frame, whole.size() / 2);
        step("survey", "out", more);
        EXPECT_EQ(step("compose --shard 1/1", "out", more).exit_code, 1);
        std::ofstream(frame, std::ios::binary) << whole;
        for (const std::string& words : surveys) EXPECT_EQ(step(words, "out", more).exit_code, 0) << words;
        for (const char* words :
             {"compose --shard 1/2", "compose --shard 2/2", "merge", "detect --shard 1/1", "finish"}) {
            const Outcome outcome = step(words, "out", more);
            EXPECT_EQ(outcome.exit_code, 0) << words << ": " << outcome.text;
        }
        EXPECT_TRUE(report("out")["gaps"].empty());
        expect_plain("out");
        std::filesystem::remove_all(*this / "out");
    }
}

TEST_F(Steps, WhatAShardLacksIsSaidToTheEndAndLookedForByARun) {
    const std::filesystem::path folder = copy_of_frames();
    const std::filesystem::path frame = *std::filesystem::directory_iterator(folder);
    const std::string more = frames(folder), whole = contents(frame);
    std::filesystem::resize_file(frame, whole.size() / 2);
    const auto lacks_part_of_the_frame = [&] {
        const nlohmann::json last = report("out");
        return std::ranges::any_of(last["gaps"], [&](const auto& gap) {
            return gap["product"] == "one.nc" &&
                   gap["what"].template get<std::string>().find(frame.filename().string()) != std::string::npos;
        });
    };
    step("survey", "out", more);
    for (const char* words : {"compose --shard 1/1", "merge", "finish"}) {
        if (words == std::string("finish")) step("detect --shard 1/1", "out", more);
        EXPECT_EQ(step(words, "out", more).exit_code, 1) << words;
    }
    EXPECT_TRUE(lacks_part_of_the_frame());
    std::filesystem::remove(*this / "out" / ".work" / "one" / "survey"); // which looks at the frame as well
    EXPECT_EQ(step("run", "out", more).exit_code, 1);
    EXPECT_TRUE(lacks_part_of_the_frame());
    EXPECT_GT(counts("out").at("one.nc").first, 0);
}

TEST_F(Steps, MergeWithoutAShardSaysWhatIsMissing) {
    ASSERT_EQ(step("survey", "out").exit_code, 0);
    ASSERT_EQ(step("compose --shard 1/3", "out").exit_code, 0);
    ASSERT_EQ(step("compose --shard 3/3", "out").exit_code, 0);
    const Outcome outcome = step("merge", "out");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.text, AllOf(HasSubstr("whole are the shards 1of3, 3of3"), Not(HasSubstr("2of3"))));
    EXPECT_THAT(shell(fmt::format("'{}' status '{}'", PROGRAM, (*this / "out").string())).text,
                AllOf(ContainsRegex("compose +1/3 +done"), ContainsRegex("merge +all +failed"),
                      HasSubstr("whole are the shards")));
}

TEST_F(Steps, ASurveyThatEndsEarlyLeavesHashesAndOverlaps) {
    std::filesystem::create_directories(*this / "out" / "one.adjustment.json"); // the balance cannot be written there
    const auto total = [&](const std::string& stage, const std::string& mission) {
        std::string words = command("survey --mission " + mission, "out");
        words.replace(words.find("progress off"), 12, "progress json");
        const Outcome outcome = shell(words);
        const auto at = outcome.text.find("\"stage\":\"" + stage + " " + mission + "\",\"done\":0.0,\"total\":");
        return std::pair(outcome.exit_code, at == std::string::npos
                                                ? outcome.text
                                                : outcome.text.substr(outcome.text.find("total", at) + 7, 3));
    };
    EXPECT_THAT(total("hash", "one"), testing::Pair(3, HasSubstr("adjustment")));
    const auto overlaps = *this / "out" / ".work" / "one" / "overlaps";
    EXPECT_TRUE(std::filesystem::exists(overlaps));
    EXPECT_THAT(total("survey", "one"), testing::Pair(3, "0.0")) << "all windows were compared";
    std::filesystem::resize_file(overlaps, std::filesystem::file_size(overlaps) - 1);
    EXPECT_THAT(total("survey", "one"), testing::Pair(3, testing::Not("0.0"))) << "not whole";
    std::filesystem::remove(*this / "out" / "one.adjustment.json");
    EXPECT_THAT(total("hash", "two"), testing::Pair(0, "10.")); // six frames, camera, poses and their CRS, terrain
    EXPECT_THAT(total("hash", "one"), testing::Pair(0, "0.0"));
    EXPECT_FALSE(std::filesystem::exists(overlaps));
    ASSERT_EQ(step("run", "out").exit_code, 0);
    expect_plain("out");
}

TEST_F(Steps, StepsOutOfOrderSayWhichComesFirst) {
    Outcome outcome = step("compose --shard 1/2", "out");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.text, HasSubstr("run overflight survey with this config first"));
    outcome = step("detect --shard 1/2", "out");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.text, HasSubstr("run overflight merge with this config first"));
    outcome = step("compose --shard 3/2", "out");
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.text, HasSubstr("found \"3/2\""));
    for (const char* wrong : {"2-1/4", "1-5/4", "0-1/4", "1-/4", "-2/4", "1-2", "/", "''"}) {
        outcome = step(fmt::format("detect --shard {}", wrong), "out");
        EXPECT_EQ(outcome.exit_code, 2) << wrong;
        EXPECT_THAT(outcome.text, HasSubstr("expects I/N")) << wrong;
    }
}

TEST_F(Steps, OverTheSameInputNothingIsMadeAgain) {
    for (const auto& [product, made] : tiles_) EXPECT_GT(made, 10) << product;
    ASSERT_EQ(step("run", "out").exit_code, 0);
    const auto before = std::filesystem::last_write_time(*this / "out" / "one.nc");
    ASSERT_EQ(step("run", "out").exit_code, 0);
    for (const auto& [product, count] : counts("out")) EXPECT_EQ(count.first, 0) << product;
    EXPECT_EQ(std::filesystem::last_write_time(*this / "out" / "one.nc"), before);
    EXPECT_EQ(report("out")["products"].size(), 3U);
    ASSERT_EQ(step("run", "out", "--force").exit_code, 0);
    EXPECT_EQ(counts("out").at("one.nc").second, 0);
    expect_plain("out");
}

TEST_F(Steps, AnotherThresholdDecidesAnewAndNothingElse) {
    ASSERT_EQ(step("run", "out").exit_code, 0);
    const char* more = "--set change.0.false_discovery=0.2";
    ASSERT_EQ(step("run", "out", more).exit_code, 0);
    for (const auto& [product, count] : counts("out")) EXPECT_EQ(count.first, 0) << product;
    ASSERT_EQ(step("run", "fresh", more).exit_code, 0);
    EXPECT_TRUE(contents(*this / "out" / "one__two.nc") == contents(*this / "fresh" / "one__two.nc"));
    EXPECT_FALSE(contents(*this / "out" / "one__two.nc") == plain_.at("one__two.nc"));
}

TEST_F(Steps, OneModelMayBeTerrainAndSurface) {
    const std::string more = fmt::format("--set 'terrain.surface={}'", (data() / "terrain" / "dtm.tif").string());
    EXPECT_EQ(step("survey", "out", more).exit_code, 0);
    const Outcome outcome = step("compose --shard 1/1", "out", more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
}

TEST_F(Steps, AReplacedFrameChangesTheTilesThatItTouches) {
    const std::filesystem::path folder = copy_of_frames();
    const std::string more = frames(folder) + " --set mosaic.balance=none";
    ASSERT_EQ(step("run", "out", more).exit_code, 0);
    std::filesystem::path frame;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (frame.empty() || entry.path() < frame) frame = entry.path();
    std::string bytes = contents(frame);
    for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 3000; ++i)
        bytes[i] = static_cast<char>(bytes[i] ^ 0x15);
    std::ofstream(frame, std::ios::binary) << bytes;
    ASSERT_EQ(step("run", "out", more).exit_code, 0);
    const auto [computed, reused] = counts("out").at("one.nc");
    EXPECT_GT(computed, 0);
    EXPECT_GT(reused, 0);
    EXPECT_EQ(counts("out").at("two.nc").first, 0);
    EXPECT_EQ(report("out")["tiles"][0]["reasons"], (nlohmann::json{{"frames", computed}}));
    ASSERT_EQ(step("run", "fresh", more).exit_code, 0);
    for (const std::string& file : products)
        EXPECT_TRUE(contents(*this / "out" / file) == contents(*this / "fresh" / file)) << file;
}

} // namespace
} // namespace overflight
