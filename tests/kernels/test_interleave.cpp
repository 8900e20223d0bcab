// SPDX-License-Identifier: Apache-2.0
#include "for_each_target.h"
#include "kernels/interleave.h"

#include <cstdint>
#include <random>
#include <vector>

namespace overflight::kernels {
namespace {

template <typename Sample>
std::vector<Sample> random_samples(std::size_t count) {
    std::mt19937 random(2);
    std::vector<Sample> samples(count);
    for (Sample& sample : samples) sample = static_cast<Sample>(random() % 60000);
    return samples;
}

template <typename Sample>
class InterleaveOf : public testing::Test {};
using SampleTypes = testing::Types<std::uint8_t, std::uint16_t, float>;
TYPED_TEST_SUITE(InterleaveOf, SampleTypes);

TYPED_TEST(InterleaveOf, PacksAsTheReferenceWithoutReadingBeyond) {
    for (const int lanes : {1, 2, 4})
        for (int bands = 1; bands <= lanes; ++bands)
            for (std::size_t stride = bands; stride < 9; ++stride)
                for (std::size_t count = 1; count < 70; count += count < 20 ? 1 : 7) {
                    // An exact allocation: a sanitizer sees a read beyond the last sample.
                    const auto source = random_samples<TypeParam>((count - 1) * stride + bands);
                    std::vector<TypeParam> expected(count * lanes + 1, 9), found(count * lanes + 1, 9);
                    reference::pack_lanes(source.data(), stride, bands, lanes, count, expected.data());
                    EXPECT_EQ(expected[(count - 1) * lanes + bands - 1], source.back());
                    for_each_target([&] {
                        pack_lanes(source.data(), stride, bands, lanes, count, found.data());
                        EXPECT_EQ(found, expected) << lanes << " " << bands << " " << stride << " " << count;
                    });
                }
}

TYPED_TEST(InterleaveOf, UnpacksWhatWasPacked) {
    for (const int lanes : {1, 2, 4})
        for (std::size_t count = 0; count < 150; count += count < 40 ? 1 : 9) {
            const auto source = random_samples<TypeParam>(count * lanes);
            for_each_target([&] {
                std::vector<std::vector<TypeParam>> rows(4, std::vector<TypeParam>(count + 1, 9));
                TypeParam* bands[4] = {rows[0].data(), rows[1].data(), rows[2].data(), nullptr};
                unpack_lanes(source.data(), lanes, count, bands);
                for (int lane = 0; lane < std::min(lanes, 3); ++lane) {
                    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(rows[lane][i], source[i * lanes + lane]);
                    EXPECT_EQ(rows[lane][count], 9);
                }
            });
        }
}

} // namespace
} // namespace overflight::kernels
