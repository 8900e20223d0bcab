// SPDX-License-Identifier: Apache-2.0
#include "stages/alike_views.h"
#include "stages/flown.h"

namespace overflight {
namespace {

double ground(int, double, double) {
    return 1;
}

/// One mission of frames that begin with "one", another of those with "two", and the change between them.
class AlikeViewsOf : public testing::Test {
protected:
    Plan plan(const std::vector<std::string>& settings = {}) const {
        Config config = flown_.config(settings, Bounds{-60, -60, 60, 60});
        MissionConfig other = config.missions[0];
        config.missions[0].frames = {(flown_.path() / "frames/one*.tif").string()};
        other.name = "other";
        other.frames = {(flown_.path() / "frames/two*.tif").string()};
        config.missions.push_back(other);
        ChangeConfig change;
        change.before = "m";
        change.after = "other";
        config.changes.push_back(change);
        return make_plan(config, 1, std::int64_t{512} << 20);
    }

    Flown flown_;
};

TEST_F(AlikeViewsOf, TwoMissionsAreThoseWhoseLinesOfSightAreClosest) {
    flown_.add("one_left", -60, 0, ground);
    flown_.add("one_right", 60, 0, ground);
    flown_.add("two_above", 0, 0, ground);
    flown_.add("two_right", 55, 5, ground);
    const Plan plan = this->plan();
    const auto pair = most_alike_views(plan.missions[0], plan.missions[1], plan.changes[0].grid, {50, 50, 20, 20});
    ASSERT_TRUE(pair);
    EXPECT_EQ(plan.missions[0].frames[pair->before].header.path.stem(), "one_right");
    EXPECT_EQ(plan.missions[1].frames[pair->after].header.path.stem(), "two_right");
    EXPECT_NEAR(pair->parallax, std::hypot(5, 5) / 1000, 1e-4); // eyes are 1000 m above the ground
}

TEST_F(AlikeViewsOf, TwoMissionsShowAllOfTheWindow) {
    flown_.add("one_right", 60, 0, ground);
    flown_.add("one_left", -60, 0, ground);
    flown_.add("two_right", 60, 0, ground);
    flown_.add("two_left", -45, 0, ground);
    const Plan plan = this->plan();
    const auto pair = [&](const Window& window) {
        return most_alike_views(plan.missions[0], plan.missions[1], plan.changes[0].grid, window);
    };
    ASSERT_TRUE(pair({50, 50, 20, 20}));
    EXPECT_EQ(pair({50, 50, 20, 20})->parallax, 0);
    ASSERT_TRUE(pair({5, 50, 20, 20}));
    EXPECT_NEAR(pair({5, 50, 20, 20})->parallax, 0.015, 1e-4) << "the frames on the right do not reach so far";
    EXPECT_FALSE(pair({5, 50, 110, 20})) << "none does";
}

TEST_F(AlikeViewsOf, TwoMissionsAreTheMostVerticalOfThoseThatAreAlike) {
    for (const char* mission : {"one", "two"}) {
        flown_.add(std::string(mission) + "_a", -70, 40, ground);
        flown_.add(std::string(mission) + "_b", 10, 0, ground);
        flown_.add(std::string(mission) + "_c", 70, 10, ground);
    }
    const Plan plan = this->plan();
    const auto pair = most_alike_views(plan.missions[0], plan.missions[1], plan.changes[0].grid, {50, 50, 20, 20});
    ASSERT_TRUE(pair);
    EXPECT_EQ(plan.missions[0].frames[pair->before].header.path.stem(), "one_b");
    EXPECT_EQ(plan.missions[1].frames[pair->after].header.path.stem(), "two_b");
}

TEST_F(AlikeViewsOf, MissionsThatNothingLeansInAreNotAskedFor) {
    flown_.add("one", 0, 0, ground);
    flown_.add("two", 0, 0, ground);
    Plan plan = this->plan();
    EXPECT_TRUE(has_second_look(plan, plan.changes[0]));
    plan.changes[0].config.relief_m = 0;
    EXPECT_FALSE(has_second_look(plan, plan.changes[0]));
    plan.changes[0].config.relief_m = 10;
    plan.missions[1].config.camera = CameraKind::ortho;
    EXPECT_FALSE(has_second_look(plan, plan.changes[0]));
}

} // namespace
} // namespace overflight
