// SPDX-License-Identifier: Apache-2.0
#include "change_row_input.h"
#include "for_each_target.h"
#include "kernels/change_rows.h"

namespace overflight::kernels {
namespace {

using Row = std::vector<float>;

TEST(ChangeRows, MixingEqualsReference) {
    for (const int features : {1, 2, 3, 4, 5, 9})
        for (const int variates : {0, 1, 2, 4, 9})
            for (std::size_t n = 0; n <= 40; n += 8) {
                RandomRows in(9, n, 3), other(9, n, 4), terms(2, 81, 5, -2, 2), expected(9, n, 6), found(9, n, 6);
                reference::mix_rows(in.rows(), features, terms.row(0), terms.row(1), variates, n, expected.outs());
                Row distance(n), found_distance(n), unlike(n), found_unlike(n);
                const MixTerms a{in.rows(), features, terms.row(0), terms.row(1)},
                    b{other.rows(), features, terms.row(1), terms.row(0)},
                    c{other.rows(), features % 9 + 1, terms.row(1), terms.row(0)};
                reference::mixed_distance(a, b, variates, n, distance.data());
                reference::mixed_distance(a, c, variates, n, unlike.data());
                for_each_target([&] {
                    mix_rows(in.rows(), features, terms.row(0), terms.row(1), variates, n, found.outs());
                    for (std::size_t v = 0; v < 9; ++v)
                        EXPECT_EQ(Row(found.row(v) - 1, found.row(v) + n + 1),
                                  Row(expected.row(v) - 1, expected.row(v) + n + 1));
                    mixed_distance(a, b, variates, n, found_distance.data());
                    EXPECT_EQ(found_distance, distance);
                    mixed_distance(a, c, variates, n, found_unlike.data());
                    EXPECT_EQ(found_unlike, unlike);
                });
            }
}

TEST(ChangeRows, TolerantDistancesEqualReference) {
    for (const int variates : {0, 1, 2, 3, 4, 5, 8})
        for (std::size_t n = 8; n <= 64; n += 8) {
            RandomRows before(8, n, 3), after(24, n, 4), expected(4, n, 6), found(4, n, 6), scratch(3, n, 7);
            reference::tolerant_distances(before.rows(), after.rows(), variates, n, expected.row(0),
                                          expected.outs() + 1);
            for_each_target([&] {
                tolerant_distances(before.rows(), after.rows(), variates, n, found.row(0), found.outs() + 1,
                                   scratch.row(0), n + 2 * RandomRows::room);
                for (std::size_t r = 0; r < 4; ++r)
                    EXPECT_EQ(Row(found.row(r), found.row(r) + n), Row(expected.row(r), expected.row(r) + n));
            });
        }
}

TEST(ChangeRows, ADisplacedRowIsNoDistance) {
    const std::size_t n = 32;
    RandomRows before(1, n, 3), after(3, n, 4), out(4, n, 5), scratch(3, n, 6);
    for (std::size_t i = 0; i < n; ++i) after.row(2)[i + 1] = before.row(0)[i]; // one down, one to the right
    tolerant_distances(before.rows(), after.rows(), 1, n, out.row(0), out.outs() + 1, scratch.row(0),
                       n + 2 * RandomRows::room);
    for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(out.row(0)[i], 0);
    for (std::size_t i = 1; i < n; ++i) EXPECT_EQ(out.row(3)[i], 0); // backward, the row below
}

TEST(ChangeRows, ScoresEqualReference) {
    for (std::size_t n = 0; n <= 72; n += 8) {
        RandomRows positive(4, 2 * n, 8, 0, 90), fine(9, n, 9, -3, 40);
        std::vector<std::uint8_t> valid(n);
        for (std::size_t i = 0; i < n; ++i) valid[i] = static_cast<std::uint8_t>(i % 5);
        const ScoreRule rule{0.05F, 2, 0.35F, -1.125F, 8};
        std::vector<std::uint8_t> scores(n), found_scores(n);
        reference::combine_scores(fine.rows(), positive.row(0), positive.row(1), valid.data(), rule, n, scores.data());
        const auto rows_of = [&](const auto& tolerant, const auto& weighted, const auto& saturated, const auto& four,
                                 const auto& along, const auto& across) {
            std::vector<Row> out(6, Row(n + 8, 1));
            tolerant(positive.row(0), positive.row(1), positive.row(2), positive.row(3), 1.5F, 0.3F, n, out[0].data());
            weighted(positive.row(0), positive.row(1), positive.row(2), 1.5F, 0.3F, n, out[1].data());
            saturated(fine.row(0), 3.0F, 100.0F, n, out[2].data());
            four(positive.row(0), positive.row(1), n, out[3].data());
            along(fine.row(1), n, out[4].data());
            across(fine.rows(), n, out[5].data());
            return out;
        };
        const auto expected = rows_of(reference::tolerant_score, reference::weighted_score, reference::saturate_row,
                                      reference::largest_of_four, reference::largest_along, reference::largest_across);
        for_each_target([&] {
            EXPECT_EQ(
                rows_of(tolerant_score, weighted_score, saturate_row, largest_of_four, largest_along, largest_across),
                expected);
            combine_scores(fine.rows(), positive.row(0), positive.row(1), valid.data(), rule, n, found_scores.data());
            EXPECT_EQ(found_scores, scores);
        });
    }
}

TEST(ChangeRows, CombinedScoresByHand) {
    RandomRows fine(3, 8, 1, 2, 2), strongest(1, 8, 1, 10, 10), coarse(1, 8, 1, 4, 4);
    fine.row(0)[3] = 5; // within a pixel of 2, 3 and 4
    const std::vector<std::uint8_t> valid{1, 1, 1, 1, 1, 1, 1, 0};
    std::vector<std::uint8_t> out(8);
    combine_scores(fine.rows(), strongest.row(0), coarse.row(0), valid.data(), {0.1F, 2, 0.5F, -1, 8}, 8, out.data());
    // evidence 2 - 1 = 1, outlined 2; beside the 5: evidence 4, outlined by the coarse 4
    EXPECT_EQ(out, (std::vector<std::uint8_t>{24, 24, 40, 40, 40, 24, 24, 0}));
}

} // namespace
} // namespace overflight::kernels
