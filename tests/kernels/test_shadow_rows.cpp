// SPDX-License-Identifier: Apache-2.0
#include "change_row_input.h"
#include "for_each_target.h"
#include "kernels/shadow_rows.h"

namespace overflight::kernels {
namespace {

using Row = std::vector<float>;

ShadowRule rule_of(int bands) {
    static constexpr float gain[] = {1.1F, 0.9F, 1, 1.3F, 1, 1, 1, 1}, offset[] = {3, -2, 0, 1, 0, 0, 0, 0},
                           least[] = {1, 1, 2, 1, 1, 1, 1, 1},
                           part[] = {0.005F, 0.004F, 0.003F, 0.002F, 0.001F, 0.001F, 0.001F, 0.001F};
    return {bands, gain, offset, least, part, part, {1.4F, 1.7F}, {1.2F, 1.5F}, {0.5F, 0.7F}, 0.4F};
}

TEST(ShadowRows, EqualReference) {
    for (const int bands : {2, 3, 4, 8})
        for (std::size_t n = 0; n <= 40; n += 8) {
            RandomRows before(8, n, 3, -5, 120), after(8, n, 4, -5, 60);
            for (std::size_t i = 0; i < n; i += 3) // shadows among them
                for (std::size_t b = 0; b < 8; ++b) after.row(b)[i] = 0.4F * before.row(b)[i];
            Row expected(n), found(n);
            reference::shadow_weights(before.rows(), after.rows(), rule_of(bands), n, expected.data());
            for_each_target([&] {
                shadow_weights(before.rows(), after.rows(), rule_of(bands), n, found.data());
                EXPECT_EQ(found, expected) << bands << ' ' << n;
            });
        }
}

TEST(ShadowRows, WeighWhatIsEvenAndDark) {
    RandomRows before(3, 8, 3, 80, 80), after(3, 8, 4, 80, 80);
    const auto set = [&](std::size_t i, std::array<float, 3> first, std::array<float, 3> second) {
        for (std::size_t b = 0; b < 3; ++b) before.row(b)[i] = first[b], after.row(b)[i] = second[b];
    };
    set(1, {80, 80, 80}, {30, 30, 30});       // into shadow
    set(2, {30, 30, 30}, {80, 80, 80});       // out of it
    set(3, {80, 80, 80}, {60, 60, 60});       // not dark enough for one
    set(4, {80, 80, 80}, {45, 15, 30});       // another colour
    set(5, {250, 250, 250}, {100, 100, 100}); // bright even then
    constexpr float one[] = {1, 1, 1}, none[] = {0, 0, 0}, part[] = {0.004F, 0.004F, 0.004F};
    Row out(8);
    shadow_weights(before.rows(), after.rows(),
                   {3, one, none, one, part, part, {1.4F, 1.7F}, {1.2F, 1.5F}, {0.5F, 0.7F}, 0.4F}, 8, out.data());
    const Row expected{1, 0.4F, 0.4F, 1, 1, 1, 1, 1};
    for (std::size_t i = 0; i < 8; ++i) EXPECT_FLOAT_EQ(out[i], expected[i]) << i;
}

} // namespace
} // namespace overflight::kernels
