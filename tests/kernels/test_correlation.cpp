// SPDX-License-Identifier: Apache-2.0
#include "change_row_input.h"
#include "for_each_target.h"
#include "kernels/correlation.h"

namespace overflight::kernels {
namespace {

constexpr std::ptrdiff_t stride = 128 + 2 * RandomRows::room;

TEST(Correlation, EqualsReferenceOnEveryTarget) {
    RandomRows a(40, 128, 1, -1, 1), b(40, 128, 2, -1, 1);
    const VectorPlane pa{a.row(0), a.row(20), stride}, pb{b.row(1) - 3, b.row(21) - 3, stride};
    for (const int cols : {0, 8, 24, 128})
        for (const int shifts : {1, 5, 11}) {
            std::vector<double> cross(shifts), energy(shifts), found_cross(shifts, 9), found_energy(shifts, 9);
            reference::correlate_vectors(pa, pb, 17, cols, shifts, cross.data(), energy.data());
            for_each_target([&] {
                correlate_vectors(pa, pb, 17, cols, shifts, found_cross.data(), found_energy.data());
                EXPECT_EQ(found_cross, cross);
                EXPECT_EQ(found_energy, energy);
            });
        }
}

TEST(Correlation, IsHighestAtTheTrueShift) {
    RandomRows a(40, 128, 1, -1, 1);
    const VectorPlane plane{a.row(0), a.row(20), stride}, moved{a.row(0) - 4, a.row(20) - 4, stride};
    std::vector<double> cross(9), energy(9);
    correlate_vectors(plane, moved, 20, 64, 9, cross.data(), energy.data());
    EXPECT_NEAR(cross[4], energy[4], 1e-4);
    for (std::size_t k = 0; k < 9; ++k) {
        if (k == 4) continue;
        EXPECT_LT(cross[k], 0.2 * cross[4]);
    }
}

} // namespace
} // namespace overflight::kernels
