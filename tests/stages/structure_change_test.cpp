// SPDX-License-Identifier: Apache-2.0
#include "stages/change_scene.h"
#include "stages/structure_change.h"

#include <gtest/gtest.h>

#include <cmath>

namespace overflight {
namespace {

constexpr int side = 64, rounds = 3;
constexpr int border = StructureChange::round_reach * rounds + 1;
constexpr float least = 4;

template <typename Value>
Plane plane_of(const Value& value) {
    Plane plane;
    plane.resize(side, side);
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c) plane.row(r)[c] = static_cast<float>(value(c, r));
    return plane;
}

struct Range {
    double least = 1e9, most = -1e9, mean = 0;
};

Range range_of(const StructureChange& change) {
    Range out;
    int count = 0;
    for (int r = border; r < side - border; ++r)
        for (int c = border; c < side - border; ++c, ++count) {
            const double v = change.row(r)[c];
            out.least = std::min(out.least, v);
            out.most = std::max(out.most, v);
            out.mean += v;
        }
    out.mean /= count;
    return out;
}

Range compare(const Plane& before, const Plane& after, bool correlation_alone = false) {
    StructureChange change;
    if (correlation_alone)
        change.correlate(before, after, rounds, least, least);
    else
        change.compare(before, after, rounds, least, least);
    return range_of(change);
}

TEST(StructureChange, IsSmallUnderOtherBrightnessAndContrast) {
    const Texture texture(3);
    const auto ground = [&](int c, int r) { return 100 + 2 * texture.at(c, r); };
    const Plane before = plane_of(ground), brighter = plane_of([&](int c, int r) { return 40 + 1.6 * ground(c, r); });
    EXPECT_LT(compare(before, brighter).most, 0.2);
    EXPECT_LT(compare(before, brighter, true).most, 0.1);
    EXPECT_GE(compare(before, brighter).least, 0);
}

TEST(StructureChange, IsLargeOfOtherGroundAndOfFlatGround) {
    const Texture texture(3), other(8);
    const Plane before = plane_of([&](int c, int r) { return 100 + 2 * texture.at(c, r); }),
                after = plane_of([&](int c, int r) { return 100 + 2 * other.at(c, r); }),
                inverse = plane_of([&](int c, int r) { return 100 - 2 * texture.at(c, r); }),
                flat = plane_of([](int, int) { return 100; });
    EXPECT_GT(compare(before, after).mean, 0.6);
    EXPECT_GT(compare(before, inverse).least, 0.99);
    EXPECT_GT(compare(before, flat).least, 0.99);
    EXPECT_GT(compare(flat, flat).least, 0.99) << "there is no structure to speak of";
}

TEST(StructureChange, OneGlaringThingHidesTheGroundFromCorrelationAndNotFromSigns) {
    const Texture texture(3);
    const auto ground = [&](int c, int r) { return 100 + 1.5 * texture.at(c, r); };
    const Plane before = plane_of(ground);
    Plane after = plane_of(ground);
    for (int r = 31; r < 33; ++r)
        for (int c = 31; c < 33; ++c) after.row(r)[c] += 1500;
    StructureChange one, three;
    one.correlate(before, after, rounds, least, least);
    three.compare(before, after, rounds, least, least);
    EXPECT_GT(one.row(31)[31], 0.7F);
    EXPECT_LT(three.row(31)[31], one.row(31)[31] - 0.2F);
}

TEST(StructureChange, IsTheSameInAnyPartOfAScene) {
    const Texture texture(3), other(8);
    const auto cut = [&](int offset) {
        StructureChange out;
        out.compare(plane_of([&](int c, int r) { return 100 + 2 * texture.at(c + offset, r + offset); }),
                    plane_of([&](int c, int r) { return 90 + 2 * other.at(c + offset, r + offset); }), rounds, least,
                    least);
        return out;
    };
    const StructureChange whole = cut(0), part = cut(16);
    for (int r = border; r < side - border - 16; ++r)
        for (int c = border; c < side - border - 16; ++c) ASSERT_EQ(part.row(r)[c], whole.row(r + 16)[c + 16]);
}

} // namespace
} // namespace overflight
