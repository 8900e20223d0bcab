// SPDX-License-Identifier: Apache-2.0
#include "core/quality.h"
#include "stages/change_scene.h"
#include "stages/change_score.h"

#include <gtest/gtest.h>

namespace overflight {
namespace {

/// The same parallax everywhere around a scene.
ParallaxField parallax_of(float dx, float dy, int width, int height) {
    constexpr int side = ParallaxField::block;
    ParallaxField field{{-side, -side, side, width / side + 3, height / side + 3}, {}, {}};
    field.dx.assign(static_cast<std::size_t>(field.blocks.count()), dx);
    field.dy.assign(field.dx.size(), dy);
    return field;
}

/// A bright block of its own texture, as a roof is, from (col, row) on.
void put_roof(SceneImage& image, int col, int row, int side) {
    const Texture tiles(77);
    for (int band = 0; band < image.bands; ++band)
        for (int r = 0; r < side; ++r)
            for (int c = 0; c < side; ++c)
                image.at(band, row + r, col + c) = static_cast<float>(150 + 10 * band + 2 * tiles.at(c, r));
}

struct Scored {
    std::vector<std::uint8_t> scores;
    int width;

    /// Pixels whose score makes a change whatever the threshold, around a place.
    int flagged(int col, int row, int side) const {
        int count = 0;
        for (int r = row; r < row + side; ++r)
            for (int c = col; c < col + side; ++c)
                count += change_score_value(scores[static_cast<std::size_t>(r * width + c)]) > 4 ? 1 : 0;
        return count;
    }
};

Scored score(const ScenePair& pair, const ParallaxField& parallax, int tile_side = 0) {
    PairViews views;
    views.parallax = parallax;
    const Window all{0, 0, pair.before.width, pair.before.height};
    const ChangeModel model = fit_change_model(
        gather_change_sample(all, pair.before.view(), pair.after.view(), {}, change_lattice_step(all.pixels())));
    Scored out{std::vector<std::uint8_t>(static_cast<std::size_t>(all.pixels())), all.width};
    ChangeScorer scorer;
    if (tile_side == 0) {
        scorer.score(all, pair.before.view(), pair.after.view(), {}, views, model, out.scores);
        return out;
    }
    for (int r = 0; r < all.height; r += tile_side) {
        for (int c = 0; c < all.width; c += tile_side) {
            const Window tile{c, r, std::min(tile_side, all.width - c), std::min(tile_side, all.height - r)},
                grown{c - change_halo, r - change_halo, tile.width + 2 * change_halo, tile.height + 2 * change_halo};
            std::vector<std::uint8_t> scores(static_cast<std::size_t>(tile.pixels()));
            scorer.score(tile, pair.before.view(grown), pair.after.view(grown), {}, views, model, scores);
            for (int y = 0; y < tile.height; ++y)
                std::copy_n(scores.begin() + y * tile.width, tile.width,
                            out.scores.begin() + static_cast<std::ptrdiff_t>(r + y) * all.width + c);
        }
    }
    return out;
}

constexpr int roof = 32;

TEST(ParallaxSearch, WhatLeansOtherwiseIsNoChange) {
    ScenePair pair = make_scene({});
    put_roof(pair.before, 150, 130, roof);
    put_roof(pair.after, 158, 126, roof);
    const auto flagged = [&](const ParallaxField& parallax) {
        return score(pair, parallax).flagged(130, 110, roof + 40);
    };
    const int width = pair.before.width, height = pair.before.height, alone = flagged({});
    EXPECT_GT(alone, roof * 8);
    EXPECT_LT(flagged(parallax_of(9, -4.5F, width, height)), alone / 10);
    EXPECT_LT(flagged(parallax_of(-9, 4.5F, width, height)), alone / 10) << "above or below the terrain";
    EXPECT_GT(flagged(parallax_of(0.1F, 0, width, height)), alone * 9 / 10) << "not so far";
}

TEST(ParallaxSearch, WhatWentElsewhereIsAChange) {
    ScenePair pair = make_scene({});
    put_roof(pair.before, 120, 130, roof);
    put_roof(pair.after, 200, 90, roof); // along the line of parallax, but too far
    const Scored found = score(pair, parallax_of(9, -4.5F, pair.before.width, pair.before.height));
    EXPECT_GT(found.flagged(120, 130, roof), roof * roof * 8 / 10);
    EXPECT_GT(found.flagged(200, 90, roof), roof * roof * 8 / 10);
}

TEST(ParallaxSearch, WhatOneMissionHasStays) {
    ScenePair pair = make_scene({});
    put_roof(pair.after, 150, 130, roof);
    for (int r = 60; r < 63; ++r) // a small thing, three pixels a side
        for (int c = 300; c < 303; ++c)
            for (int band = 0; band < 3; ++band) pair.before.at(band, r, c) += 80;
    const int width = pair.before.width, height = pair.before.height;
    const Scored alone = score(pair, {});
    const Scored found = score(pair, parallax_of(9, -4.5F, width, height));
    EXPECT_GT(found.flagged(150, 130, roof), alone.flagged(150, 130, roof) * 8 / 10);
    EXPECT_GT(score(pair, parallax_of(2, -1, width, height)).flagged(298, 58, 7), 4);
}

/// A wall that one mission sees below the edge of a roof, of which both see the top.
TEST(ParallaxSearch, TheSideOfSomethingUprightIsNoChange) {
    const auto with_strip = [](bool on_roof) {
        ScenePair pair = make_scene({});
        if (on_roof) {
            put_roof(pair.before, 150, 130, roof);
            put_roof(pair.after, 150, 130, roof);
        }
        for (int r = 130 + roof; r < 133 + roof; ++r)
            for (int c = 150; c < 150 + roof; ++c)
                for (int band = 0; band < 3; ++band) pair.after.at(band, r, c) = 240;
        return pair;
    };
    const ScenePair wall = with_strip(true), path = with_strip(false);
    const int width = wall.before.width, height = wall.before.height;
    const auto flagged = [&](const ScenePair& pair, const ParallaxField& parallax) {
        return score(pair, parallax).flagged(140, 120 + roof, roof + 20);
    };
    const ParallaxField across = parallax_of(0.5F, 5, width, height), along = parallax_of(5, 0, width, height);
    const int alone = flagged(wall, {});
    EXPECT_GT(alone, roof * 2);
    EXPECT_LT(flagged(wall, across), alone / 4);
    EXPECT_GT(flagged(wall, along), alone / 2) << "walls are seen along the line of parallax";
    EXPECT_GT(flagged(path, across), flagged(path, {}) * 3 / 4) << "on even ground it is a thing";
}

/// Three pixels a side and no stronger than the texture, which has its like along most lines.
TEST(ParallaxSearch, LoneFaintThingsStay) {
    SceneOptions options;
    options.noise = 3;
    ScenePair pair = make_scene(options);
    const int width = pair.before.width, height = pair.before.height;
    const auto each = [&](const auto& act) {
        for (int row = 48; row < height - 48; row += 32)
            for (int col = 48; col < width - 48; col += 32) act(col, row);
    };
    each([&](int col, int row) {
        for (int band = 0; band < 3; ++band)
            for (int r = row; r < row + 3; ++r)
                for (int c = col; c < col + 3; ++c) pair.after.at(band, r, c) += 40;
    });
    const auto found = [&](const Scored& scored) {
        int count = 0;
        each([&](int col, int row) { count += scored.flagged(col - 1, row - 1, 5) >= 3 ? 1 : 0; });
        return count;
    };
    const int without = found(score(pair, {}));
    EXPECT_GT(without, 20);
    EXPECT_GT(found(score(pair, parallax_of(9, -4.5F, width, height))), without * 8 / 10);
}

TEST(ParallaxSearch, ATileWithItsHaloEqualsTheWhole) {
    SceneOptions options;
    options.width = 301;
    options.height = 259;
    ScenePair pair = make_scene(options);
    for (int c = 20; c < 240; c += 43) {
        put_roof(pair.before, c, c / 2 + 20, roof);
        put_roof(pair.after, c + 6, c / 2 + 25, roof);
    }
    ParallaxField parallax = parallax_of(0, 0, options.width, options.height);
    for (std::size_t i = 0; i < parallax.dx.size(); ++i) {
        parallax.dx[i] = static_cast<float>(i % 13) - 3;
        parallax.dy[i] = i % 5 == 0 ? std::nanf("") : static_cast<float>(i % 7);
    }
    const Scored whole = score(pair, parallax), tiles = score(pair, parallax, 64);
    for (std::size_t i = 0; i < whole.scores.size(); ++i)
        ASSERT_EQ(tiles.scores[i], whole.scores[i]) << i % 301 << ' ' << i / 301;
    EXPECT_NE(whole.scores, score(pair, {}).scores);
}

TEST(ParallaxField, LiesBetweenTwoLeans) {
    const PixelBlocks blocks{0, 0, 16, 2, 1};
    const std::vector<std::array<float, 2>> before = {{0.1F, 0.2F}, {0, 0}}, after = {{-0.1F, 0.1F}, {0.25F, 0}};
    const ParallaxField field = parallax_between(blocks, before, after, 10, 0.5);
    EXPECT_FLOAT_EQ(field.dx[0], -4);
    EXPECT_FLOAT_EQ(field.dy[0], 2) << "north is up";
    EXPECT_FLOAT_EQ(field.dx[1], 5);
}

} // namespace
} // namespace overflight
