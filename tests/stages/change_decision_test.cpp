// SPDX-License-Identifier: Apache-2.0
#include "stages/change_decision.h"
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
    decide_change(all, all, scores, t, area, mask);
    return mask;
}

TEST(DecideChange, UnseenIs255AndLowScoresJoinOnlyThroughSeeds) {
    //                                      seed  joined    unseen   alone
    const std::vector<std::uint8_t> scores{180, 100, 100, 0, 100, 100, 2};
    EXPECT_EQ(decide(scores, 7, thresholds(160, 80), 1), (std::vector<std::uint8_t>{1, 1, 1, 255, 0, 0, 0}));
}

TEST(DecideChange, DropsWhatIsSmallerThanTheMinimumArea) {
    std::vector<std::uint8_t> scores(400, 2);
    for (const int i : {21, 22, 41, 42, 45, 66, 87}) scores[i] = 180; // a block of four and a diagonal of three
    const auto four = decide(scores, 20, thresholds(160, 160), 4);
    EXPECT_EQ(std::count(four.begin(), four.end(), 1), 4);
    EXPECT_EQ(four[21] + four[22] + four[41] + four[42], 4);
    const auto three = decide(scores, 20, thresholds(160, 160), 3);
    EXPECT_EQ(std::count(three.begin(), three.end(), 1), 7);
}

TEST(DecideChange, ATileWithItsHaloEqualsTheWhole) {
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
            decide_change(tile, window, part, t, area, mask);
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

TEST(DecideThresholds, NothingObservedFlagsNothing) {
    const ChangeThresholds t = decide_thresholds({}, 0.05);
    EXPECT_EQ(t.high, 255);
    EXPECT_EQ(t.flagged_share, 0);
}

} // namespace
} // namespace overflight
