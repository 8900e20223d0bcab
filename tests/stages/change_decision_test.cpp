// SPDX-License-Identifier: Apache-2.0
#include "stages/change_mask.h"
#include "stages/change_scene.h"

#include <gtest/gtest.h>

namespace overflight {
namespace {

ChangeThresholds thresholds(int high, int low) {
    ChangeThresholds out;
    out.high = static_cast<std::uint8_t>(high);
    out.low = static_cast<std::uint8_t>(low);
    return out;
}

std::vector<std::uint8_t> decide(const std::vector<std::uint8_t>& scores, int width, const ChangeThresholds& t,
                                 int area) {
    const Window all{0, 0, width, static_cast<int>(scores.size()) / width};
    std::vector<std::uint8_t> mask(scores.size());
    find_candidates(all, all, scores, t, area, mask);
    return mask;
}

TEST(FindCandidates, UnseenIs255AndLowScoresJoinOnlyThroughSeeds) {
    //                                      seed  joined    unseen   alone
    const std::vector<std::uint8_t> scores{180, 100, 100, 0, 100, 100, 2};
    EXPECT_EQ(decide(scores, 7, thresholds(160, 80), 1), (std::vector<std::uint8_t>{1, 1, 1, 255, 0, 0, 0}));
}

TEST(FindCandidates, DropsWhatIsSmallerThanTheMinimumArea) {
    std::vector<std::uint8_t> scores(400, 2);
    for (const int i : {21, 22, 41, 42, 45, 66, 87}) scores[i] = 180; // a block of four and a diagonal of three
    const auto four = decide(scores, 20, thresholds(160, 160), 4);
    EXPECT_EQ(std::count(four.begin(), four.end(), 1), 4);
    EXPECT_EQ(four[21] + four[22] + four[41] + four[42], 4);
    const auto three = decide(scores, 20, thresholds(160, 160), 3);
    EXPECT_EQ(std::count(three.begin(), three.end(), 1), 7);
}

TEST(FindCandidates, ATileWithItsHaloEqualsTheWhole) {
    const int width = 300, height = 260, area = 6;
    std::mt19937 random(5);
    const Texture texture(9);
    std::vector<std::uint8_t> scores;
    for (int r = 0; r < height; ++r) {
        for (int c = 0; c < width; ++c) {
            scores.push_back(static_cast<std::uint8_t>(
                std::clamp(100 + 6 * texture.at(c, r) + static_cast<double>(random() % 10), 1.0, 255.0)));
        }
    }
    const ChangeThresholds t = thresholds(180, 130);
    const auto whole = decide(scores, width, t, area);
    const int halo = decision_halo(area), side = 64;
    for (int r = 0; r < height; r += side) {
        for (int c = 0; c < width; c += side) {
            const Window tile{c, r, std::min(side, width - c), std::min(side, height - r)};
            const int c0 = std::max(0, c - halo), r0 = std::max(0, r - halo);
            const Window window{c0, r0, std::min(width, c + tile.width + halo) - c0,
                                std::min(height, r + tile.height + halo) - r0};
            std::vector<std::uint8_t> part;
            for (int y = 0; y < window.height; ++y) {
                for (int x = 0; x < window.width; ++x) part.push_back(scores[(r0 + y) * width + c0 + x]);
            }
            std::vector<std::uint8_t> mask(tile.pixels());
            find_candidates(tile, window, part, t, area, mask);
            for (int y = 0; y < tile.height; ++y) {
                for (int x = 0; x < tile.width; ++x) {
                    ASSERT_EQ(mask[y * tile.width + x], whole[(r + y) * width + c + x]) << c + x << ' ' << r + y;
                }
            }
        }
    }
    EXPECT_GT(std::count(whole.begin(), whole.end(), 1), 500);
    EXPECT_GT(std::count(whole.begin(), whole.end(), 0), 500);
}

TEST(CandidateThresholds, NothingObservedFlagsNothing) {
    const ChangeThresholds t = candidate_thresholds({});
    EXPECT_EQ(t.high, 255);
    EXPECT_EQ(t.low, 255);
}

/// Of variance 1 and correlated over about `reach` pixels both ways.
std::vector<double> normal_field(int width, int height, int reach, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    std::vector<double> field(static_cast<std::size_t>(width) * height), line(field.size());
    for (double& v : field) v = normal(random);
    for (int pass = 0; pass < 3; ++pass) // three boxes both ways, the borders joined, come near a Gaussian
        for (const bool along : {true, false}) {
            for (int r = 0; r < height; ++r)
                for (int c = 0; c < width; ++c) {
                    double sum = 0;
                    for (int k = -reach; k <= reach; ++k)
                        sum += along ? field[static_cast<std::size_t>(r * width + (c + k + width) % width)]
                                     : field[static_cast<std::size_t>((r + k + height) % height * width + c)];
                    line[static_cast<std::size_t>(r * width + c)] = sum;
                }
            field.swap(line);
        }
    double squares = 0;
    for (const double v : field) squares += v * v;
    const double scale = std::sqrt(static_cast<double>(field.size()) / squares);
    for (double& v : field) v *= scale;
    return field;
}

TEST(ScoreNull, ExpectsAsManyPlacesAsSmoothNoiseHas) {
    const int width = 512, height = 512;
    for (const int reach : {1, 2, 4}) {
        std::array<double, 3> found{}, expected{};
        const std::array<double, 3> levels{2.75, 3.0, 3.5};
        for (unsigned seed = 1; seed <= 6; ++seed) {
            const std::vector<double> field = normal_field(width, height, reach, seed);
            std::vector<std::uint8_t> scores;
            for (const double v : field) scores.push_back(stored_change_score(v));
            ScoreStatistics statistics;
            statistics.add(scores, width);
            const ScoreNull null = fit_score_null(statistics);
            EXPECT_NEAR(null.centre, 0, 0.1);
            EXPECT_NEAR(null.scale, 1, 0.1);
            for (std::size_t i = 0; i < levels.size(); ++i) {
                const auto least = stored_change_score(levels[i]);
                const Window all{0, 0, width, height};
                std::vector<std::uint8_t> mask(scores.size());
                find_candidates(all, all, scores, thresholds(least, least), 1, mask);
                const ChangeModel model;
                ObjectCollector collector(Tiling(width, height), model, {});
                const MissionView view{all, {}, nullptr, 0};
                collector.add(0, find_object_parts(all, all, mask, scores, view, view, {}, mask));
                found[i] += static_cast<double>(collector.take().size());
                expected[i] += null.expected_places(levels[i] - change_score_scale / 2); // what rounds to it counts
            }
        }
        for (std::size_t i = 0; i < levels.size(); ++i)
            EXPECT_NEAR(found[i] / expected[i], 1, 0.25 + 3 / std::sqrt(expected[i]))
                << "reach " << reach << " level " << levels[i] << ": " << found[i] << " of " << expected[i];
    }
}

TEST(FalseDiscoveryRates, AreThoseOfBenjaminiAndHochberg) {
    ScoreNull null;
    null.pixels = 10000;
    null.roughness = 0.2;
    const std::vector<double> scores{5.0, 2.6, 4.0, 3.0, 2.6, 6.0};
    const std::vector<double> rates = false_discovery_rates(null, scores);
    for (const double q : {0.001, 0.01, 0.05, 0.3, 0.9}) {
        double least = 1e9; // by definition: the lowest score z at which expected(z) <= q * (those that reach z)
        for (const double z : scores) {
            const auto reach = std::count_if(scores.begin(), scores.end(), [&](double s) { return s >= z; });
            if (null.expected_places(z - change_score_scale / 2) <= q * static_cast<double>(reach))
                least = std::min(least, z);
        }
        for (std::size_t i = 0; i < scores.size(); ++i) EXPECT_EQ(rates[i] <= q, scores[i] >= least) << q << ' ' << i;
    }
    EXPECT_EQ(rates[1], rates[4]);
    EXPECT_LT(rates[5], rates[0]);
    EXPECT_TRUE(false_discovery_rates(null, {}).empty());
}

TEST(ChangeMask, HoldsTheObjectsThatAreKept) {
    const int width = 700, height = 40; // two tiles
    const Tiling tiling(width, height);
    ChangeObject across, alone;
    across.score_max = 6;
    across.runs = {{3, 500, 512}, {3, 512, 530}, {4, 511, 512}};
    alone.score_max = 2.6;
    alone.runs = {{20, 600, 604}};
    ScoreNull null;
    null.pixels = width * height;
    null.roughness = 0.5;
    std::vector<ChangeObject> objects{alone, across};
    keep_discoveries(null, 0.05, objects);
    ASSERT_EQ(objects.size(), 1U);
    EXPECT_EQ(objects.front().runs.size(), 3U);
    EXPECT_LT(objects.front().false_discovery, 0.05);
    const ChangeMask mask(tiling, objects);
    std::int64_t changed = 0;
    for (std::int64_t i = 0; i < tiling.count(); ++i) {
        const Window tile = tiling.window(i);
        std::vector<std::uint8_t> scores(static_cast<std::size_t>(tile.pixels()), 9), out(scores.size(), 7);
        scores.back() = 0;
        mask.paint(i, scores, out);
        EXPECT_EQ(out.back(), 255);
        EXPECT_EQ(out[static_cast<std::size_t>(3 * tile.width + (i == 0 ? 505 : 5))], 1);
        changed += std::count(out.begin(), out.end(), 1);
        EXPECT_EQ(std::count(out.begin(), out.end(), 255), 1);
    }
    EXPECT_EQ(changed, 31);
}

} // namespace
} // namespace overflight
