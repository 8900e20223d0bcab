// SPDX-License-Identifier: Apache-2.0
#include "stages/flown.h"
#include "stages/seam_areas.h"
#include "stages/seam_survey.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace overflight {
namespace {

double ground(double x, double y) {
    return 110 + 6 * std::sin(x / 9) * std::cos(y / 11) + 5 * std::sin(x / 31 + y / 23);
}

/// Of two frames, if not told otherwise, 100 m apart; something stands on the line halfway, which the second sees 5 m
/// further east.
class SurveyedSeams : public testing::Test {
protected:
    SurveyedSeams() {
        const auto seen = [](double shift) {
            return [shift](int, double x, double y) {
                const bool object = std::abs(x - shift) < 12 && std::abs(y) < 15;
                return object ? 190 + 30 * std::sin(x - shift) : ground(x, y);
            };
        };
        flown_.add("a", -50, 0, seen(0));
        flown_.add("b", 50, 0, seen(5));
    }

    Plan plan(std::vector<std::string> settings = {}) const {
        settings.push_back("output.resolution_m=0.5");
        return flown_.plan(settings);
    }

    static SeamMap survey(const Plan& plan, bool backwards = false, const std::vector<std::int32_t>& forced = {},
                          const SeamMap* matched = nullptr) {
        const PlannedMission& mission = plan.missions.front();
        FrameCache cache(headers_of(mission), 64 << 20, false, [](const FrameCache::Gap&) { FAIL(); });
        std::vector<LightCorrection> light;
        for (std::size_t frame = 0; frame < mission.frames.size(); ++frame)
            light.emplace_back(mission, frame, FrameBalance());
        SeamSurvey survey(mission, std::int64_t{1} << 30, matched);
        if (!forced.empty())
            survey.force([&](const Window& cells) {
                std::vector<std::int32_t> frames;
                for (int row = 0; row < cells.height; ++row) {
                    const auto from = forced.begin() +
                                      static_cast<std::ptrdiff_t>((cells.row + row) * survey.cells().width + cells.col);
                    frames.insert(frames.end(), from, from + cells.width);
                }
                return frames;
            });
        std::vector<std::int64_t> tiles(static_cast<std::size_t>(Tiling(mission.grid).count()));
        for (std::size_t i = 0; i < tiles.size(); ++i) tiles[i] = static_cast<std::int64_t>(i);
        if (backwards) std::reverse(tiles.begin(), tiles.end());
        for (const std::int64_t tile : tiles) survey.view_tile(tile);
        tiles = survey.find_band();
        if (backwards) std::reverse(tiles.begin(), tiles.end());
        for (const std::int64_t tile : tiles) survey.compare_tile(tile, cache, light);
        return survey.place();
    }

    /// Labels of the cells whose centre lies in a box of metres.
    static std::set<std::uint32_t> labels_in(const Plan& plan, const SeamMap& map, double x0, double y0, double x1,
                                             double y1) {
        const Grid& grid = plan.missions.front().grid;
        std::set<std::uint32_t> found;
        std::vector<std::uint32_t> labels;
        map.read({0, 0, static_cast<int>(map.cols()), static_cast<int>(map.rows())}, labels);
        for (std::int64_t row = 0; row < map.rows(); ++row) {
            for (std::int64_t col = 0; col < map.cols(); ++col) {
                const double x = grid.x(static_cast<double>(col * map.cell()) + map.cell() / 2.0) - Flown::east;
                const double y = grid.y(static_cast<double>(row * map.cell()) + map.cell() / 2.0) - Flown::north;
                if (x >= x0 && x <= x1 && y >= y0 && y <= y1)
                    found.insert(labels[static_cast<std::size_t>(row * map.cols() + col)]);
            }
        }
        return found;
    }

