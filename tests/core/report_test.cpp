// SPDX-License-Identifier: Apache-2.0
#include "core/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace overflight {
namespace {

TEST(RunReport, IsJsonWithRates) {
    RunReport report;
    report.program_version = "1.2.3";
    report.outcome = "done with gaps";
    report.exit_code = 1;
    report.threads = 4;
    report.libraries = {{"GDAL", "3.6.2"}};
    report.stages = {{"compose", 2.0, 50.0}, {"plan", 0.5, 0.0}};
    report.products = {{"out/2015.nc", 1234, "abc"}};
    report.gaps = {{"2015.nc", "frame \"a\xff.tif\"", "truncated"}};
    report.warnings = {"a line\nand another"};
    report.config_text = "[output]\n";

    const auto json = nlohmann::json::parse(report_json(report));
    EXPECT_EQ(json["version"], "1.2.3");
    EXPECT_EQ(json["exit_code"], 1);
    EXPECT_EQ(json["stages"][0]["megapixels_per_second"], 25.0);
    EXPECT_FALSE(json["stages"][1].contains("megapixels"));
    EXPECT_EQ(json["products"][0]["sha256"], "abc");
    EXPECT_EQ(json["gaps"][0]["cause"], "truncated");
    EXPECT_EQ(json["warnings"][0], "a line\nand another");
    EXPECT_EQ(json["libraries"]["GDAL"], "3.6.2");
    EXPECT_EQ(json["config"]["text"], "[output]\n");
}

TEST(RunReport, KnowsThisProcess) {
    const std::int64_t before = peak_resident_mb();
    const std::vector<char> touched(64 << 20, 1);
    EXPECT_GE(peak_resident_mb(), before + (touched.back() == 1 ? 32 : 0));
    EXPECT_FALSE(host_name().empty());
    EXPECT_THAT(utc_now(),
                testing::MatchesRegex("20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z"));
}

} // namespace
} // namespace overflight
