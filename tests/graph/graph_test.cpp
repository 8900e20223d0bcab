// SPDX-License-Identifier: Apache-2.0
#include "core/cancel.h"
#include "core/errors.h"
#include "graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

namespace overflight {
namespace {

struct Case {
    const char* name;
    Execution execution;
};

class EachExecution : public testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(Graph, EachExecution,
                         testing::Values(Case{"serial", {1, true, false}}, Case{"one", {1, false, false}},
                                         Case{"two", {2, false, false}}, Case{"eight", {8, false, false}},
                                         Case{"shuffled", {4, false, true}}),
                         [](const auto& name_of) { return std::string(name_of.param.name); });

TEST_P(EachExecution, WritesEveryIndexOnceInOrder) {
    const std::int64_t count = 203;
    const int slots = slots_for(GetParam().execution);
    std::vector<std::int64_t> result(static_cast<std::size_t>(slots)), written;
    for_each_in_order(
        count, slots, GetParam().execution,
        [&](std::int64_t index, int slot) {
            if (index % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
            result[static_cast<std::size_t>(slot)] = index * index;
        },
        [&](std::int64_t index, int slot) {
            EXPECT_EQ(result[static_cast<std::size_t>(slot)], index * index);
            written.push_back(index);
        });
    std::vector<std::int64_t> expected(count);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(written, expected);
}

TEST_P(EachExecution, NeverHasMoreInFlightThanSlots) {
    const int slots = slots_for(GetParam().execution);
    std::mutex mutex;
    std::set<int> busy;
    for_each_in_order(
        64, slots, GetParam().execution,
        [&](std::int64_t, int slot) {
            std::scoped_lock lock(mutex);
            EXPECT_TRUE(busy.insert(slot).second) << "slot given out twice";
            EXPECT_LT(slot, slots);
        },
        [&](std::int64_t, int slot) {
            std::scoped_lock lock(mutex);
            EXPECT_EQ(busy.erase(slot), 1U);
        });
    EXPECT_TRUE(busy.empty());
}

TEST_P(EachExecution, PassesExceptionsOn) {
    const auto fail = [&](bool in_work) {
        for_each_in_order(
            50, slots_for(GetParam().execution), GetParam().execution,
            [&](std::int64_t index, int) {
                if (in_work && index == 20) throw RunError("disk full");
            },
            [&](std::int64_t index, int) {
                if (!in_work && index == 20) throw RunError("disk full");
            });
    };
    EXPECT_THROW(fail(true), RunError);
    EXPECT_THROW(fail(false), RunError);
}

TEST_P(EachExecution, DoesNothingForNoTiles) {
    for_each_in_order(
        0, 3, GetParam().execution, [](std::int64_t, int) { FAIL(); }, [](std::int64_t, int) { FAIL(); });
}

TEST_P(EachExecution, StopsOnRequest) {
    std::atomic<int> started = 0;
    EXPECT_THROW(for_each_in_order(
                     1000, slots_for(GetParam().execution), GetParam().execution,
                     [&](std::int64_t, int) {
                         if (++started == 10) request_stop();
                     },
                     [](std::int64_t, int) {}),
                 Cancelled);
    withdraw_stop();
    EXPECT_LT(started.load(), 100);
}

} // namespace
} // namespace overflight
