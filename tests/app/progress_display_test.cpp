// SPDX-License-Identifier: Apache-2.0
#include "app/progress_display.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <thread>

namespace overflight::app {
namespace {

using testing::HasSubstr;

struct Shown {
    double now = 0;
    std::ostringstream out;
    Clock clock = [this] { return now; };

    std::vector<std::string> lines() const {
        std::istringstream stream(out.str());
        std::vector<std::string> all;
        for (std::string line; std::getline(stream, line);) all.push_back(line);
        return all;
    }
};

TEST(ClockText, CountsInSixties) {
    EXPECT_EQ(clock_text(0), "0:00");
    EXPECT_EQ(clock_text(59.6), "1:00");
    EXPECT_EQ(clock_text(75), "1:15");
    EXPECT_EQ(clock_text(3675), "1:01:15");
}

TEST(PlainProgress, WritesALineEveryFewSeconds) {
    Shown shown;
    const auto progress = plain_progress(shown.out, shown.clock);
    progress->begin("compose", 160, "Mpx");
    for (int i = 0; i < 80; ++i) {
        shown.now += 0.125;
        progress->advance(1);
    }
    progress->end();
    EXPECT_THAT(shown.lines(), testing::ElementsAre("compose: 160.0 Mpx to do",
                                                    "compose: 25 %, 40.0 of 160.0 Mpx, 8.0 Mpx/s, left 0:15",
                                                    "compose: 50 %, 80.0 of 160.0 Mpx, 8.0 Mpx/s, left 0:10",
                                                    "compose: 80.0 Mpx in 0:10, 8.0 Mpx/s"));
}

TEST(BarProgress, RedrawsAtMostTenTimesASecond) {
    Shown shown;
    const auto progress = bar_progress(shown.out, shown.clock);
    progress->begin("compose", 1000, "Mpx");
    for (int i = 0; i < 1000; ++i) {
        shown.now += 0.001;
        progress->advance(1);
    }
    const std::string text = shown.out.str();
    EXPECT_LE(std::count(text.begin(), text.end(), '\r'), 11);
    EXPECT_GE(std::count(text.begin(), text.end(), '\r'), 9);
    EXPECT_THAT(text, HasSubstr("Mpx/s  left 0:00"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 0);
    progress->end();
    EXPECT_THAT(shown.out.str(), testing::EndsWith("compose    1000.0 Mpx in 0:01, 1000.0 Mpx/s\n"));
}

TEST(BarProgress, LeavesTheLineWhenItsStageIsBrokenOff) {
    Shown shown;
    auto progress = bar_progress(shown.out, shown.clock);
    progress->begin("compose", 10, "Mpx");
    progress.reset();
    EXPECT_THAT(shown.out.str(), testing::EndsWith("left -:--\n"));
    Shown ended;
    progress = bar_progress(ended.out, ended.clock);
    progress->begin("compose", 10, "Mpx");
    progress->end();
    progress.reset();
    EXPECT_THAT(ended.out.str(), testing::EndsWith("Mpx/s\n"));
    EXPECT_THAT(ended.out.str(), testing::Not(HasSubstr("\n\n")));
}

TEST(BarProgress, KeepsItsShapeWithNothingToDoOrTooMuchDone) {
    Shown shown;
    const auto progress = bar_progress(shown.out, shown.clock);
    progress->begin("none", 0, "Mpx");
    progress->end();
    progress->begin("over", 10, "Mpx");
    shown.now += 1;
    progress->advance(15);
    EXPECT_THAT(shown.out.str(), HasSubstr("over       [########################] 100 %"));
}

TEST(JsonProgress, WritesAnObjectALine) {
    Shown shown;
    const auto progress = json_progress(shown.out, shown.clock);
    progress->begin("scan", 4, "frames");
    shown.now += 2;
    progress->advance(1);
    progress->end();
    const auto lines = shown.lines();
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(nlohmann::json::parse(lines[0])["event"], "begin");
    const auto line = nlohmann::json::parse(lines[1]);
    EXPECT_EQ(line["event"], "progress");
    EXPECT_EQ(line["stage"], "scan");
    EXPECT_EQ(line["done"], 1.0);
    EXPECT_EQ(line["rate"], 0.5);
    EXPECT_EQ(line["seconds_left"], 6.0);
    EXPECT_EQ(nlohmann::json::parse(lines[2])["event"], "end");
}

TEST(Progress, CountsFromManyThreads) {
    std::ostringstream out;
    const auto progress = json_progress(out, [] { return 0.0; });
    progress->begin("count", 4000, "tiles");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 1000; ++j) progress->advance(1);
        });
    }
    for (std::thread& thread : threads) thread.join();
    progress->end();
    EXPECT_THAT(out.str(), HasSubstr(R"("event":"end","stage":"count","done":4000.0)"));
}

} // namespace
} // namespace overflight::app
