// SPDX-License-Identifier: Apache-2.0
#include "core/block_cache.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

namespace overflight {
namespace {

struct Block {
    int value = 0;
    std::size_t bytes() const { return 100; }
};
using Cache = BlockCache<Block>;

/// Makes blocks and counts them.
struct Maker {
    int made = 0;

    Cache::Pointer operator()() { return std::make_shared<const Block>(Block{++made}); }
};

TEST(BlockCache, DropsTheLeastRecentlyUsedBeyondItsBudget) {
    Cache cache(250);
    Maker maker;
    const auto get = [&](std::uint64_t key) { return cache.get(key, std::ref(maker))->value; };
    EXPECT_EQ(get(1), 1);
    EXPECT_EQ(get(2), 2);
    EXPECT_EQ(get(1), 1);
    EXPECT_EQ(get(3), 3); // 2 goes
    EXPECT_EQ(cache.bytes_held(), 200);
    EXPECT_EQ(get(1), 1);
    EXPECT_EQ(get(2), 4);
}

TEST(BlockCache, DropsOneBlock) {
    Cache cache(1000);
    Maker maker;
    const Cache::Pointer one = cache.get(1, std::ref(maker));
    cache.get(2, std::ref(maker));
    cache.drop(1);
    cache.drop(1);
    cache.drop(7);
    EXPECT_EQ(cache.bytes_held(), 100);
    EXPECT_EQ(one->value, 1) << "who has it keeps it";
    EXPECT_EQ(cache.find(1), nullptr);
    EXPECT_EQ(cache.get(2, std::ref(maker))->value, 2);
    EXPECT_EQ(cache.get(1, std::ref(maker))->value, 3);
    cache.limit(100); // the order of use is whole
    EXPECT_EQ(cache.find(2), nullptr);
    EXPECT_NE(cache.find(1), nullptr);
}

TEST(BlockCache, LeavesABlockAloneThatIsBeingMade) {
    Cache cache(1000);
    std::promise<void> begun, go_on;
    auto made = std::async(std::launch::async, [&] {
        return cache.get(1, [&] {
            begun.set_value();
            go_on.get_future().wait();
            return std::make_shared<const Block>(Block{5});
        });
    });
    begun.get_future().wait();
    cache.drop(1);
    go_on.set_value();
    EXPECT_EQ(made.get()->value, 5);
    EXPECT_EQ(cache.bytes_held(), 100);
}

TEST(BlockCache, TriesAgainAfterAFailure) {
    Cache cache(1000);
    EXPECT_THROW(cache.get(1, []() -> Cache::Pointer { throw std::runtime_error("broken"); }), std::runtime_error);
    EXPECT_EQ(cache.bytes_held(), 0);
    EXPECT_EQ(cache.get(1, Maker())->value, 1);
}

} // namespace
} // namespace overflight
