// SPDX-License-Identifier: Apache-2.0
#include "core/limits.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace overflight {
namespace {

namespace fs = std::filesystem;

/// A machine of 64 threads and 256 GiB, with the cgroup files and variables that a test puts there.
class LimitsOf : public testing::Test {
protected:
    void SetUp() override {
        root_ = fs::path(testing::TempDir()) /
                ("limits_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    }
    void TearDown() override { fs::remove_all(root_); }

    void put(const std::string& file, const std::string& text) {
        fs::create_directories((root_ / file).parent_path());
        std::ofstream(root_ / file) << text << "\n";
    }
    Limits find() const {
        return find_limits({.root = root_,
                            .environment = [this](const char* name) -> std::optional<std::string> {
                                const auto found = variables_.find(name);
                                return found == variables_.end() ? std::nullopt : std::optional(found->second);
                            },
                            .machine_threads = 64,
                            .machine_memory_mb = 256 * 1024});
    }

    fs::path root_;
    std::map<std::string, std::string> variables_;
};

TEST_F(LimitsOf, TheMachineAlone) {
    const Limits limits = find();
    EXPECT_EQ(limits.threads, 64);
    EXPECT_EQ(limits.threads_from, "machine");
    EXPECT_EQ(limits.memory_mb, 256 * 1024);
    EXPECT_EQ(limits.memory_from, "machine");
    EXPECT_EQ(limits.default_memory_mb(), 64 * 1024);
}

TEST_F(LimitsOf, CgroupVersion2AndItsParents) {
    put("proc/self/cgroup", "0::/system.slice/job");
    put("sys/fs/cgroup/system.slice/job/memory.max", "max");
    put("sys/fs/cgroup/system.slice/job/cpu.max", "450000 100000");
    put("sys/fs/cgroup/system.slice/memory.max", "2147483648");
    put("sys/fs/cgroup/system.slice/cpu.max", "max 100000");
    const Limits limits = find();
    EXPECT_EQ(limits.threads, 5); // 4.5 processors
    EXPECT_EQ(limits.threads_from, "cgroup");
    EXPECT_EQ(limits.memory_mb, 2048);
    EXPECT_EQ(limits.memory_from, "cgroup");
}

TEST_F(LimitsOf, ContainerThatSeesOnlyItsRoot) {
    put("proc/self/cgroup", "0::/not/visible/here");
    put("sys/fs/cgroup/memory.max", "1073741824");
    EXPECT_EQ(find().memory_mb, 1024);
}

TEST_F(LimitsOf, CgroupVersion1) {
    put("proc/self/cgroup", "8:cpu,cpuacct:/job\n4:memory:/job\n0::/");
    put("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "200000");
    put("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000");
    put("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "4294967296");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712"); // no limit, in the kernel's words
    const Limits limits = find();
    EXPECT_EQ(limits.threads, 2);
    EXPECT_EQ(limits.memory_mb, 4096);
}

TEST_F(LimitsOf, CgroupVersion1WithoutQuota) {
    put("proc/self/cgroup", "1:cpu:/");
    put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1");
    put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
    EXPECT_EQ(find().threads, 64);
}

TEST_F(LimitsOf, SlurmTask) {
    variables_ = {{"SLURM_CPUS_PER_TASK", "8"}, {"SLURM_MEM_PER_CPU", "2000"}};
    Limits limits = find();
    EXPECT_EQ(limits.threads, 8);
    EXPECT_EQ(limits.threads_from, "SLURM_CPUS_PER_TASK");
    EXPECT_EQ(limits.memory_mb, 16000);
    EXPECT_EQ(limits.memory_from, "SLURM_MEM_PER_CPU");

    variables_ = {{"SLURM_CPUS_ON_NODE", "4"}, {"SLURM_MEM_PER_CPU", "1000"}};
    limits = find();
    EXPECT_EQ(limits.threads, 64);
    EXPECT_EQ(limits.memory_mb, 4000);

    variables_ = {{"SLURM_MEM_PER_NODE", "12000"}};
    EXPECT_EQ(find().memory_mb, 12000);
    variables_ = {{"SLURM_MEM_PER_NODE", "0"}}; // all of it
    EXPECT_EQ(find().memory_mb, 256 * 1024);
}

TEST_F(LimitsOf, TheSmallestWins) {
    put("proc/self/cgroup", "0::/");
    put("sys/fs/cgroup/memory.max", "8589934592");
    variables_ = {{"SLURM_MEM_PER_NODE", "100000"}, {"SLURM_CPUS_PER_TASK", "100"}};
    const Limits limits = find();
    EXPECT_EQ(limits.memory_mb, 8192);
    EXPECT_EQ(limits.threads, 64);
}

TEST_F(LimitsOf, NonsenseIsNoLimit) {
    put("proc/self/cgroup", "0::/\nrubbish\n:\n");
    put("sys/fs/cgroup/memory.max", "");
    put("sys/fs/cgroup/cpu.max", "fast 100000");
    variables_ = {{"SLURM_CPUS_PER_TASK", "many"}, {"SLURM_MEM_PER_NODE", "-5"}};
    const Limits limits = find();
    EXPECT_EQ(limits.threads, 64);
    EXPECT_EQ(limits.memory_mb, 256 * 1024);
}

TEST(Limits, OfThisMachineArePositive) {
    const Limits limits = find_limits();
    EXPECT_GE(limits.threads, 1);
    EXPECT_FALSE(limits.threads_from.empty());
    EXPECT_GT(limits.default_memory_mb(), 0);
}

} // namespace
} // namespace overflight
