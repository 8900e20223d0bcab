// SPDX-License-Identifier: Apache-2.0
#include "stages/flown.h"
#include "stages/view_match.h"

namespace overflight {
namespace {

std::vector<Eigen::Vector3d> places() {
    std::vector<Eigen::Vector3d> all;
    for (int k = 0; k < 20; ++k) all.emplace_back(Flown::east - 95 + 10 * k, Flown::north + 3 * k - 30, 20);
    return all;
}

double ground(int, double, double) {
    return 1;
}

TEST(ViewCosts, AreTheTangentsOfTheOffNadirAngle) {
    Flown flown;
    flown.add("a", 30, -10, ground);
    const Plan plan = flown.plan();
    const auto costs = ViewCosts(plan.missions[0], places()).of(*plan.missions[0].frames[0].camera);
    for (std::size_t i = 0; i < costs.size(); ++i) {
        const Eigen::Vector3d p = places()[i];
        EXPECT_NEAR(costs[i], std::hypot(p.x() - Flown::east - 30, p.y() - Flown::north + 10) / 980, 1e-6);
    }
}

TEST(MatchedViews, AreThoseOfTheFramesMostFromAbove) {
    Flown flown;
    flown.add("a", -60, 0, ground);
    flown.add("b", 60, 0, ground);
    const Plan plan = flown.plan();
    const MatchedViews views(plan.missions[0]);
    const auto slopes = views.slopes(places());
    for (std::size_t i = 0; i < slopes.size(); ++i) {
        const double x = places()[i].x() - Flown::east, y = places()[i].y() - Flown::north;
        EXPECT_NEAR(slopes[i].x(), ((x < 0 ? -60 : 60) - x) / 980, 1e-6) << x;
        EXPECT_NEAR(slopes[i].y(), -y / 980, 1e-6);
    }
    EXPECT_TRUE(std::isnan(views.slopes({{Flown::east + 500, Flown::north, 0}})[0].x()));
}

TEST(MatchedViews, DecideWhichFrameIsTaken) {
    Flown flown; // three frames over the same place, from the left, from above, from the right
    flown.add("left", -70, 0, [](int, double, double) { return 10.0; });
    flown.add("middle", 0, 0, [](int, double, double) { return 20.0; });
    flown.add("right", 70, 0, [](int, double, double) { return 30.0; });
    Config config = flown.config({"mosaic.balance=none", "mosaic.feather_px=0"}, Bounds{-25, -20, 25, 20});
    MissionConfig other = config.missions[0];
    other.name = "other";
    other.frames = {(flown.path() / "frames/right.tif").string()};
    config.missions.push_back(other);
    for (const bool match : {false, true}) {
        config.missions[0].match_view_of = match ? "other" : "";
        const Mosaic mosaic(make_plan(config, 1, std::int64_t{512} << 20));
        for (const std::uint32_t source : mosaic.source) ASSERT_EQ(source, match ? 2U : 1U);
    }
}

} // namespace
} // namespace overflight
