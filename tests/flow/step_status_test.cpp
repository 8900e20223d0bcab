// SPDX-License-Identifier: Apache-2.0
#include "flow/step_status.h"
#include "flow/work_folder.h"
#include "support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace overflight {
namespace {

class StepStatusTest : public testing::Test {
protected:
    static StepStatus named(const std::string& step) {
        StepStatus status;
        status.step = step;
        status.part = "2015";
        return status;
    }

    TemporaryFolder folder;
    NoProgress inner;
};

TEST_F(StepStatusTest, SaysHowAStepGoesAndHowItWent) {
    StatusProgress progress(inner, folder / "out", "run", named("run"));
    EXPECT_TRUE(read_statuses(folder / "out").empty()) << "nothing before the first stage";
    progress.begin("compose", 100, "Mpx");
    std::vector<StepStatus> statuses;
    while ((statuses = read_statuses(folder / "out")).empty()) {
    }
    EXPECT_EQ(statuses[0].state, "running");
    EXPECT_EQ(statuses[0].stage, "compose");
    EXPECT_TRUE(seems_alive(statuses[0]));
    for (int k = 0; k < 100; ++k) progress.begin("stage " + std::to_string(k), 1, "files");
    RunReport report;
    report.tiles.push_back({"a.nc", "mosaic", 3, 2, {}});
    report.warnings.emplace_back("a warning");
    progress.close("done", "", report);
    statuses = read_statuses(folder / "out");
    ASSERT_EQ(statuses.size(), 1U);
    EXPECT_EQ(statuses[0].state, "done");
    EXPECT_EQ(statuses[0].part, "2015");
    EXPECT_EQ(statuses[0].stage, "stage 99") << "the last word counts";
    EXPECT_EQ(statuses[0].computed, 3);
    EXPECT_EQ(statuses[0].reused, 2);
    EXPECT_THAT(statuses[0].warnings, testing::ElementsAre("a warning"));
    const std::filesystem::directory_iterator files(status_folder(folder / "out"));
    EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "no temporary file is left";
}

TEST_F(StepStatusTest, LeavesWhatItSaidLastWhereAStepIsNotClosed) {
    { StatusProgress(inner, folder / "out", "run", named("run")).begin("compose", 100, "Mpx"); }
    const std::vector<StepStatus> statuses = read_statuses(folder / "out");
    ASSERT_EQ(statuses.size(), 1U);
    EXPECT_EQ(statuses[0].state, "running");
}

} // namespace
} // namespace overflight
