// SPDX-License-Identifier: Apache-2.0
#include "for_each_target.h"
#include "kernels/statistics.h"

#include <limits>
#include <random>
#include <type_traits>
#include <vector>

namespace overflight::kernels {
namespace {

template <typename Sample>
using SumOf = std::conditional_t<std::is_same_v<Sample, float>, double, std::uint64_t>;
template <typename Sample>
using LimitOf = std::conditional_t<std::is_same_v<Sample, float>, float, std::int32_t>;

template <typename Sum>
void expect_equal(const PairStatistics<Sum>& found, const PairStatistics<Sum>& expected) {
    EXPECT_EQ(found.count, expected.count);
    EXPECT_EQ(found.a, expected.a);
    EXPECT_EQ(found.b, expected.b);
    EXPECT_EQ(found.aa, expected.aa);
    EXPECT_EQ(found.bb, expected.bb);
    EXPECT_EQ(found.ab, expected.ab);
}

template <typename Sample>
struct Overlap {
    std::vector<Sample> a, b;
    std::vector<std::uint8_t> valid_a, valid_b;

    Overlap(std::size_t count, int lanes, bool full = false) {
        std::mt19937 random(static_cast<unsigned>(count));
        for (std::size_t i = 0; i < count * lanes; ++i)
            for (auto* samples : {&a, &b}) {
                const auto bits = random();
                if constexpr (std::is_same_v<Sample, float>)
                    samples->push_back(bits % 50 == 0 ? std::numeric_limits<float>::quiet_NaN()
                                                      : static_cast<float>(bits) / 1e7f);
                else
                    samples->push_back(full ? std::numeric_limits<Sample>::max() : static_cast<Sample>(bits));
            }
        for (std::size_t i = 0; i < count; ++i) {
            valid_a.push_back(!full && random() % 5 == 0 ? 0 : 1);
            valid_b.push_back(!full && random() % 5 == 0 ? 0 : 255);
        }
    }
};

template <typename Sample>
class StatisticsOf : public testing::Test {};
using SampleTypes = testing::Types<std::uint8_t, std::uint16_t, float>;
TYPED_TEST_SUITE(StatisticsOf, SampleTypes);

TYPED_TEST(StatisticsOf, EqualsReferenceOnEveryTarget) {
    for (const int lanes : {1, 2, 4})
        for (const auto limit : {LimitOf<TypeParam>{65536}, LimitOf<TypeParam>{200}})
            for (std::size_t count = 0; count < 200; count += count < 20 ? 1 : 17) {
                const Overlap<TypeParam> row(count, lanes);
                PairStatistics<SumOf<TypeParam>> expected;
                for (int repeat = 0; repeat < 2; ++repeat)
                    reference::add_pair_statistics(row.a.data(), row.b.data(), row.valid_a.data(), row.valid_b.data(),
                                                   count, lanes, limit, expected);
                for_each_target([&] {
                    PairStatistics<SumOf<TypeParam>> found;
                    for (int repeat = 0; repeat < 2; ++repeat)
                        add_pair_statistics(row.a.data(), row.b.data(), row.valid_a.data(), row.valid_b.data(), count,
                                            lanes, limit, found);
                    expect_equal(found, expected);
                });
            }
}

TYPED_TEST(StatisticsOf, LongRowsOfTheLargestSamplesDoNotOverflow) {
    if constexpr (!std::is_same_v<TypeParam, float>) {
        const std::uint64_t count = 300001, top = std::numeric_limits<TypeParam>::max();
        for (const int lanes : {1, 4}) {
            const Overlap<TypeParam> row(count, lanes, true);
            for_each_target([&] {
                PairStatistics<std::uint64_t> found;
                add_pair_statistics(row.a.data(), row.b.data(), row.valid_a.data(), row.valid_b.data(), count, lanes,
                                    65536, found);
                for (int lane = 0; lane < lanes; ++lane) {
                    EXPECT_EQ(found.count[lane], count);
                    EXPECT_EQ(found.a[lane], count * top);
                    EXPECT_EQ(found.aa[lane], count * top * top);
                    EXPECT_EQ(found.ab[lane], count * top * top);
                }
            });
        }
    }
}

TEST(Statistics, SaturatedSamplesAreSkippedByLane) {
    const std::vector<std::uint8_t> a = {10, 255, 20, 30}, b = {11, 12, 250, 31}, valid = {1, 1};
    PairStatistics<std::uint64_t> sums;
    add_pair_statistics(a.data(), b.data(), valid.data(), valid.data(), 2, 2, 250, sums);
    EXPECT_EQ(sums.count, (std::array<std::uint64_t, 4>{1, 1, 0, 0}));
    EXPECT_EQ(sums.a, (std::array<std::uint64_t, 4>{10, 30, 0, 0}));
    EXPECT_EQ(sums.ab, (std::array<std::uint64_t, 4>{110, 930, 0, 0}));
}

} // namespace
} // namespace overflight::kernels
