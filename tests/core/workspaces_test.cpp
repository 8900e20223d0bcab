// SPDX-License-Identifier: Apache-2.0
#include "core/workspaces.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace overflight {
namespace {

TEST(Workspaces, TheOneGivenBackLastIsTheNext) {
    const Workspaces<std::vector<int>> workspaces;
    const std::vector<int>* first = nullptr;
    {
        const auto a = workspaces.take(), b = workspaces.take();
        EXPECT_NE(a.get(), b.get());
        b->assign(1000, 7);
        first = a.get();
    } // b goes first
    const auto again = workspaces.take(), other = workspaces.take();
    EXPECT_EQ(again.get(), first);
    EXPECT_EQ(other->capacity(), 1000U) << "its memory stays";
}

TEST(Workspaces, AreAsManyAsThreadsUseAtATime) {
    const Workspaces<int> workspaces;
    std::vector<std::set<const int*>> seen(4);
    std::vector<std::thread> threads;
    for (auto& mine : seen)
        threads.emplace_back([&] {
            for (int k = 0; k < 1000; ++k) {
                const auto work = workspaces.take();
                *work = k;
                mine.insert(work.get());
                ASSERT_EQ(*work, k) << "nobody else's meanwhile";
            }
        });
    for (std::thread& thread : threads) thread.join();
    std::set<const int*> all;
    for (const auto& mine : seen) all.insert(mine.begin(), mine.end());
    EXPECT_LE(all.size(), 4U);
}

} // namespace
} // namespace overflight
