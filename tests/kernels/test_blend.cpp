// SPDX-License-Identifier: Apache-2.0
#include "for_each_target.h"
#include "kernels/blend.h"

#include <cmath>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

namespace overflight::kernels {
namespace {

template <typename Sample>
using SumOf = std::conditional_t<std::is_same_v<Sample, float>, float, std::int32_t>;

template <typename Sample>
struct Frame {
    std::vector<Sample> samples;
    std::vector<std::uint8_t> valid;
    std::vector<std::uint16_t> weights;

    Frame(std::size_t count, int lanes, unsigned seed) {
        std::mt19937 random(seed);
        for (std::size_t i = 0; i < count; ++i) {
            valid.push_back(random() % 4 == 0 ? 0 : 255);
            weights.push_back(static_cast<std::uint16_t>(random() % 3 == 0 ? 0 : random() % 257));
            for (int lane = 0; lane < lanes; ++lane)
                if constexpr (std::is_same_v<Sample, float>)
                    samples.push_back(valid.back() == 0 ? std::numeric_limits<float>::quiet_NaN()
                                                        : static_cast<float>(random()) / 1e5f - 9000);
                else
                    samples.push_back(static_cast<Sample>(random()));
        }
    }
};

template <typename Sample>
class BlendOf : public testing::Test {};
using SampleTypes = testing::Types<std::uint8_t, std::uint16_t, float>;
TYPED_TEST_SUITE(BlendOf, SampleTypes);

TYPED_TEST(BlendOf, EqualsReferenceAndStaysCloseToTheExactMean) {
    using Sum = SumOf<TypeParam>;
    for (const int lanes : {1, 2, 4})
        for (std::size_t count = 0; count < 80; count += count < 20 ? 1 : 7) {
            const std::vector<Frame<TypeParam>> frames = {{count, lanes, 1}, {count, lanes, 2}, {count, lanes, 3}};
            std::vector<Sum> expected_sums(count * lanes);
            std::vector<std::int32_t> expected_weights(count);
            std::vector<double> exact(count * lanes);
            for (const auto& frame : frames) {
                reference::blend_accumulate(frame.samples.data(), frame.valid.data(), frame.weights.data(), count,
                                            lanes, expected_sums.data(), expected_weights.data());
                for (std::size_t i = 0; i < count * lanes; ++i)
                    if (frame.valid[i / lanes] != 0)
                        exact[i] += static_cast<double>(frame.samples[i]) * frame.weights[i / lanes];
            }
            std::vector<TypeParam> expected(count * lanes + 1, 7);
            std::vector<std::uint8_t> expected_valid(count + 1, 7);
            reference::blend_resolve(expected_sums.data(), expected_weights.data(), count, lanes, expected.data(),
                                     expected_valid.data());
            for (std::size_t i = 0; i < count * lanes; ++i) {
                const int weight = expected_weights[i / lanes];
                EXPECT_EQ(expected_valid[i / lanes], weight == 0 ? 0 : 255);
                const double mean = weight == 0 ? 0 : exact[i] / weight;
                EXPECT_NEAR(expected[i], mean, (std::is_same_v<TypeParam, float> ? 0.01 : 0.51));
            }
            for_each_target([&] {
                std::vector<Sum> sums(count * lanes);
                std::vector<std::int32_t> weights(count);
                for (const auto& frame : frames)
                    blend_accumulate(frame.samples.data(), frame.valid.data(), frame.weights.data(), count, lanes,
                                     sums.data(), weights.data());
                EXPECT_EQ(sums, expected_sums);
                EXPECT_EQ(weights, expected_weights);
                std::vector<TypeParam> found(count * lanes + 1, 7);
                std::vector<std::uint8_t> found_valid(count + 1, 7);
                blend_resolve(sums.data(), weights.data(), count, lanes, found.data(), found_valid.data());
                EXPECT_EQ(found, expected);
                EXPECT_EQ(found_valid, expected_valid);
            });
        }
}

TEST(Blend, AValueThatAllFramesShareIsKept) {
    for (const auto value : std::initializer_list<std::uint16_t>{0, 1, 255, 256, 12345, 65534, 65535}) {
        const std::vector<std::uint16_t> samples(8, value);
        const std::vector<std::uint8_t> valid(8, 1);
        std::vector<std::int32_t> sums(8), weight_sums(8);
        for (std::uint16_t weight = 1; weight < 120; ++weight) {
            const std::vector<std::uint16_t> weights(8, weight);
            blend_accumulate(samples.data(), valid.data(), weights.data(), 8, 1, sums.data(), weight_sums.data());
            std::vector<std::uint16_t> out(8);
            std::vector<std::uint8_t> out_valid(8);
            blend_resolve(sums.data(), weight_sums.data(), 8, 1, out.data(), out_valid.data());
            EXPECT_EQ(out, samples);
        }
    }
}

} // namespace
} // namespace overflight::kernels
