// SPDX-License-Identifier: Apache-2.0
#include "change_row_input.h"
#include "for_each_target.h"
#include "kernels/smoothing.h"

namespace overflight::kernels {
namespace {

/// Runs both over outputs that begin alike, so that what is written beyond the count would show.
template <typename Filter, typename Reference>
void expect_equal(std::size_t count, const Filter& filter, const Reference& reference) {
    std::vector<float> expected(count + 16, 3), found;
    reference(expected.data());
    for_each_target([&] {
        found.assign(count + 16, 3);
        filter(found.data());
        EXPECT_EQ(found, expected);
    });
}

TEST(Smoothing, EqualsReferenceOnEveryTarget) {
    for (std::size_t n = 0; n <= 72; n += 8) {
        RandomRows in(5, n, 7);
        expect_equal(
            n, [&](float* out) { smooth_along(in.row(0), n, out); },
            [&](float* out) { reference::smooth_along(in.row(0), n, out); });
        expect_equal(
            n, [&](float* out) { smooth_along_twice(in.row(0), n, out); },
            [&](float* out) { reference::smooth_along_twice(in.row(0), n, out); });
        expect_equal(
            n, [&](float* out) { smooth_across(in.row(0), in.row(1), in.row(2), 0.3F, n, out); },
            [&](float* out) { reference::smooth_across(in.row(0), in.row(1), in.row(2), 0.3F, n, out); });
        expect_equal(
            n, [&](float* out) { smooth_across_twice(in.rows(), 0.3F, n, out); },
            [&](float* out) { reference::smooth_across_twice(in.rows(), 0.3F, n, out); });
        expect_equal(
            n, [&](float* out) { sum_five_across(in.rows(), n, out); },
            [&](float* out) { reference::sum_five_across(in.rows(), n, out); });
        expect_equal(
            n, [&](float* out) { sum_five_along(in.row(0), 0.2F, n, out); },
            [&](float* out) { reference::sum_five_along(in.row(0), 0.2F, n, out); });
        expect_equal(
            n, [&](float* out) { gradient_magnitude(in.row(0), in.row(1), in.row(2), n, out); },
            [&](float* out) { reference::gradient_magnitude(in.row(0), in.row(1), in.row(2), n, out); });
    }
}

TEST(Smoothing, TwiceIsTwoRounds) {
    std::vector<float> in(24), once(24), twice(24), found(24);
    in[12] = 1; // whole numbers: exact
    smooth_along(in.data() + 1, 16, once.data() + 1);
    smooth_along(once.data() + 4, 16, twice.data() + 4);
    smooth_along_twice(in.data() + 4, 16, found.data() + 4);
    EXPECT_EQ(found, twice);
    EXPECT_EQ((std::vector<float>(found.begin() + 10, found.begin() + 15)), (std::vector<float>{1, 4, 6, 4, 1}));
}

TEST(Smoothing, GradientOfASlope) {
    RandomRows in(3, 16, 1), out(1, 16, 1);
    for (int r = 0; r < 3; ++r)
        for (int c = -1; c <= 16; ++c) in.row(static_cast<std::size_t>(r))[c] = static_cast<float>(3 * c + 4 * r);
    gradient_magnitude(in.row(0), in.row(1), in.row(2), 16, out.row(0));
    for (int c = 0; c < 16; ++c) EXPECT_EQ(out.row(0)[c], 5);
}

} // namespace
} // namespace overflight::kernels
