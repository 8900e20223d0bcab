// SPDX-License-Identifier: Apache-2.0
#include "change_row_input.h"
#include "for_each_target.h"
#include "kernels/patch_search.h"

namespace overflight::kernels {
namespace {

using Row = std::vector<float>;

constexpr std::size_t side = 48;     ///< of the planes
constexpr std::ptrdiff_t place = 16; ///< of the block, both ways
const std::ptrdiff_t row_stride = side + 2 * RandomRows::room;

/// Planes of `side` rows each, and where their blocks begin.
struct Planes {
    RandomRows rows;
    std::vector<const float*> blocks;

    Planes(int planes, unsigned seed) : rows(static_cast<std::size_t>(planes) * side, side, seed) {
        for (int p = 0; p < planes; ++p) blocks.push_back(rows.row(static_cast<std::size_t>(p) * side + place) + place);
    }
};

std::vector<PatchOffset> offsets_within(int reach) {
    std::vector<PatchOffset> offsets;
    for (int row = -reach; row <= reach; ++row)
        for (int col = -reach; col <= reach; ++col)
            offsets.push_back({static_cast<std::int16_t>(col), static_cast<std::int16_t>(row)});
    return offsets;
}

TEST(PatchSearch, EqualsReference) {
    for (const int planes : {1, 3, 8}) {
        const Planes fixed(planes, 3), lowest(planes, 4), highest(planes, 5);
        const PatchImages images{fixed.blocks.data(), lowest.blocks.data(), highest.blocks.data(), planes, row_stride};
        for (const int reach : {0, 1, 5}) {
            const std::vector<PatchOffset> offsets = offsets_within(reach);
            Row expected(patch_block * patch_block), found(expected.size());
            reference::nearest_patches(images, offsets.data(), offsets.size(), expected.data());
            for_each_target([&] {
                nearest_patches(images, offsets.data(), offsets.size(), found.data());
                EXPECT_EQ(found, expected) << planes << " planes, reach " << reach;
            });
        }
    }
}

TEST(PatchSearch, FindsWhatWasMoved) {
    Planes fixed(1, 3), moved(1, 4);
    const PatchOffset by{3, -2};
    for (std::size_t r = 8; r < 32; ++r)
        for (std::size_t c = 8; c < 32; ++c) moved.rows.row(r + by.row)[c + by.col] = fixed.rows.row(r)[c];
    const PatchImages images{fixed.blocks.data(), moved.blocks.data(), moved.blocks.data(), 1, row_stride};
    Row distances(patch_block * patch_block);
    nearest_patches(images, &by, 1, distances.data());
    EXPECT_EQ(distances, Row(distances.size(), 0.0F));
    const PatchOffset elsewhere{0, 0};
    nearest_patches(images, &elsewhere, 1, distances.data());
    for (const float distance : distances) EXPECT_GT(distance, 0);
}

TEST(PatchSearch, RangesEqualReference) {
    for (std::size_t n = 0; n <= 40; n += 8) {
        RandomRows in(3, n, 3), expected(2, n, 4), found(2, n, 4);
        reference::value_ranges(in.row(0), in.row(1), in.row(2), n, expected.row(0), expected.row(1));
        for_each_target([&] {
            value_ranges(in.row(0), in.row(1), in.row(2), n, found.row(0), found.row(1));
            for (std::size_t r = 0; r < 2; ++r)
                EXPECT_EQ(Row(found.row(r) - 1, found.row(r) + n + 1),
                          Row(expected.row(r) - 1, expected.row(r) + n + 1));
        });
        for (std::size_t i = 0; i < n; ++i) {
            EXPECT_LE(expected.row(0)[i], in.row(1)[i]);
            EXPECT_GE(expected.row(1)[i], (in.row(1)[i] + in.row(1)[i + 1]) / 2);
        }
    }
}

} // namespace
} // namespace overflight::kernels
