// SPDX-License-Identifier: Apache-2.0
#include "stages/rough_blocks.h"
#include "stages/sight_line.h"
#include "stages/sight_sweep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace overflight {
namespace {

constexpr int side = 320;

struct Eye {
    double col, row, above;
};

struct Point {
    double col, row;
};

/// A building with a level roof, turned by any angle: where lines of sight meet it is known in closed form.
class Building {
public:
    Building(Point at, double half_a, double half_b, double angle, double top)
        : at_(at), half_{half_a, half_b}, cos_(std::cos(angle)), sin_(std::sin(angle)), top_(top) {}

    double top() const { return top_; }
    bool covers(Point p) const {
        const auto [a, b] = inside(p);
        return std::abs(a) <= half_[0] && std::abs(b) <= half_[1];
    }

    /// Whether the line from a point at a height to an eye runs through it.
    bool stands_before(Point from, double height, const Eye& eye) const {
        if (height > top_ - 1e-3) return false;                      // posts are floats
        const double until = (top_ - height) / (eye.above - height); // of the way, below its roof
        const auto [a, b] = inside(from);
        const auto [a1, b1] =
            inside({from.col + until * (eye.col - from.col), from.row + until * (eye.row - from.row)});
        double low = 0, high = 1;
        const auto clip = [&](double start, double end, double half) {
            const double by = end - start;
            if (by == 0) return std::abs(start) <= half;
            low = std::max(low, std::min((-half - start) / by, (half - start) / by));
            high = std::min(high, std::max((-half - start) / by, (half - start) / by));
            return low < high;
        };
        return clip(a, a1, half_[0]) && clip(b, b1, half_[1]);
    }

private:
    Point inside(Point p) const {
        const double x = p.col - at_.col, y = p.row - at_.row;
        return {cos_ * x + sin_ * y, -sin_ * x + cos_ * y};
    }

    Point at_;
    double half_[2], cos_, sin_, top_;
};

std::vector<Building> town(std::uint32_t seed) {
    std::mt19937 random(seed);
    const auto any = [&](double low, double high) { return std::uniform_real_distribution<double>(low, high)(random); };
    std::vector<Building> buildings;
    for (int row = 40; row < side; row += 60)
        for (int col = 40; col < side; col += 60)
            buildings.emplace_back(Point{col + any(-5, 5), row + any(-5, 5)}, any(6, 18), any(6, 18), any(0, 3.2),
                                   any(8, 35));
    return buildings;
}

HeightField posts_of(const std::vector<Building>& buildings) {
    HeightField field;
    field.window = {-15, 33, side, side};
    for (int row = 0; row < side; ++row)
        for (int col = 0; col < side; ++col) {
            double height = 0;
            for (const Building& each : buildings)
                if (each.covers({static_cast<double>(col), static_cast<double>(row)}))
                    height = std::max(height, each.top());
            field.height.push_back(static_cast<float>(height));
        }
    field.highest = *std::max_element(field.height.begin(), field.height.end());
    return field;
}

/// Lines of sight to an eye, of cells of a metre, over a plane at 10 m.
SightField lines_to(const HeightField& field, const Eye& eye) {
    constexpr int step = 40;
    constexpr double plane = 10;
    const auto col0 = static_cast<double>(field.window.col), row0 = static_cast<double>(field.window.row);
    SightField sight(plane, step, col0, row0, side / step + 1, side / step + 1);
    const double down = eye.above - plane;
    for (int row = 0; row < sight.rows(); ++row)
        for (int col = 0; col < sight.cols(); ++col) {
            const double x = col * step - eye.col, y = row * step - eye.row;
            sight.node(col, row) = {static_cast<float>(x / down), static_cast<float>(y / down),
                                    static_cast<float>(x / (down * down)), static_cast<float>(y / (down * down))};
        }
    return sight;
}

const std::vector<Eye> eyes = {{160, 160, 420}, {30.3, 250, 330}, {-180, 150, 400}, {150, 700, 500}, {-250, -260, 450}};

double agreement(const std::vector<Building>& buildings, const HeightField& field, const Eye& eye,
                 const std::vector<std::uint8_t>& hidden) {
    int both = 0, either = 0;
    constexpr int margin = 4;
    for (int row = margin; row < side - margin; ++row)
        for (int col = margin; col < side - margin; ++col) {
            const auto i = static_cast<std::size_t>(row * side + col);
            const Point from{static_cast<double>(col), static_cast<double>(row)};
            const bool truth = std::any_of(buildings.begin(), buildings.end(), [&](const Building& each) {
                return each.stands_before(from, static_cast<double>(field.height[i]), eye);
            });
            both += truth && hidden[i] != 0;
            either += truth || hidden[i] != 0;
        }
    EXPECT_GT(either, 1000);
    return static_cast<double>(both) / either;
}

TEST(SightLine, AgreesWithBuildingsToLessThanACell) {
    const std::vector<Building> buildings = town(11);
    const HeightField field = posts_of(buildings);
    for (const Eye& eye : eyes) {
        const SightField sight = lines_to(field, eye);
        std::vector<std::uint8_t> hidden;
        for (int row = 0; row < side; ++row)
            for (int col = 0; col < side; ++col) hidden.push_back(blocked_after(field, sight, col, row) > 0 ? 1 : 0);
        EXPECT_GT(agreement(buildings, field, eye, hidden), 0.935) << eye.col << ' ' << eye.row;
    }
}

TEST(SightLine, MakesASweepAgreeAsWell) {
    const std::vector<Building> buildings = town(12);
    const HeightField field = posts_of(buildings);
    for (const Eye& eye : eyes) {
        const SightField sight = lines_to(field, eye);
        SightSweep sweep;
        std::vector<std::uint8_t> seen;
        ASSERT_TRUE(sweep.classify(field, sight, field.window, 1, RoughBlocks(field).lowest(field.window), seen));
        SightClasses told{field.window, seen, std::vector<std::uint8_t>(seen.size())};
        tell_sights(field, sight, told);
        seen = told.seen;
        for (std::uint8_t& each : seen) each = each == sight::hidden ? 1 : 0;
        EXPECT_GT(agreement(buildings, field, eye, seen), 0.935) << eye.col << ' ' << eye.row;
    }
}

TEST(SightLine, TellsTheSameInAnyOrder) {
    const HeightField field = posts_of(town(13));
    const SightField sight = lines_to(field, eyes[1]);
    SightSweep sweep;
    std::vector<std::uint8_t> seen;
    ASSERT_TRUE(sweep.classify(field, sight, field.window, 1, RoughBlocks(field).lowest(field.window), seen));
    const SightClasses untold{field.window, seen, std::vector<std::uint8_t>(seen.size())};
    SightClasses all = untold, backwards = untold;
    tell_sights(field, sight, all);
    for (int row = side - 1; row >= 0; --row)
        for (int col = side - 1; col >= 0; --col) tell_sight(field, sight, backwards, col, row);
    EXPECT_EQ(backwards.seen, all.seen);
    int doubtful = 0, turned = 0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        EXPECT_LE(all.seen[i], sight::clear);
        if (seen[i] <= sight::clear) {
            EXPECT_EQ(all.seen[i], seen[i]);
            continue;
        }
        ++doubtful;
        turned += (seen[i] == sight::maybe_hidden) != (all.seen[i] == sight::hidden) ? 1 : 0;
        SightClasses alone = untold; // of all the others nothing is asked
        if (doubtful % 50 == 0) {
            EXPECT_EQ(tell_sight(field, sight, alone, static_cast<int>(i) % side, static_cast<int>(i) / side),
                      all.seen[i]);
        }
    }
    EXPECT_GT(doubtful, 2000);
    EXPECT_GT(turned, doubtful / 50);
    EXPECT_LT(turned, doubtful / 2);
}

