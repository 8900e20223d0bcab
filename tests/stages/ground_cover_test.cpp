// SPDX-License-Identifier: Apache-2.0
#include "stages/change_evidence.h"
#include "stages/change_scene.h"
#include "stages/ground_cover.h"

#include <gtest/gtest.h>

namespace overflight {
namespace {

using Levels = std::array<float, 4>; ///< red, green, blue, near infrared

constexpr Levels meadow{60, 80, 50, 140}, road{90, 88, 85, 95}, pond{22, 34, 40, 10}, roof{30, 28, 26, 40};

/// A road, with a meadow on the left and, on the right, 64 x 64 pixels of something.
SceneImage scene(const Levels& thing, int bands, float noise = 1) {
    SceneImage image(200, 128, bands);
    std::mt19937 random(3);
    std::normal_distribution<float> normal(0, noise);
    for (int r = 0; r < image.height; ++r)
        for (int c = 0; c < image.width; ++c) {
            const Levels& levels = c < 40 ? meadow : c >= 104 && c < 168 && r >= 32 && r < 96 ? thing : road;
            for (int b = 0; b < bands; ++b) image.at(b, r, c) = levels[static_cast<std::size_t>(b)] + normal(random);
        }
    return image;
}

constexpr BandRoles rgb{0, 1, 2, -1}, rgbn{0, 1, 2, 3};
constexpr float brightness = 80;

std::uint8_t cover_at(const SceneImage& image, const BandRoles& roles, int col, int row) {
    const MissionView view = image.view();
    return GroundCover(view, roles, brightness).at(col, row);
}

TEST(BandRoles, GoByNamesAndElseByOrder) {
    const auto same = [](const BandRoles& a, const BandRoles& b) {
        return a.red == b.red && a.green == b.green && a.blue == b.blue && a.nir == b.nir;
    };
    EXPECT_TRUE(same(band_roles({"Blue", "GREEN", "red", "near infrared"}), {2, 1, 0, 3}));
    EXPECT_TRUE(same(band_roles({"band 1", "band 2", "band 3"}), {0, 1, 2, -1}));
    EXPECT_TRUE(same(band_roles({"nir", "red", "green"}), {1, 2, -1, 0}));
    EXPECT_TRUE(same(band_roles({"gray"}), {}));
    EXPECT_FALSE(band_roles({"nir", "red", "green"}).has_colours());
}

TEST(GroundCover, TellsVegetationAndWaterWithAndWithoutNearInfrared) {
    for (const int bands : {3, 4}) {
        const BandRoles& roles = bands == 3 ? rgb : rgbn;
        const SceneImage image = scene(pond, bands);
        EXPECT_EQ(cover_at(image, roles, 20, 60), ground_cover::vegetation) << bands;
        EXPECT_EQ(cover_at(image, roles, 70, 60), 0) << bands;
        EXPECT_EQ(cover_at(image, roles, 136, 64), ground_cover::water) << bands;
    }
}

TEST(GroundCover, TakesNoDarkRoofAndNothingRoughOrSmallForWater) {
    EXPECT_EQ(cover_at(scene(roof, 3), rgb, 136, 64), 0) << "reddish";
    EXPECT_EQ(cover_at(scene(pond, 3, 8), rgb, 136, 64) & ground_cover::water, 0) << "rough";
    SceneImage small = scene(road, 3);
    for (int r = 56; r < 72; ++r)
        for (int c = 128; c < 144; ++c)
            for (int b = 0; b < 3; ++b) small.at(b, r, c) = pond[static_cast<std::size_t>(b)];
    EXPECT_EQ(cover_at(small, rgb, 136, 64) & ground_cover::water, 0) << "small";
}

TEST(GroundCover, IsNothingWhereNothingIsSeenOrBandsDoNotTell) {
    SceneImage image = scene(pond, 3);
    std::fill(image.valid.begin(), image.valid.end(), std::uint8_t{0});
    EXPECT_EQ(cover_at(image, rgb, 136, 64), 0);
    EXPECT_EQ(cover_at(scene(pond, 1), {}, 136, 64), 0);
    EXPECT_EQ(cover_at(scene(pond, 3), rgb, 500, 64), 0) << "beyond the view";
}

TEST(GroundCover, DoesNotDependOnTheViewThatHoldsIt) {
    const SceneImage image = scene(pond, 3);
    const MissionView whole = image.view();
    GroundCover all(whole, rgb, brightness);
    for (const Window& window : {Window{96, 24, 40, 40}, Window{131, 50, 30, 30}}) {
        const int halo = GroundCover::halo;
        const MissionView part =
            image.view({window.col - halo, window.row - halo, window.width + 2 * halo, window.height + 2 * halo});
        GroundCover some(part, rgb, brightness);
        for (std::int64_t r = window.row; r < window.row + window.height; ++r)
            for (std::int64_t c = window.col; c < window.col + window.width; ++c)
                ASSERT_EQ(some.at(c, r), all.at(c, r)) << c << ' ' << r;
    }
}

TEST(GroundCover, CountsInContextWhereBothMissionsShowIt) {
    const SceneImage wet = scene(pond, 3), dry = scene(road, 3);
    const Window tile{0, 0, 200, 128};
    const MissionView first = wet.view(), second = dry.view();
    const auto at = [](int col, int row) { return static_cast<std::size_t>(row * 200 + col); };
    ShiftField field; // the later mission lies eight pixels further right
    field.cols = field.rows = 1;
    field.dx = {8};
    field.dy = {0};
    const auto context_of = [&](const MissionView& after, std::span<const std::uint8_t> mask) {
        std::vector<std::uint8_t> context(static_cast<std::size_t>(tile.pixels()), change_context::observed);
        GroundCover one(first, rgb, brightness), other(after, rgb, brightness);
        add_ground_cover(tile, mask, one, other, field, context);
        return context;
    };
    const auto both = context_of(first, {}), went = context_of(second, {});
    EXPECT_EQ(both[at(136, 64)], change_context::observed | change_context::water);
    EXPECT_EQ(went[at(136, 64)], change_context::observed);
    EXPECT_EQ(went[at(20, 64)], change_context::observed | change_context::vegetation);
    EXPECT_EQ(went[at(36, 64)], change_context::observed) << "a road eight pixels further right";
    std::vector<std::uint8_t> mask(both.size(), 0);
    mask[at(20, 64)] = 1;
    const auto masked = context_of(second, mask);
    EXPECT_EQ(masked[at(20, 64)], change_context::observed | change_context::vegetation);
    EXPECT_EQ(masked[at(21, 64)], change_context::observed);
}

} // namespace
} // namespace overflight
