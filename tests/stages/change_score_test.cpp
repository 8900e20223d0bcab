// SPDX-License-Identifier: Apache-2.0
#include "stages/change_registration.h"
#include "stages/change_scene.h"
#include "stages/change_score.h"
#include "stages/scene_objects.h"

#include <gtest/gtest.h>

namespace overflight {
namespace {

struct Result {
    ChangeModel model;
    ScoreStatistics statistics;
    std::vector<std::uint8_t> scores;
    std::vector<std::uint8_t> mask;
    double flagged = 0;
};

Result run(const ScenePair& pair, const ShiftField& field = {}, const EvidenceUse& use = {}) {
    Result out;
    const Window all{0, 0, pair.before.width, pair.before.height};
    const int step = change_lattice_step(all.pixels());
    out.model = fit_change_model(gather_change_sample(all, pair.before.view(), pair.after.view(), field, step));
    out.scores.resize(all.pixels());
    ChangeScorer(use).score(all, pair.before.view(), pair.after.view(), field, {}, out.model, out.scores);
    SceneObjects found(out.scores, pair.before.view(), pair.after.view(), field, out.model);
    out.statistics = found.statistics;
    out.mask = std::move(found.mask);
    out.flagged =
        static_cast<double>(std::count(out.mask.begin(), out.mask.end(), 1)) / static_cast<double>(all.pixels());
    return out;
}

ShiftField some_field(int width, int height) {
    ShiftField f;
    f.model = ShiftField::Model::affine;
    f.cols = width / f.step + 2;
    f.rows = height / f.step + 2;
    for (int j = 0; j < f.rows; ++j) {
        for (int i = 0; i < f.cols; ++i) {
            f.dx.push_back(static_cast<float>(1.2 + 0.3 * i));
            f.dy.push_back(static_cast<float>(-0.8 + 0.2 * j));
        }
    }
    return f;
}

TEST(ScoreChange, ATileWithItsHaloEqualsTheWhole) {
    SceneOptions o;
    o.width = 301;
    o.height = 259;
    ScenePair pair = make_scene(o);
    for (int r = 60; r < 120; ++r) std::fill_n(pair.after.valid.begin() + r * o.width + 90, 50, std::uint8_t{0});
    for (const ShiftField& field : {ShiftField{}, some_field(o.width, o.height)}) {
        const Result whole = run(pair, field);
        ScoreStatistics statistics;
        ChangeScorer scorer;
        const int side = 64;
        for (int r = 0; r < o.height; r += side) {
            for (int c = 0; c < o.width; c += side) {
                const Window tile{c, r, std::min(side, o.width - c), std::min(side, o.height - r)};
                const auto grown = [&](int halo) {
                    return Window{c - halo, r - halo, tile.width + 2 * halo, tile.height + 2 * halo};
                };
                std::vector<std::uint8_t> score(tile.pixels());
                scorer.score(tile, pair.before.view(grown(change_halo)), pair.after.view(grown(after_halo(field))),
                             field, {}, whole.model, score);
                statistics.add(score, tile.width);
                for (int y = 0; y < tile.height; ++y) {
                    for (int x = 0; x < tile.width; ++x) {
                        ASSERT_EQ(score[y * tile.width + x], whole.scores[(r + y) * o.width + c + x])
                            << c + x << ' ' << r + y;
                    }
                }
            }
        }
        EXPECT_EQ(statistics.counts, whole.statistics.counts);
        EXPECT_EQ(whole.scores[80 * o.width + 110], 0) << "unseen";
        EXPECT_GT(whole.scores[20 * o.width + 20], 0) << "seen";
    }
}

TEST(ScoreChange, SampleTypesGiveTheSameScores) {
    ScenePair pair = make_scene({});
    for (auto* image : {&pair.before, &pair.after}) {
        for (float& v : image->samples) v = std::round(std::clamp(v, 0.0F, 255.0F));
    }
    const Result floats = run(pair);
    const std::vector<std::uint8_t> bytes(pair.before.samples.begin(), pair.before.samples.end());
    const std::vector<std::uint16_t> words(pair.after.samples.begin(), pair.after.samples.end());
    MissionView before = pair.before.view(), after = pair.after.view();
    const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(pair.before.width) * pair.before.height;
    for (int b = 0; b < 3; ++b) {
        before.bands[b] = {bytes.data() + b * plane, pair.before.width, SampleType::u8};
        after.bands[b] = {words.data() + b * plane, pair.after.width, SampleType::u16};
    }
    std::vector<std::uint8_t> scores(floats.scores.size());
    ChangeScorer().score(before.window, before, after, {}, {}, floats.model, scores);
    EXPECT_EQ(scores, floats.scores);
}

TEST(ScoreChange, StepsOfTheSamplesAreNoChange) {
    const ScenePair pair = make_scene({});
    const Window all{0, 0, pair.before.width, pair.before.height};
    for (const int share : {0, 2, 30}) { // in hundred pixels: brighter by a step in all bands, as rounding may have it
        std::vector<std::uint8_t> first, second;
        for (const float v : pair.before.samples)
            first.push_back(static_cast<std::uint8_t>(std::clamp(v, 10.0F, 200.0F)));
        second = first;
        std::mt19937 random(5);
        MissionView before = pair.before.view(), after = pair.after.view();
        const auto plane = static_cast<std::size_t>(all.pixels());
        std::size_t stepped = 0;
        for (std::size_t i = 0; i < plane; ++i) {
            const bool thing = i % 384 >= 200 && i % 384 < 212 && i / 384 >= 100 && i / 384 < 112;
            const bool step = static_cast<int>(random() % 100) < share;
            stepped += step ? 1 : 0;
            for (std::size_t b = 0; b < 3; ++b)
                second[b * plane + i] = static_cast<std::uint8_t>(second[b * plane + i] + (thing ? 40 : step ? 1 : 0));
        }
        for (std::size_t b = 0; b < 3; ++b) {
            before.bands[b] = {first.data() + b * plane, all.width, SampleType::u8};
            after.bands[b] = {second.data() + b * plane, all.width, SampleType::u8};
        }
        ASSERT_EQ(stepped > 1000, share > 0);
        const ChangeModel model =
            fit_change_model(gather_change_sample(all, before, after, {}, change_lattice_step(all.pixels())));
        ASSERT_TRUE(model.usable);
        std::vector<std::uint8_t> scores(plane);
        ChangeScorer().score(all, before, after, {}, {}, model, scores);
        const std::vector<std::uint8_t> mask = SceneObjects(scores, before, after, {}, model).mask;
        int inside = 0, outside = 0;
        for (int r = 0; r < all.height; ++r)
            for (int c = 0; c < all.width; ++c) {
                if (mask[static_cast<std::size_t>(r * all.width + c)] != 1) continue;
                ++(r >= 98 && r < 114 && c >= 198 && c < 214 ? inside : outside);
            }
        EXPECT_GE(inside, 130) << share;
        EXPECT_EQ(outside, 0) << share;
    }
}

TEST(ScoreChange, UnchangedPairsAreHardlyFlagged) {
    double total = 0;
    for (unsigned seed = 1; seed <= 8; ++seed) {
        SceneOptions o;
        o.width = 256;
        o.height = 256;
        o.seed = seed;
        o.gain = 0.85 + 0.04 * seed;
        o.shift_x = 0.06 * seed;
        total += run(make_scene(o)).flagged;
    }
    EXPECT_LT(total / 8, 0.001);
}

TEST(ScoreChange, FindsThreeByThreePixelsOfFiveSigma) {
    SceneOptions o;
    ScenePair pair = make_scene(o);
    const auto contrast = static_cast<float>(5 * std::sqrt(2.0) * o.noise);
    std::vector<std::pair<int, int>> objects;
    for (int r = 30; r + 30 < o.height; r += 40) {
        for (int c = 30; c + 30 < o.width; c += 40) {
            objects.emplace_back(r, c);
            for (int i = 0; i < 27; ++i) pair.after.at(i / 9, r + i / 3 % 3, c + i % 3) += contrast;
        }
    }
    const Result result = run(pair);
    int found = 0;
    for (const auto& [r, c] : objects) {
        int hits = 0;
        for (int i = 0; i < 9; ++i) hits += result.mask[(r + i / 3) * o.width + c + i % 3];
        found += hits >= 5 ? 1 : 0;
    }
    EXPECT_GE(found, 0.7 * static_cast<double>(objects.size()));
    EXPECT_LT(result.flagged, 0.02);
}

TEST(ScoreChange, KeepsToTheOutlineOfAStrongChange) {
    const SceneOptions o;
    ScenePair pair = make_scene(o);
    for (int b = 0; b < 3; ++b) {
        for (int r = 100; r < 140; ++r) std::fill_n(&pair.after.at(b, r, 100), 60, 20.0F);
    }
    const Result result = run(pair);
    int inside = 0, outside = 0;
    for (int r = 0; r < o.height; ++r) {
        for (int c = 0; c < o.width; ++c) {
            if (result.mask[r * o.width + c] != 1) continue;
            (r >= 98 && r < 142 && c >= 98 && c < 162 ? inside : outside) += 1;
        }
    }
    EXPECT_GE(inside, 40 * 60 * 9 / 10);
    EXPECT_LE(outside, 40);
}

TEST(ScoreChange, EitherKindOfDifferenceFindsAChangeByItself) {
    const SceneOptions o;
    ScenePair pair = make_scene(o);
    for (int b = 0; b < 3; ++b) {
        for (int r = 100; r < 140; ++r) std::fill_n(&pair.after.at(b, r, 100), 60, 20.0F);
        for (int r = 60; r < 63; ++r) // three pixels a side
            for (int c = 300; c < 303; ++c) pair.after.at(b, r, c) += 80;
    }
    const auto flagged = [&](const Result& result, int row, int col, int height, int width) {
        int count = 0;
        for (int r = row; r < row + height; ++r)
            count += static_cast<int>(std::count_if(result.mask.begin() + r * o.width + col,
                                                    result.mask.begin() + r * o.width + col + width,
                                                    [](std::uint8_t v) { return v == 1; }));
        return count;
    };
    const Result details = run(pair, {}, {.surroundings = false}), surroundings = run(pair, {}, {.details = false});
    EXPECT_GE(flagged(details, 100, 100, 40, 60), 2000);
    EXPECT_GE(flagged(surroundings, 100, 100, 40, 60), 2000);
    EXPECT_GE(flagged(details, 58, 298, 7, 7), 4);
    EXPECT_LT(flagged(details, 90, 90, 60, 80), 2700) << "to the pixel";
    EXPECT_GT(flagged(surroundings, 90, 90, 60, 80), flagged(details, 90, 90, 60, 80)) << "as smoothed bands have it";
}

TEST(ScoreChange, StructureThatStayedMakesADifferenceCountLess) {
    const SceneOptions o;
    ScenePair pair = make_scene(o);
    for (int b = 0; b < 3; ++b) // the same texture, brighter
        for (int r = 100; r < 160; ++r)
            for (int c = 100; c < 160; ++c) pair.after.at(b, r, c) *= 1.3F;
    const auto sum = [&](const EvidenceUse& use) {
        const Result result = run(pair, {}, use);
        double all = 0;
        for (int r = 110; r < 150; ++r)
            for (int c = 110; c < 150; ++c)
                all += change_score_value(result.scores[static_cast<std::size_t>(r * o.width + c)]);
        return all;
    };
    EXPECT_LT(sum({.details = false}), sum({.details = false, .structure = false}));
}

TEST(ScoreChange, WhatMayBeAShadowCountsLess) {
    SceneOptions o;
    o.noise = 15; // so that scores are within their range
    ScenePair pair = make_scene(o);
    const auto darken = [&](int col, std::array<float, 3> share) {
        for (int b = 0; b < 3; ++b)
            for (int r = 100; r < 140; ++r)
                for (int c = col; c < col + 40; ++c) pair.after.at(b, r, c) *= share[static_cast<std::size_t>(b)];
    };
    darken(60, {0.3F, 0.3F, 0.33F});
    darken(180, {0.2F, 0.45F, 0.3F}); // as dark, and of another colour
    const auto mean = [&](const Result& result, int col) {
        double sum = 0;
        for (int r = 110; r < 130; ++r)
            for (int c = col + 10; c < col + 30; ++c)
                sum += change_score_value(result.scores[static_cast<std::size_t>(r * o.width + c)]);
        return sum / 400;
    };
    const Result result = run(pair), without = run(pair, {}, {.shadows = false});
    EXPECT_GT(mean(result, 180), 2 * mean(result, 60));
    EXPECT_GT(mean(result, 60), 1) << "less, not nothing";
    EXPECT_LT(mean(without, 180), 2 * mean(without, 60)) << "left out";
}

TEST(ScoreChange, ShiftFieldRemovesWhatMisregistrationShows) {
    SceneOptions o;
    o.width = 512;
    o.shift_x = 3.4;
    o.shift_y = -2.2;
    const ScenePair pair = make_scene(o);
    std::vector<WindowShift> shifts;
    for (const Window& w : registration_windows(o.width, o.height)) {
        shifts.push_back(measure_shift(pair.before.view(), pair.after.view(), w, 8));
    }
    const ShiftField field = fit_shift_field(shifts, o.width, o.height, 8);
    ASSERT_FALSE(field.identity());
    EXPECT_NEAR(field.dx.front(), 3.4, 0.05);
    EXPECT_NEAR(field.dy.front(), -2.2, 0.05);
    const Result mended = run(pair, field), plain = run(pair);
    EXPECT_GT(mended.model.levels[0].correlations.front(), plain.model.levels[0].correlations.front() + 0.02);
    EXPECT_LT(mended.flagged, 0.002);
}

TEST(ScoreChange, UnusableModelScoresNothing) {
    const ScenePair pair = make_scene({});
    std::vector<std::uint8_t> scores(pair.before.valid.size(), 7);
    ChangeScorer().score({0, 0, pair.before.width, pair.before.height}, pair.before.view(), pair.after.view(), {}, {},
                         {}, scores);
    EXPECT_EQ(std::count(scores.begin(), scores.end(), 0), static_cast<std::ptrdiff_t>(scores.size()));
}

} // namespace
} // namespace overflight
