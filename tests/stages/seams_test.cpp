// SPDX-License-Identifier: Apache-2.0
#include "stages/flown.h"
#include "stages/seams.h"

namespace overflight {
namespace {

/// Five frames, irregularly; at a quarter of a metre, several tiles.
class Seams : public testing::Test {
protected:
    Seams() {
        const double at[5][2] = {{0, 0}, {83, 11}, {171, -4}, {31, 97}, {124, 88}};
        for (int i = 0; i < 5; ++i) {
            positions_.emplace_back(at[i][0], at[i][1]);
            flown_.add(std::string(1, static_cast<char>('a' + i)), at[i][0], at[i][1],
                       [](int, double, double) { return 1.0; });
        }
        plan_ = flown_.plan({"output.resolution_m=0.25"});
        map_ = nadir_seams(mission());
    }

    const PlannedMission& mission() const { return plan_.missions.front(); }

    TileSeams seams(std::int64_t tile, int feather) const {
        TileSeams out;
        tile_seams(mission(), map_, Tiling(mission().grid).window(tile), mission().tile_frames.at(tile), feather, out);
        return out;
    }

    /// The frame whose centre is nearest among those that see the point; -1 where none does, -2 where the point lies on
    /// the border of what one sees.
    int nearest(double x, double y) const {
        int best = -1;
        double smallest = 1e9;
        for (int i = 0; i < 5; ++i) {
            const double dx = x - Flown::east - positions_[static_cast<std::size_t>(i)].first;
            const double dy = y - Flown::north - positions_[static_cast<std::size_t>(i)].second;
            if (std::abs(std::abs(dx) - 100) < 0.02 || std::abs(std::abs(dy) - 80) < 0.02) return -2;
            if (std::abs(dx) > 100 || std::abs(dy) > 80 || std::hypot(dx, dy) >= smallest) continue;
            smallest = std::hypot(dx, dy);
            best = i;
        }
        return best;
    }

    Flown flown_;
    std::vector<std::pair<double, double>> positions_;
    Plan plan_;
    SeamMap map_;
};

TEST_F(Seams, GiveACellToTheFrameThatSeesItMostFromAbove) {
    const Tiling tiling(mission().grid);
    ASSERT_GE(tiling.count(), 4);
    int cells = 0;
    for (std::int64_t tile = 0; tile < tiling.count(); ++tile) {
        const TileSeams s = seams(tile, 0);
        if (s.shares.empty()) continue;
        const Window window = tiling.window(tile);
        for (int row = 0; row < s.rows; ++row) {
            for (int col = 0; col < s.cols; ++col) {
                const int expected = nearest(
                    mission().grid.x(static_cast<double>(window.col) + s.first + static_cast<double>(col) * s.cell),
                    mission().grid.y(static_cast<double>(window.row) + s.first + static_cast<double>(row) * s.cell));
                if (expected == -2) continue;
                for (std::size_t k = 0; k < s.frames.size(); ++k)
                    ASSERT_EQ(s.shares[k][static_cast<std::size_t>(row * s.cols + col)],
                              static_cast<int>(s.frames[k]) == expected ? 1 : 0)
                        << tile << ' ' << col << ' ' << row;
                ++cells;
            }
        }
    }
    EXPECT_GT(cells, 4000);
}

TEST_F(Seams, AreTheSameEveryTimeAndAcrossTheBordersOfTiles) {
    const Tiling tiling(mission().grid);
    for (const int feather : {0, 16, 40}) {
        const TileSeams left = seams(0, feather), again = seams(0, feather), right = seams(1, feather);
        EXPECT_EQ(left.frames, again.frames);
        EXPECT_EQ(left.shares, again.shares);
        ASSERT_FALSE(left.shares.empty());
        ASSERT_FALSE(right.shares.empty());
        const auto share = [](const TileSeams& s, std::size_t frame, int col, int row) {
            const auto at = std::find(s.frames.begin(), s.frames.end(), frame);
            return at == s.frames.end() ? 0.0F
                                        : s.shares[static_cast<std::size_t>(at - s.frames.begin())]
                                                  [static_cast<std::size_t>(row * s.cols + col)];
        };
        const int across = Tiling::size / left.cell; // columns 0 and 1 of the right tile are the left one's last
        for (int row = 0; row < left.rows; ++row)
            for (std::size_t frame = 0; frame < 5; ++frame)
                for (const int col : {0, 1})
                    EXPECT_EQ(share(left, frame, across + col, row), share(right, frame, col, row))
                        << feather << ' ' << frame << ' ' << row;
    }
}

TEST_F(Seams, ShareEveryCellOutInFull) {
    for (std::int64_t tile = 0; tile < Tiling(mission().grid).count(); ++tile) {
        const TileSeams s = seams(tile, 24);
        if (s.shares.empty()) continue;
        for (std::size_t cell = 0; cell < static_cast<std::size_t>(s.cols * s.rows); ++cell) {
            float sum = 0;
            for (const auto& share : s.shares) {
                ASSERT_GE(share[cell], 0);
                sum += share[cell];
            }
            ASSERT_TRUE(std::abs(sum - 1) < 1e-6 || sum == 0) << tile << ' ' << cell;
        }
    }
}

} // namespace
} // namespace overflight
