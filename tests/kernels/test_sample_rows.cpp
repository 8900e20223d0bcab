// SPDX-License-Identifier: Apache-2.0
#include "change_row_input.h"
#include "for_each_target.h"
#include "kernels/sample_rows.h"

#include <limits>

namespace overflight::kernels {
namespace {

template <typename Sample>
std::vector<Sample> random_samples(std::size_t count) {
    std::mt19937 random(11);
    std::vector<Sample> out(count);
    for (Sample& v : out) v = static_cast<Sample>(random() % 65536);
    return out;
}

template <typename Sample>
class SampleRowsOf : public testing::Test {};
using SampleTypes = testing::Types<std::uint8_t, std::uint16_t, float>;
TYPED_TEST_SUITE(SampleRowsOf, SampleTypes);

TYPED_TEST(SampleRowsOf, LoadingEqualsReferenceAndTakesTheFillWhereInvalid) {
    for (std::size_t count = 0; count < 70; ++count) {
        std::vector<TypeParam> in = random_samples<TypeParam>(count + 1);
        std::vector<std::uint8_t> valid(count + 1);
        for (std::size_t i = 0; i < count; ++i) {
            valid[i] = static_cast<std::uint8_t>(i % 3 == 0 ? 0 : 1 + i);
            if constexpr (std::is_same_v<TypeParam, float>) {
                if (valid[i] == 0) in[i] = std::numeric_limits<float>::quiet_NaN(); // is never looked at
            }
        }
        std::vector<float> expected(count), found(count);
        reference::load_samples(in.data(), valid.data(), count, -7.5F, expected.data());
        if (count > 4) {
            EXPECT_EQ(expected[3], -7.5F);
            EXPECT_EQ(expected[4], static_cast<float>(in[4]));
        }
        for_each_target([&] {
            load_samples(in.data(), valid.data(), count, -7.5F, found.data());
            EXPECT_EQ(found, expected);
        });
    }
}

TYPED_TEST(SampleRowsOf, ShiftedBlocksEqualReference) {
    const std::vector<TypeParam> in = random_samples<TypeParam>(40 * 40);
    const float along[] = {-0.0703125F, 0.8671875F, 0.2265625F, -0.0234375F}, down[] = {-0.1F, 0.6F, 0.6F, -0.1F};
    for (const int rows : {1, 2, 8, shift_block_rows}) {
        std::vector<float> expected(400, 1), found(400, 1);
        reference::shift_block(in.data() + 3, 40, along, down, rows, expected.data(), 17);
        for_each_target([&] {
            shift_block(in.data() + 3, 40, along, down, rows, found.data(), 17);
            EXPECT_EQ(found, expected);
        });
    }
    const float whole[] = {0, 1, 0, 0};
    std::vector<float> same(8);
    shift_block(in.data(), 40, whole, whole, 1, same.data(), 8);
    for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(same[i], static_cast<float>(in[41 + i]));
}

TEST(SampleRows, HalvingAndDoublingEqualReference) {
    for (std::size_t count = 0; count <= 64; count += 8) {
        RandomRows in(2, 2 * count, 5);
        std::vector<float> expected(2 * count), found(2 * count);
        reference::halve_rows(in.row(0), in.row(1), count, expected.data());
        for_each_target([&] {
            halve_rows(in.row(0), in.row(1), count, found.data());
            EXPECT_EQ(found, expected);
        });
        reference::double_row(in.row(0), in.row(1), count, expected.data());
        for_each_target([&] {
            double_row(in.row(0), in.row(1), count, found.data());
            EXPECT_EQ(found, expected);
        });
    }
}

TEST(SampleRows, DoublingKeepsPlanesExactly) { // a bilinear filter reproduces a slope
    std::vector<float> near(34), far(34), out(64);
    for (std::size_t i = 0; i < 34; ++i) {
        near[i] = 8 * static_cast<float>(i);
        far[i] = near[i] + 4;
    }
    double_row(near.data() + 1, far.data() + 1, 32, out.data());
    for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(out[i], 8 + 4 * static_cast<float>(i) - 2 + 1);
}

} // namespace
} // namespace overflight::kernels
