// SPDX-License-Identifier: Apache-2.0
// Runs that do not come to their end leave no half product under a product's name.
#include "flow/small_pair.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>

namespace overflight {
namespace {

using testing::HasSubstr;

class Ends : public SmallPair {
protected:
    /// Names of what can be seen, sorted.
    std::vector<std::string> left_in(const std::string& folder) const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(*this / folder))
            if (const std::string name = entry.path().filename(); name[0] != '.') names.push_back(name);
        std::sort(names.begin(), names.end());
        return names;
    }
};

TEST_F(Ends, OnRequestWithAnExitCodeOfItsOwn) {
    for (const char* signal : {"INT", "TERM"}) {
        // fine enough to take a while; stopped as soon as it has begun to write
        const Outcome outcome = shell(fmt::format(
            "'{}' run '{}' --progress off --threads 2 --set output.resolution_m=0.02 --set 'output.folder={}' &\n"
            "id=$!\n"
            "while kill -0 $id 2>/dev/null && ! ls -A '{}' | grep -q partial; do sleep 0.05; done 2>/dev/null\n"
            "sleep 0.3; kill -{} $id; wait $id",
            PROGRAM, (data() / "overflight.toml").string(), (*this / "out").string(), (*this / "out").string(),
            signal));
        EXPECT_EQ(outcome.exit_code, 130) << outcome.text;
        EXPECT_THAT(outcome.text, HasSubstr("stopped on request"));
        EXPECT_THAT(left_in("out"), testing::ElementsAre("one.adjustment.json", "run.json", "run.log"));
        EXPECT_EQ(report("out")["exit_code"], 130);
    }
}

TEST_F(Ends, OnAFileThatMayNotGrow) {
    // what a full disk is to the program, without the rights that a small disk takes
    const Outcome outcome = run("out", "--set output.compression=none", "ulimit -f 600;");
    EXPECT_EQ(outcome.exit_code, 3) << outcome.text;
    EXPECT_THAT(outcome.text, HasSubstr("error: cannot write "));
    EXPECT_THAT(outcome.text, HasSubstr("one.nc: File too large"));
    EXPECT_THAT(left_in("out"), testing::ElementsAre("one.adjustment.json", "run.json", "run.log"));
    EXPECT_EQ(report("out")["exit_code"], 3);
    EXPECT_THAT(report("out")["outcome"], HasSubstr("File too large"));
}

TEST_F(Ends, OnADiskThatFillsUpMeanwhile) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to mount a small file system";
    std::filesystem::create_directory(*this / "disk");
    // as the plan sees it there is room; what another program writes meanwhile takes it
    if (::mount("none", (*this / "disk").c_str(), "tmpfs", 0, "size=160m") != 0)
        GTEST_SKIP() << "no mounts allowed here: the full disk was not tried";
    const Outcome outcome = run("disk/out",
                                "--set output.resolution_m=0.1 --set output.compression=none --set run.threads=1 "
                                "--set mosaic.balance=none",
                                fmt::format("(for i in $(seq 1000); do ls -A '{0}/out' | grep -q partial && break; "
                                            "sleep 0.01; done; head -c 160M /dev/zero >'{0}/other') >/dev/null 2>&1 &",
                                            (*this / "disk").string()));
    const std::vector<std::string> left = outcome.exit_code == 3 ? left_in("disk/out") : std::vector<std::string>();
    // room again: goes on with what is there
    std::filesystem::remove(*this / "disk" / "other");
    const Outcome again = run("disk/out", "--set output.resolution_m=0.1 --set output.compression=none --set "
                                          "run.threads=1 --set mosaic.balance=none");
    const nlohmann::json tiles = again.exit_code == 0 ? report("disk/out")["tiles"][0] : nlohmann::json();
    ::umount((*this / "disk").c_str());
    EXPECT_EQ(again.exit_code, 0) << again.text;
    EXPECT_GT(tiles.value("reused", 0), 0);
    EXPECT_GT(tiles.value("computed", 0), 0);
    EXPECT_EQ(outcome.exit_code, 3) << outcome.text;
    EXPECT_THAT(outcome.text, HasSubstr("No space left on device"));
    EXPECT_THAT(left, testing::IsSubsetOf({"run.json", "run.log"}));
}

TEST_F(Ends, InRefusalWhereTheDiskIsTooSmallFromTheStart) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to mount a small file system";
    std::filesystem::create_directory(*this / "disk");
    if (::mount("none", (*this / "disk").c_str(), "tmpfs", 0, "size=1m") != 0)
        GTEST_SKIP() << "no mounts allowed here: the small disk was not tried";
    const Outcome outcome = run("disk/out");
    const bool untouched = std::filesystem::is_empty(*this / "disk");
    ::umount((*this / "disk").c_str());
    EXPECT_EQ(outcome.exit_code, 2) << outcome.text;
    EXPECT_THAT(outcome.text, HasSubstr("output.folder: "));
    EXPECT_THAT(outcome.text, HasSubstr(" MB free, the products need about "));
    EXPECT_TRUE(untouched);
}

} // namespace
} // namespace overflight