    Flown flown_;
};

TEST_F(SurveyedSeams, GoRoundWhatDoesNotLookTheSame) {
    const Plan plan = this->plan();
    const SeamMap nadir = nadir_seams(plan.missions.front()), map = survey(plan);
    EXPECT_EQ(labels_in(plan, nadir, -12, -15, 12, 15).size(), 2U); // halfway goes through it
    EXPECT_EQ(labels_in(plan, map, -12, -14, 17, 14).size(), 1U);
    EXPECT_EQ(labels_in(plan, map, -140, -70, -60, 70), (std::set<std::uint32_t>{0})); // where the other sees nothing
    EXPECT_EQ(labels_in(plan, map, 60, -70, 140, 70), (std::set<std::uint32_t>{1}));
}

/// Not kept away by where the third frame ends, either.
TEST_F(SurveyedSeams, GoRoundWhatOnlyAThirdFrameSeesElsewhere) {
    const auto object_at = [](double north) {
        return [north](int, double x, double y) {
            const bool object = std::abs(x) < 14 && std::abs(y - north) < 12;
            return object ? 190 + 30 * std::sin(x / 2 + y - north) : ground(x, y);
        };
    };
    Flown flown;
    flown.add("a", -40, -20, object_at(-15));
    flown.add("b", 40, -20, object_at(-15));
    flown.add("c", 0, 40, object_at(-25)); // third-nearest to where it sees the object
    const Plan plan = flown.plan({"output.resolution_m=0.5"});
    EXPECT_EQ(labels_in(plan, survey(plan), -13, -36, 13, -4).size(), 1U);
}

TEST_F(SurveyedSeams, AreTheSameInWhateverOrderTilesAreLookedAt) {
    const Plan plan = this->plan();
    EXPECT_EQ(survey(plan), survey(plan, true));
}

TEST_F(SurveyedSeams, StayWhereTheFramesAreAlike) {
    Flown flown;
    for (const double x : {-50.0, 50.0})
        flown.add(x < 0 ? "a" : "b", x, 0, [](int, double px, double py) { return ground(px, py); });
    const Plan plan = flown.plan({"output.resolution_m=0.5"});
    const SeamMap map = survey(plan);
    EXPECT_EQ(labels_in(plan, map, -140, -70, -30, 70), (std::set<std::uint32_t>{0}));
    EXPECT_EQ(labels_in(plan, map, 30, -70, 140, 70), (std::set<std::uint32_t>{1}));
}

TEST_F(SurveyedSeams, FollowTheUsersChoices) {
    const Plan preferred = plan({"mission.0.prefer=[\"b.tif\"]"});
    EXPECT_EQ(labels_in(preferred, survey(preferred), -44, -70, 140, 70), (std::set<std::uint32_t>{1}));
    const Plan avoided = plan({"mission.0.avoid=[\"b.tif\"]"});
    EXPECT_EQ(labels_in(avoided, survey(avoided), -140, -70, 44, 70), (std::set<std::uint32_t>{0}));
    // a square of frame 0's ground to frame 1, and all that frame 1 does not show to no avail
    const Plan plain = plan();
    const SeamSurvey cells(plain.missions.front(), std::int64_t{1} << 30);
    const Grid& grid = cells.cells();
    std::vector<std::int32_t> forced(static_cast<std::size_t>(grid.width * grid.height), -1);
    for (std::int64_t row = 0; row < grid.height; ++row)
        for (std::int64_t col = 0; col < grid.width; ++col)
            if (const double x = grid.x(static_cast<double>(col)) - Flown::east; x < -20 && x > -100)
                forced[static_cast<std::size_t>(row * grid.width + col)] = 1;
    const SeamMap map = survey(plain, false, forced);
    EXPECT_EQ(labels_in(plain, map, -44, -70, -24, 70), (std::set<std::uint32_t>{1}));
    EXPECT_EQ(labels_in(plain, map, -140, -70, -60, 70), (std::set<std::uint32_t>{0}));
}

TEST_F(SurveyedSeams, AreThoseOfTheMissionWhoseViewsAreWantedWhereItFlewAlike) {
    Config config = flown_.config({"output.resolution_m=0.5"});
    config.missions.push_back(config.missions.front());
    config.missions.back().name = "other";
    config.missions.front().match_view_of = "other";
    const Plan plan = make_plan(config, 1, std::int64_t{512} << 20);
    const Grid& grid = plan.missions.front().grid;
    for (const int cell : {8, 16}) { // of the other's map; ours has 8
        SeamMap other(grid, cell);
        for (std::int64_t row = 0; row * cell < grid.height; ++row) {
            std::vector<std::uint32_t> labels;
            for (std::int64_t col = 0; col * cell < grid.width; ++col) // in steps, through what is not alike
                labels.push_back(col * cell < grid.width / 2 + (row % 6 < 3 ? 32 : -48) ? 0 : 1);
            other.append_row(std::span<const std::uint32_t>(labels));
        }
        const SeamMap map = survey(plan, false, {}, &other);
        const int cols = static_cast<int>(map.cols()), rows = static_cast<int>(map.rows());
        std::vector<std::uint32_t> ours, theirs;
        map.read({0, 0, cols, rows}, ours);
        other.read({0, 0, static_cast<int>(other.cols()), static_cast<int>(other.rows())}, theirs);
        for (int row = 10; row < rows - 10; ++row) // both frames show this
            for (int col = cols / 2 - 10; col < cols / 2 + 10; ++col)
                ASSERT_EQ(ours[static_cast<std::size_t>(row * cols + col)],
                          theirs[static_cast<std::size_t>(row * 8 / cell * other.cols() + col * 8 / cell)])
                    << col << ", " << row;
    }
}

TEST_F(SurveyedSeams, BecomeOutlinesThatShareTheGroundOut) {
    const Plan plan = this->plan();
    const PlannedMission& mission = plan.missions.front();
    const SeamMap map = survey(plan);
    const std::vector<TableColumn> table = seams_table(mission, map, 0.5);
    double area = 0, cells = 0;
    for (const TableColumn& column : table)
        if (column.name == "area")
            for (const double value : column.real) area += value;
    std::vector<std::uint32_t> labels;
    map.read({0, 0, static_cast<int>(map.cols()), static_cast<int>(map.rows())}, labels);
    for (const std::uint32_t label : labels) cells += label != SeamMap::nobody ? 1 : 0;
    EXPECT_DOUBLE_EQ(area, cells * 16); // cells of 8 x 8 pixels of half a metre
    for (const TableColumn& column : table) {
        if (column.name != "outline") continue;
        for (const std::string& outline : column.text) EXPECT_TRUE(outline.starts_with("POLYGON ((")) << outline;
    }
}

} // namespace
} // namespace overflight
