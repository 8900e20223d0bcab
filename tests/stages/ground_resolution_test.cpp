// SPDX-License-Identifier: Apache-2.0
#include "stages/ground_resolution.h"
#include "stages/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace overflight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

PlannedFrame frame_from(const std::string& name, double height, double sampling, const ResolutionConfig& config,
                        CameraKind camera = CameraKind::frame) {
    PlannedFrame frame;
    frame.header.path = "/frames/" + name;
    frame.pose.z = 100 + height;
    frame.footprint.z = 100;
    frame.footprint.finest = 0.9 * sampling;
    frame.footprint.median = sampling;
    frame.footprint.coarsest = 1.2 * sampling;
    frame.resolution = ground_resolution(frame.footprint, frame.pose, camera, 1, config);
    return frame;
}

TEST(GroundResolution, GrowsWithTheHeightFromTheCertifiedOne) {
    const ResolutionConfig config{"optical", 0.3, 1500, false};
    const PlannedFrame high = frame_from("a.tif", 2000, 0.2, config), low = frame_from("b.tif", 1000, 0.1, config);
    EXPECT_DOUBLE_EQ(high.resolution.estimate, 0.4);
    EXPECT_FALSE(high.resolution.too_low);
    EXPECT_DOUBLE_EQ(low.resolution.estimate, 0.2);
    EXPECT_TRUE(low.resolution.too_low);
    EXPECT_DOUBLE_EQ(low.resolution.height, 1000);
}

TEST(GroundResolution, GoesBySamplingWhereTheHeightIsNotKnown) {
    const ResolutionConfig config{"", 0.3, 1500, false};
    const PlannedFrame fine = frame_from("a.tif", 0, 0.3, config, CameraKind::rpc),
                       coarse = frame_from("a.tif", 0, 0.4, config, CameraKind::rpc);
    EXPECT_TRUE(std::isnan(fine.resolution.height));
    EXPECT_DOUBLE_EQ(fine.resolution.estimate, 0.27);
    EXPECT_TRUE(fine.resolution.too_low);
    EXPECT_FALSE(coarse.resolution.too_low);
}

TEST(GroundResolution, IsInMetresWhateverTheMap) {
    const double foot = 0.3048;
    Footprint footprint;
    footprint.finest = 1;
    footprint.coarsest = 2;
    const GroundResolution result = ground_resolution(footprint, {}, CameraKind::ortho, foot, {"", 0.3, 0, false});
    EXPECT_DOUBLE_EQ(result.finest, foot);
    EXPECT_DOUBLE_EQ(result.coarsest, 2 * foot);
    EXPECT_FALSE(result.too_low);
}

TEST(GroundResolution, WarnsOfTheLowestFramesAndOfFineProducts) {
    const ResolutionConfig config{"optical", 0.3, 1500, false};
    std::vector<PlannedFrame> frames;
    for (const double height : {1400.0, 1600.0, 1200.0, 1300.0, 1100.0})
        frames.push_back(frame_from(std::to_string(static_cast<int>(height)) + ".tif", height, 0.2, config));
    EXPECT_THAT(
        resolution_warnings("2015", frames, 0.25, config),
        ElementsAre(
            "mission 2015: the products are sampled at 0.25 m, finer than the limit of 0.3 m for optical sensors",
            "mission 2015: 4 of 5 frames may resolve more than the limit of 0.3 m for optical sensors, with "
            "hmin_m = 1500; finest: 1100.tif (0.220 m from 1100 m above ground), 1200.tif (0.240 m from 1200 m "
            "above ground), 1300.tif (0.260 m from 1300 m above ground), ... (an estimate from the geometry and "
            "the config's figures)"));
    EXPECT_THAT(resolution_warnings("2015", std::span(frames).subspan(1, 1), 0.3, config), IsEmpty());
    EXPECT_THAT(resolution_warnings("2015", frames, 0.25, {}), IsEmpty());
    EXPECT_THAT(
        resolution_warnings("2015", frames, 0.02, {}),
        ElementsAre("mission 2015: the products are sampled at 0.02 m, 10 times finer than the frames' 0.2 m: is "
                    "output.resolution_m in metres?"));
    EXPECT_FALSE(finer_than_limit(0.2999, config)); // by the scale of a map, not by choice
    EXPECT_TRUE(finer_than_limit(0.29, config));
}

TEST(GroundResolution, TableHasTheFlagOnlyWhereThereIsALimit) {
    const ResolutionConfig config{"optical", 0.3, 1500, false};
    const std::vector<PlannedFrame> frames = {frame_from("a.tif", 1000, 0.2, config)};
    const auto names = [](const std::vector<TableColumn>& columns) {
        std::vector<std::string> found;
        for (const TableColumn& column : columns) found.push_back(column.name);
        return found;
    };
    EXPECT_THAT(names(resolution_columns(frames, {})),
                ElementsAre("sampling_distance_min", "sampling_distance_median", "sampling_distance_max"));
    const auto columns = resolution_columns(frames, config);
    EXPECT_THAT(names(columns),
                ElementsAre("sampling_distance_min", "sampling_distance_median", "sampling_distance_max",
                            "height_above_ground", "ground_resolution", "too_low"));
    EXPECT_THAT(columns.back().integer, ElementsAre(1));
}

} // namespace
} // namespace overflight
