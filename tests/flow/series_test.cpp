// SPDX-License-Identifier: Apache-2.0
// Missions one after another, and the time line over their changes.
#include "flow/small_pair.h"
#include "io/product.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

namespace overflight {
namespace {

class Series : public SmallPair {
protected:
    /// The first mission, the second, and the first again under another name: what came goes.
    std::filesystem::path config() const {
        std::string text = contents(data() / "overflight.toml");
        const auto first = text.find("[[mission]]"), second = text.find("[[mission]]", first + 1);
        std::string again = text.substr(first, second - first);
        again.replace(again.find("\"one\""), 5, "\"three\"");
        text.resize(text.find("[[change]]"));
        std::ofstream(data() / "series.toml") << text << again << "[[change]]\nsuccessive = true\n";
        return data() / "series.toml";
    }

    Outcome program(const std::string& words, const std::string& to) const {
        return shell(fmt::format("'{}' {} --progress off --threads 2 --set 'output.folder={}' --set "
                                 "output.resolution_m=0.25 --set output.report=false",
                                 PROGRAM, words, (*this / to).string()));
    }

    static std::vector<std::uint8_t> layer(const ProductReader& product, const std::string& name) {
        std::vector<std::uint8_t> samples(static_cast<std::size_t>(product.grid().width * product.grid().height));
        product.read_window(name, 0,
                            {0, 0, static_cast<int>(product.grid().width), static_cast<int>(product.grid().height)},
                            std::as_writable_bytes(std::span(samples)));
        return samples;
    }
};

TEST_F(Series, TellsWhenPlacesChangedLastAndHowOften) {
    const std::string file = config().string();
    const Outcome outcome = program("run '" + file + "'", "out");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.text;
    const ProductReader timeline(*this / "out" / "one__three__timeline.nc"), came(*this / "out" / "one__two.nc"),
        went(*this / "out" / "two__three.nc");
    const auto last = layer(timeline, "last_change"), changes = layer(timeline, "changes"), first = layer(came, "mask"),
               second = layer(went, "mask");
    ASSERT_EQ(timeline.grid(), came.grid());
    ASSERT_EQ(timeline.grid(), went.grid());
    std::size_t twice = 0;
    for (std::size_t i = 0; i < last.size(); ++i) {
        const bool one = first[i] == 1, two = second[i] == 1, seen = first[i] != 255 || second[i] != 255;
        ASSERT_EQ(last[i], seen ? (two ? 2 : one ? 1 : 0) : 255) << i;
        ASSERT_EQ(changes[i], seen ? one + two : 255) << i;
        twice += one && two ? 1 : 0;
    }
    EXPECT_GT(twice, 200U) << "what came went";

    const std::vector<TableColumn> objects = timeline.table("objects");
    const auto& intervals = objects.at(0).integer;
    EXPECT_EQ(intervals.size(), came.table("objects").at(0).text.size() + went.table("objects").at(0).text.size());
    EXPECT_THAT(intervals, testing::AllOf(testing::Contains(1), testing::Contains(2)));
    EXPECT_THAT(objects.at(2).integer, testing::Contains(2));
    EXPECT_TRUE(std::filesystem::exists(*this / "out" / "one__three__timeline.gpkg"));

    ASSERT_EQ(shell(fmt::format("'{}' export '{}' --to stac", PROGRAM, (*this / "out").string())).exit_code, 0);
    const auto item =
        nlohmann::json::parse(contents(*this / "out" / "stac" / "one__three__timeline" / "one__three__timeline.json"));
    EXPECT_EQ(item["properties"]["title"], "Time line one__three__timeline");

    for (const char* words : {"survey", "compose --shard 1-2/2", "merge", "detect --shard 1-2/2", "finish"}) {
        const std::string command = words;
        const auto cut = std::min(command.find(' '), command.size());
        const Outcome part = program(command.substr(0, cut) + " '" + file + "'" + command.substr(cut), "parts");
        ASSERT_EQ(part.exit_code, 0) << words << part.text;
    }
    EXPECT_TRUE(contents(*this / "parts" / "one__three__timeline.nc") ==
                contents(*this / "out" / "one__three__timeline.nc"));

    const auto written = std::filesystem::last_write_time(*this / "out" / "one__three__timeline.nc");
    ASSERT_EQ(program("run '" + file + "'", "out").exit_code, 0);
    EXPECT_EQ(std::filesystem::last_write_time(*this / "out" / "one__three__timeline.nc"), written) << "kept";
}

} // namespace
} // namespace overflight
