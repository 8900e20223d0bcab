// SPDX-License-Identifier: Apache-2.0
#include "core/quality.h"
#include "stages/change_evidence.h"
#include "stages/change_objects.h"
#include "stages/change_scene.h"

#include <gtest/gtest.h>

namespace overflight {
namespace {

using Flags = std::vector<std::uint8_t>;

TEST(ChangeContext, JoinsBothMissionsWhereTheShiftPutsThem) {
    const Window tile{10, 20, 4, 1}, wide{8, 19, 8, 3};
    Flags before{quality::valid, quality::valid | quality::seam, quality::valid | quality::shadow, 0};
    Flags after(24, quality::valid);
    const auto at = [&](int col, int row) -> std::uint8_t& {
        return after[static_cast<std::size_t>((row - 19) * 8 + col - 8)];
    };
    at(12, 21) |= quality::uncertain; // two right, one down of the first pixel
    at(13, 21) |= quality::shadow;
    at(14, 21) = 0;
    ShiftField field;
    field.cols = field.rows = 1;
    field.dx = {2.2F};
    field.dy = {0.9F};
    Flags context(4, 99);
    find_change_context(tile, {tile, before}, {wide, after}, field, context);
    using namespace change_context;
    EXPECT_EQ(context[0], observed | uncertain);
    EXPECT_EQ(context[1], observed | seam | shadow_after);
    EXPECT_EQ(context[2], 0) << "not seen afterwards";
    EXPECT_EQ(context[3], 0) << "not seen before";
}

TEST(ChangeContext, LowersTheConfidenceOfObjects) {
    const SceneImage image(64, 64, 3);
    const Window all{0, 0, 64, 64};
    Flags mask(64 * 64, 0), scores(mask.size(), 80), context(mask.size(), change_context::observed);
    const auto object = [&](int col, std::uint8_t flags, int rows) {
        for (int r = 0; r < 10; ++r)
            for (int c = col; c < col + 4; ++c) {
                mask[static_cast<std::size_t>(r * 64 + c)] = 1;
                if (r < rows) context[static_cast<std::size_t>(r * 64 + c)] |= flags;
            }
    };
    object(5, change_context::seam, 10);
    object(15, change_context::shadow_before | change_context::shadow_after, 10); // in shadow both times: known alike
    object(25, change_context::shadow_after, 4);
    ChangeModel model;
    model.bands_before = model.bands_after = 3;
    model.normalisation.resize(3);
    ObjectCollector collector(Tiling(64, 64), model, {0, 1, 2});
    collector.add(0, find_object_parts(all, all, mask, scores, image.view(), image.view(), {}, context));
    const std::vector<ChangeObject> objects = collector.take();
    ASSERT_EQ(objects.size(), 3U);
    EXPECT_EQ(objects[0].col, 15);
    EXPECT_DOUBLE_EQ(objects[0].confidence, 1);
    EXPECT_EQ(objects[1].col, 25);
    EXPECT_DOUBLE_EQ(objects[1].shadow, 0.4);
    EXPECT_DOUBLE_EQ(objects[1].confidence, 0.8);
    EXPECT_EQ(objects[2].col, 5);
    EXPECT_DOUBLE_EQ(objects[2].seam, 1);
    EXPECT_DOUBLE_EQ(objects[2].confidence, 0.5);
    EXPECT_EQ(objects[0].score, objects[2].score) << "nothing is dropped";
}

} // namespace
} // namespace overflight
