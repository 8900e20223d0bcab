// SPDX-License-Identifier: Apache-2.0
#include "stages/change_evidence.h"
#include "stages/change_objects.h"
#include "stages/change_scene.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>

namespace overflight {
namespace {

using Mask = std::vector<std::uint8_t>;

Mask random_mask(int width, int height, double threshold, unsigned seed) {
    const Texture texture(seed, 12);
    std::mt19937 random(seed);
    Mask mask;
    for (int r = 0; r < height; ++r)
        for (int c = 0; c < width; ++c)
            mask.push_back(texture.at(c, r) + static_cast<double>(random() % 8) > threshold ? 1 : 0);
    return mask;
}

/// Pixels of each 8-connected component by flooding.
std::multiset<std::int64_t> component_sizes(Mask mask, int width) {
    std::multiset<std::int64_t> sizes;
    const int height = static_cast<int>(mask.size()) / width;
    for (std::size_t start = 0; start < mask.size(); ++start) {
        if (mask[start] != 1) continue;
        std::vector<std::size_t> open{start};
        mask[start] = 0;
        std::int64_t size = 0;
        while (!open.empty()) {
            const int c = static_cast<int>(open.back()) % width, r = static_cast<int>(open.back()) / width;
            open.pop_back();
            ++size;
            for (int y = std::max(0, r - 1); y <= std::min(height - 1, r + 1); ++y)
                for (int x = std::max(0, c - 1); x <= std::min(width - 1, c + 1); ++x)
                    if (auto& pixel = mask[static_cast<std::size_t>(y * width + x)]; pixel == 1) {
                        pixel = 0;
                        open.push_back(static_cast<std::size_t>(y * width + x));
                    }
        }
        sizes.insert(size);
    }
    return sizes;
}

ChangeModel plain_model(int bands) {
    ChangeModel model;
    model.bands_before = model.bands_after = bands;
    model.normalisation.resize(static_cast<std::size_t>(bands));
    return model;
}

std::vector<ChangeObject> collect(const Mask& mask, const Mask& scores, const SceneImage& before,
                                  const SceneImage& after, const ChangeModel& model) {
    const Tiling tiling(before.width, before.height);
    ObjectCollector collector(tiling, model, before.bands < 3 ? BandRoles{} : BandRoles{0, 1, 2});
    for (std::int64_t i = 0; i < tiling.count(); ++i) {
        const Window tile = tiling.window(i);
        Mask part;
        for (int r = 0; r < tile.height; ++r)
            for (int c = 0; c < tile.width; ++c)
                part.push_back(mask[static_cast<std::size_t>((tile.row + r) * before.width + tile.col + c)]);
        const Window all{0, 0, before.width, before.height};
        collector.add(i, find_object_parts(tile, all, part, scores, before.view(tile), after.view(tile), {},
                                           Mask(part.size(), change_context::observed)));
    }
    return collector.take();
}

double ring_area(const Ring& ring) {
    double sum = 0;
    for (std::size_t i = 0; i < ring.size(); ++i) {
        const GridPoint &a = ring[i], &b = ring[(i + 1) % ring.size()];
        sum += a.row * b.col - b.row * a.col;
    }
    return sum / 2; // anticlockwise with rows southwards: positive
}

/// Proper crossings or touches of two segments that share no end.
bool cross(const GridPoint& a, const GridPoint& b, const GridPoint& c, const GridPoint& d) {
    const auto side = [](const GridPoint& p, const GridPoint& q, const GridPoint& r) {
        return (q.col - p.col) * (r.row - p.row) - (q.row - p.row) * (r.col - p.col);
    };
    return side(a, b, c) * side(a, b, d) <= 0 && side(c, d, a) * side(c, d, b) <= 0 &&
           !(side(a, b, c) == 0 && side(a, b, d) == 0);
}

TEST(ObjectCollector, FindsTheComponentsOfTheWholeMaskAcrossTiles) {
    const int width = 1100, height = 1060;
    const SceneImage image(width, height, 1);
    for (const double threshold : {6.0, 10.0, 14.0}) {
        const Mask mask = random_mask(width, height, threshold, 3), scores(mask.size(), 100);
        std::multiset<std::int64_t> sizes;
        for (const ChangeObject& object : collect(mask, scores, image, image, plain_model(1)))
            sizes.insert(object.pixels);
        EXPECT_EQ(sizes, component_sizes(mask, width)) << threshold;
    }
}

TEST(ObjectCollector, TellsWhatAppearedDisappearedAndAltered) {
    SceneImage before(200, 60, 3), after(200, 60, 3);
    std::fill(before.samples.begin(), before.samples.end(), 100.0F);
    std::fill(after.samples.begin(), after.samples.end(), 100.0F);
    Mask mask(200 * 60, 0), scores(mask.size(), 50);
    const auto paint = [&](int col, std::array<float, 3> first, std::array<float, 3> second, std::uint8_t score) {
        for (int r = 20; r < 32; ++r)
            for (int c = col; c < col + 12; ++c) {
                for (int b = 0; b < 3; ++b) {
                    before.at(b, r, c) = first[static_cast<std::size_t>(b)];
                    after.at(b, r, c) = second[static_cast<std::size_t>(b)];
                }
                mask[static_cast<std::size_t>(r * 200 + c)] = 1;
                scores[static_cast<std::size_t>(r * 200 + c)] = score;
            }
    };
    paint(10, {100, 100, 100}, {160, 140, 150}, 200);
    paint(50, {50, 80, 40}, {100, 100, 100}, 180);
    paint(90, {140, 140, 140}, {60, 61, 62}, 160);
    paint(130, {100, 100, 100}, {50, 51, 52}, 140);
    const auto objects = collect(mask, scores, before, after, plain_model(3));
    ASSERT_EQ(objects.size(), 4U);
    EXPECT_STREQ(objects[0].kind, "appeared");
    EXPECT_STREQ(objects[0].tone, "brighter");
    EXPECT_STREQ(objects[0].context, "");
    EXPECT_STREQ(objects[1].kind, "disappeared");
    EXPECT_STREQ(objects[1].context, "vegetation");
    EXPECT_STREQ(objects[2].kind, "altered");
    EXPECT_STREQ(objects[2].tone, "darker");
    EXPECT_STREQ(objects[3].kind, "appeared");
    EXPECT_STREQ(objects[3].context, "shadow");
    EXPECT_DOUBLE_EQ(objects[0].score, 200 * change_score_scale + change_score_offset);
    EXPECT_DOUBLE_EQ(objects[0].before[1], 100);
    EXPECT_DOUBLE_EQ(objects[0].after[1], 140);
    EXPECT_EQ(objects[0].pixels, 144);
    EXPECT_EQ(objects[0].col, 10);
    EXPECT_EQ(objects[0].col_end, 22);
}

TEST(Outline, OfASquareIsTheSquareWithItsCornersCut) {
    std::vector<PixelRun> runs;
    for (int r = 5; r < 15; ++r) runs.push_back({r, 3, 13});
    const auto rings = trace_outline(runs);
    ASSERT_EQ(rings.size(), 1U);
    EXPECT_NEAR(ring_area(rings[0]), 100, 1);
    EXPECT_LE(rings[0].size(), 8U);
    for (const GridPoint& p : rings[0]) {
        EXPECT_TRUE(p.col == 3 || p.col == 13 || p.row == 5 || p.row == 15) << p.col << ' ' << p.row;
    }
}

TEST(Outline, RingsNeitherCrossNorTouchAndHoldTheMaskToAPixel) {
    const int width = 150, height = 130;
    int holes = 0;
    for (unsigned seed = 1; seed <= 6; ++seed) {
        const Mask mask = random_mask(width, height, 3 + 2 * seed, seed), scores(mask.size(), 100);
        const SceneImage image(width, height, 1);
        for (const ChangeObject& object : collect(mask, scores, image, image, plain_model(1))) {
            double area = 0, length = 0;
            std::vector<std::pair<GridPoint, GridPoint>> sides;
            std::vector<std::pair<std::size_t, std::size_t>> places; // ring, side
            for (std::size_t k = 0; k < object.outline.size(); ++k) {
                const Ring& ring = object.outline[k];
                EXPECT_EQ(ring_area(ring) > 0, k == 0);
                area += ring_area(ring);
                length += ring_length(ring);
                for (std::size_t i = 0; i < ring.size(); ++i) {
                    sides.emplace_back(ring[i], ring[(i + 1) % ring.size()]);
                    places.emplace_back(k, i);
                }
                holes += k > 0 ? 1 : 0;
            }
            EXPECT_NEAR(area, static_cast<double>(object.pixels), outline_tolerance * length + 1);
            for (std::size_t i = 0; i < sides.size(); ++i) {
                for (std::size_t j = i + 1; j < sides.size(); ++j) {
                    const std::size_t n = object.outline[places[i].first].size();
                    const bool next =
                        places[i].first == places[j].first && (places[j].second == places[i].second + 1 ||
                                                               (places[i].second == 0 && places[j].second + 1 == n));
                    if (next) continue;
                    EXPECT_FALSE(cross(sides[i].first, sides[i].second, sides[j].first, sides[j].second))
                        << seed << ' ' << sides[i].first.col << ' ' << sides[i].first.row;
                }
            }
        }
    }
    EXPECT_GT(holes, 20);
}

TEST(Outline, HugeObjectsAreOutlinedOnCoarserPixels) {
    std::vector<PixelRun> runs;
    for (int r = 0; r < 9000; ++r) runs.push_back({r, r, r + 3000});
    const auto rings = trace_outline(runs);
    ASSERT_EQ(rings.size(), 1U);
    EXPECT_NEAR(ring_area(rings[0]), 27e6, 0.01 * 27e6);
}

} // namespace
} // namespace overflight
