// SPDX-License-Identifier: Apache-2.0
// Products depend on what goes in, and on nothing else.
#include "flow/small_pair.h"
#include "kernels/dispatch.h"

#include <fmt/format.h>

#include <map>
#include <string>

namespace overflight {
namespace {

class SameBytes : public SmallPair {
protected:
    /// Four tiles a mosaic.
    void make(const std::string& to, const std::string& more, const std::string& before = "") const {
        const Outcome outcome = run(to, "--set output.resolution_m=0.3 " + more, before);
        ASSERT_EQ(outcome.exit_code, 0) << outcome.text;
    }

    void expect_same(const std::string& folder) const {
        for (const auto& [file, expected] : plain_)
            EXPECT_TRUE(contents(*this / folder / file) == expected) << file << " of " << folder;
    }

    /// The plain loop on one thread, once for all tests.
    void SetUp() override {
        if (!plain_.empty()) return;
        make("plain", "--serial --threads 1");
        for (const char* file : {"one.nc", "one.seams.gpkg", "two.nc", "one__two.nc", "one.png", "two.png",
                                 "one__two.png", "one__two.gpkg", "one__two.geojson"}) {
            plain_[file] = contents(*this / "plain" / file);
            ASSERT_GT(plain_[file].size(), 1000U) << file;
        }
    }

private:
    static std::map<std::string, std::string> plain_;
};

std::map<std::string, std::string> SameBytes::plain_;

TEST_F(SameBytes, ForAnyNumberOfThreads) {
    for (const int threads : {1, 2, 8}) { // each over the products of the one before
        make("graph", fmt::format("--force --threads {}", threads));
        EXPECT_EQ(report("graph")["threads"], threads);
        expect_same("graph");
    }
}

TEST_F(SameBytes, InAnyOrderOfTiles) {
    make("shuffled", "--shuffle-tiles --threads 1");
    expect_same("shuffled");
}

TEST_F(SameBytes, WithAnyInstructionSet) {
    const kernels::TargetNames targets = kernels::supported_targets();
    ASSERT_GE(targets.count, 1U);
    for (std::size_t i = 0; i < targets.count; ++i) {
        const std::string name(targets.names[i]);
        make(name, "", "OVERFLIGHT_ISA=" + name);
        EXPECT_EQ(report(name)["instruction_set"], name);
        expect_same(name);
    }
}

TEST_F(SameBytes, WithTheMathematicsOfOlderProcessors) { // as the C library has more than one exp, erfc, sin
    make("older", "", "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4");
    expect_same("older");
}

TEST_F(SameBytes, WithLittleMemory) {
    make("little", "--memory-mb 192");
    expect_same("little");
}

TEST_F(SameBytes, WhereverTheInputsAre) {
    std::filesystem::copy(data(), *this / "elsewhere", std::filesystem::copy_options::recursive);
    const Outcome outcome =
        shell(fmt::format("cd '{}' && '{}' run overflight.toml --progress off --set output.resolution_m=0.3 --set "
                          "output.folder=../moved",
                          (*this / "elsewhere").string(), PROGRAM));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.text;
    expect_same("moved");
}

} // namespace
} // namespace overflight