TEST(SightLine, EndsAtTheBorderOfWhatIsKnown) {
    HeightField field = posts_of(town(14));
    field.height.resize(static_cast<std::size_t>(side) * side); // no more than that
    field.height.shrink_to_fit();
    for (const auto& [east, south] : {Point{0, 1}, Point{0, -1}, Point{1, 0}, Point{-1, 0}, Point{1, 1}, Point{-1, 1},
                                      Point{0.4, -1}, Point{-1, -0.3}}) {
        const SightField light = SightField::parallel(3 * east, 3 * south, 0);
        int blocked = 0;
        for (int row = 0; row < side; ++row)
            for (int col = 0; col < side; ++col) {
                const int after = blocked_after(field, light, col, row);
                blocked += after > 0 ? 1 : 0;
                EXPECT_LT(after, side);
                const bool at_end = (east >= 0.5 && col == side - 1) || (east <= -0.5 && col == 0) ||
                                    (south >= 0.5 && row == side - 1) || (south <= -0.5 && row == 0);
                EXPECT_TRUE(after == 0 || !at_end);
            }
        EXPECT_GT(blocked, 1000);
    }
}

TEST(SightLine, MeetsNothingOverGroundAndRoofs) {
    HeightField field;
    field.window = {0, 0, side, side};
    for (int row = 0; row < side; ++row)
        for (int col = 0; col < side; ++col) field.height.push_back(static_cast<float>(-1.2 * std::abs(col - 160)));
    field.highest = 0;
    const SightField sight = lines_to(field, {160, 160, 400});
    for (int row = 0; row < side; ++row)
        for (int col = 0; col < side; ++col) EXPECT_EQ(blocked_after(field, sight, col, row), 0);
    // so low a light that the roof's own ridge keeps it off the other side
    const SightField low = SightField::parallel(2, 0.3, -50);
    for (int row = 60; row < side - 60; ++row) {
        EXPECT_GT(blocked_after(field, low, 150, row), 0);
        EXPECT_EQ(blocked_after(field, low, 170, row), 0);
    }
}

} // namespace
} // namespace overflight
