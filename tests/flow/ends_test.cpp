// SPDX-License-Identifier: Apache-2.0
// Runs that do not come to their end leave no half product under a product's name.
#include "flow/disk_use.h"
#include "flow/small_pair.h"
#include "flow/work_folder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

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

TEST_F(Ends, OnRequestWithinSecondsAndWithAnExitCodeOfItsOwn) {
    const std::string fine = "--set output.resolution_m=0.06 --set output.vectors=false";
    for (const std::string signal : {"INT", "TERM"}) {
        // fine enough to take a while; stopped as soon as it has finished tiles
        const Outcome outcome = shell(fmt::format(
            "'{}' run '{}' --progress off --threads 2 {} --set 'output.folder={}' &\n"
            "id=$!\n"
            "while kill -0 $id 2>/dev/null && [ $(stat -c %s '{}' 2>/dev/null || echo 0) -lt 2500 ]; do sleep 0.01; "
            "done\n"
            "start=$(date +%s%N)\nkill -{} $id\nwait $id\ncode=$?\n"
            "[ $(($(date +%s%N) - start)) -le 5000000000 ] || echo too late\nexit $code",
            PROGRAM, (data() / "overflight.toml").string(), fine, (*this / signal).string(),
            (*this / signal / ".work" / "one" / "product.tiles.partial").string(), signal));
        EXPECT_EQ(outcome.exit_code, 130) << outcome.text;
        EXPECT_THAT(outcome.text, testing::AllOf(HasSubstr("stopped on request"), testing::Not(HasSubstr("too late"))));
        EXPECT_THAT(left_in(signal), testing::ElementsAre("one.adjustment.json", "run.json", "run.log"));
        EXPECT_EQ(report(signal)["exit_code"], 130);
    }
    ASSERT_EQ(run("TERM", fine).exit_code, 0);
    EXPECT_GT(report("TERM")["tiles"][0].value("reused", 0), 0);
    ASSERT_EQ(run("fresh", fine).exit_code, 0);
    for (const char* file : {"one.nc", "two.nc", "one__two.nc"})
        EXPECT_TRUE(contents(*this / "TERM" / file) == contents(*this / "fresh" / file)) << file;
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

TEST_F(Ends, WellWhereNothingCanBeWrittenToButItsFolders) {
    // all read-only but the output folder and TMPDIR, which are seen from within only: their files are listed there
    std::ofstream(*this / "enter.sh") << R"(set -e
mount --make-rprivate /
mkdir out temporary
for at in out temporary; do mount -t tmpfs none $at; done
for at in / /tmp /var/tmp /dev/shm; do
    ! mountpoint -q $at || mount -o remount,bind,ro $at
done
! touch probe 2>/dev/null
)";
    std::ofstream(*this / "run.sh") << fmt::format(
        ". ./enter.sh\nTMPDIR=$PWD/temporary '{}' run '{}' --progress off --threads 2 --set output.folder=$PWD/out "
        ">/dev/null\nls out\nfind temporary -mindepth 1\n",
        PROGRAM, (data() / "overflight.toml").string());
    const auto inside = [&](const std::string& script) {
        return shell(fmt::format("cd '{}' && unshare -m sh {}; code=$?; rmdir out temporary; exit $code",
                                 (*this / "").string(), script));
    };
    if (inside("enter.sh").exit_code != 0) GTEST_SKIP() << "no mounts allowed here: a read-only root was not tried";
    const Outcome outcome = inside("run.sh");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
    for (const char* file : {"one.nc\n", "two.nc\n", "one__two.nc\n", "one__two.gpkg\n", "report.html\n"})
        EXPECT_THAT(outcome.text, HasSubstr(file));
    EXPECT_THAT(outcome.text, testing::Not(HasSubstr("temporary/"))) << "left behind";
}

TEST_F(Ends, InRefusalOfAFolderOnAReadOnlyFileSystem) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to mount a small file system";
    std::filesystem::create_directory(*this / "disk");
    if (::mount("none", (*this / "disk").c_str(), "tmpfs", MS_RDONLY, "size=160m") != 0)
        GTEST_SKIP() << "no mounts allowed here: the read-only file system was not tried";
    const Outcome there = run("disk"), below = run("disk/out");
    ::umount((*this / "disk").c_str());
    for (const Outcome& outcome : {there, below}) {
        EXPECT_EQ(outcome.exit_code, 2) << outcome.text;
        EXPECT_THAT(outcome.text, HasSubstr("output.folder: "));
        EXPECT_THAT(outcome.text, HasSubstr(fmt::format("cannot be written to: {} (Read-only file system)",
                                                        (*this / "disk").string())));
    }
}

/// Root may write everywhere, but not without that capability.
std::string without_privilege() {
    return ::geteuid() == 0 ? "setpriv --bounding-set -dac_override" : "";
}

TEST_F(Ends, InRefusalOfAFolderThatMayNotBeWrittenTo) {
    if (shell(without_privilege() + " true").exit_code != 0) GTEST_SKIP() << "root cannot be kept from writing here";
    std::filesystem::create_directory(*this / "out");
    std::filesystem::permissions(*this / "out", std::filesystem::perms{0555});
    const Outcome outcome = run("out", "", without_privilege());
    EXPECT_EQ(outcome.exit_code, 2) << outcome.text;
    EXPECT_THAT(outcome.text,
                HasSubstr(fmt::format("cannot be written to: {} (Permission denied)", (*this / "out").string())));
    EXPECT_TRUE(std::filesystem::is_empty(*this / "out"));
}

TEST_F(Ends, OnAFolderThatMayNoLongerBeWrittenTo) {
    if (shell(without_privilege() + " true").exit_code != 0) GTEST_SKIP() << "root cannot be kept from writing here";
    const std::string fine = "--set output.resolution_m=0.13 --set output.vectors=false";
    // as soon as tiles are written; what is open stays so
    const Outcome outcome =
        run("out", fine,
            fmt::format("(for i in $(seq 1000); do [ $(stat -c %s '{0}/.work/one/product.tiles.partial' 2>/dev/null || "
                        "echo 0) -gt 2500 ] && break; sleep 0.01; done; chmod 555 '{0}/.work/one' '{0}') &",
                        (*this / "out").string()) +
                without_privilege());
    EXPECT_EQ(outcome.exit_code, 3) << outcome.text;
    EXPECT_THAT(outcome.text, HasSubstr("error: cannot write "));
    EXPECT_THAT(outcome.text, HasSubstr("Permission denied; check the permissions of the folder"));
    for (const char* folder : {"out", "out/.work/one"})
        std::filesystem::permissions(*this / folder, std::filesystem::perms{0755});
    EXPECT_FALSE(std::filesystem::exists(*this / "out" / "one.nc"));
    ASSERT_EQ(run("out", fine).exit_code, 0);
    const nlohmann::json tiles = report("out")["tiles"][0];
    EXPECT_GT(tiles.value("reused", 0), 0);
    ASSERT_EQ(run("fresh", fine).exit_code, 0);
    for (const char* file : {"one.nc", "two.nc", "one__two.nc"})
        EXPECT_TRUE(contents(*this / "out" / file) == contents(*this / "fresh" / file)) << file;
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
    EXPECT_THAT(outcome.text, HasSubstr(" MB free, about "));
    EXPECT_TRUE(untouched);
}

TEST_F(Ends, InRefusalWhereShardsHaveNoRoomBesideTheProducts) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to mount a small file system";
    std::filesystem::create_directory(*this / "disk");
    if (::mount("none", (*this / "disk").c_str(), "tmpfs", 0, "size=90m") != 0)
        GTEST_SKIP() << "no mounts allowed here: the small disk was not tried";
    const auto start = [&](const std::string& step) {
        return shell(fmt::format("'{}' {} '{}' --set output.resolution_m=0.1 --set output.compression=none --set "
                                 "'output.folder={}'",
                                 PROGRAM, step, (data() / "overflight.toml").string(), (*this / "disk").string()));
    };
    const Outcome whole = start("plan"), parts = start("survey");
    ::umount((*this / "disk").c_str());
    EXPECT_EQ(whole.exit_code, 0) << whole.text;
    EXPECT_EQ(parts.exit_code, 2) << parts.text;
    EXPECT_THAT(parts.text, HasSubstr(" MB are still to be written"));
}

TEST_F(Ends, StepsCountWhatOthersHaveWritten) {
    Config config;
    config.output.folder = *this / "out";
    config.missions.resize(1);
    config.missions[0].name = "one";
    const auto left = [&](StepKind from, const std::string& product) { return disk_use(config, from)(product, 1000); };
    EXPECT_EQ(left(StepKind::survey, "one"), 2000);
    EXPECT_EQ(left(StepKind::compose, "one__two"), 2000);
    EXPECT_EQ(left(StepKind::merge, "one"), 0) << "no shard: the product is there, or nothing can be done";
    const auto write = [&](const std::string& product, const std::string& name, std::size_t bytes) {
        const auto folder = WorkFolder(config, product).path();
        std::filesystem::create_directories(folder);
        std::ofstream(folder / name) << std::string(bytes, 'x');
    };
    write("one", "shard-1of2.here.chunks", 300);
    write("one", "shard-1of2.here.tiles", 40);
    write("one", "shard-2of2.there.chunks.partial", 60);
    write("one", "survey", 500);
    EXPECT_EQ(left(StepKind::compose, "one"), 1600);
    EXPECT_EQ(left(StepKind::merge, "one"), 1000);
    EXPECT_EQ(left(StepKind::merge, "one__two"), 2000);
    EXPECT_EQ(left(StepKind::detect, "one"), 0);
    write("one__two", "shard-1of1.here.chunks", 5000);
    EXPECT_EQ(left(StepKind::detect, "one__two"), 1000);
    EXPECT_EQ(left(StepKind::finish, "one__two"), 1000);
}

} // namespace
} // namespace overflight
