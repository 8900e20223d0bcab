// SPDX-License-Identifier: Apache-2.0
#include "stages/flown.h"
#include "stages/plan.h"
#include "stages/scan.h"

#include <gmock/gmock.h>

#include <random>

namespace overflight {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Flown::Ground plain() {
    return [](int, double, double) { return 9.0; };
}

/// What make_plan refuses, in one text; empty where it accepts.
std::string refusal(const Flown& flown, const std::vector<std::string>& settings, std::optional<Bounds> bounds = {}) {
    try {
        flown.plan(settings, bounds);
        return "";
    } catch (const InputError& error) {
        return error.what();
    }
}

TEST(Scan, LeavesOutFramesThatCannotBeUsedAndSaysWhy) {
    Flown flown;
    flown.add("a", 0, 0, plain(), 3);
    flown.add("b", 20, 0, plain(), 3);
    flown.add("c", 40, 0, plain(), 1);
    flown.add("d", 60, 0, plain(), 3, GDT_UInt16);
    flown.add("e", 80, 0, plain(), 3, GDT_Byte, {}, false);
    std::ofstream(flown.path() / "frames" / "f.tif") << "no image";
    const Scan result = scan(flown.config());
    const PlannedMission& mission = result.missions.front();
    ASSERT_EQ(mission.frames.size(), 2U);
    EXPECT_EQ(mission.layout.bands, 3);
    EXPECT_EQ(mission.type, SampleType::u8);
    std::map<std::string, std::string> causes;
    for (const Gap& gap : mission.gaps) causes[gap.what] = gap.cause;
    ASSERT_EQ(causes.size(), 4U);
    EXPECT_EQ(causes["c.tif"], "has 1 bands of uint8, the mission's frames have 3 of uint8");
    EXPECT_EQ(causes["d.tif"], "has 3 bands of uint16, the mission's frames have 3 of uint8");
    EXPECT_THAT(causes["e.tif"], HasSubstr("no pose of this frame in exterior.csv"));
    EXPECT_THAT(causes["f.tif"], HasSubstr("cannot be read as an image"));
}

TEST(Scan, TakesTheOutputsCrsFromThePosesWhereTheConfigHasNone) {
    Flown flown;
    flown.add("a", 0, 0, plain());
    Config config = flown.config();
    config.output.crs.clear();
    EXPECT_EQ(scan(config).map_crs, resolve_crs("EPSG:32633"));
}

TEST(Scan, BlamesTheOutputsCrsOnlyForWhatItIs) {
    Flown flown;
    flown.add("a", 0, 0, plain());
    Config config = flown.config();
    const auto problem = [&] {
        try {
            scan(config);
        } catch (const InputError& error) {
            return error.problems().front();
        }
        return Problem{};
    };
    for (const char* crs : {"EPSG:32633", ""}) {
        config.output.crs = crs;
        config.missions.front().pose_crs = "EPSG:999999";
        EXPECT_EQ(problem().key, "mission.pose_crs");
        config.missions.front().pose_crs = "EPSG:32633";
        std::ofstream(flown.path() / "exterior.csv") << "filename,x,y,z,omega,phi\na,1,2,3,4,5\n";
        EXPECT_EQ(problem().key, "");
        EXPECT_THAT(problem().message, testing::StartsWith("found the columns filename, x, y, z, omega, phi;"));
        flown.config();
    }
    config.missions.front().camera = CameraKind::ortho; // of frames without a geotransform
    EXPECT_EQ(problem().key, "");
    EXPECT_THAT(problem().message, testing::StartsWith("has no geotransform"));
    config.output.crs = "EPSG:4326";
    EXPECT_EQ(problem().key, "output.crs");
}

TEST(Scan, LeavesOutWhatRunsAndExportsMadeBesideTheFrames) {
    Flown flown;
    for (const char* name : {"a", "m", "m.image", "m__n.score", "m__o__timeline.changes", "mm.image", "x__n.score"})
        flown.add(name, 0, 0, plain());
    const auto frames = [](const Config& config) {
        std::vector<std::string> names;
        const Scan result = scan(config);
        for (const PlannedFrame& frame : result.missions.front().frames)
            names.push_back(frame.header.path.stem().string());
        return names;
    };
    Config config = flown.config({"output.folder=" + (flown.path() / "x" / ".." / "frames").string()});
    std::filesystem::create_directory(flown.path() / "x");
    for (const auto& [before, after] : {std::pair("m", "n"), {"n", "o"}}) {
        config.changes.emplace_back().before = before;
        config.changes.back().after = after;
    }
    EXPECT_THAT(frames(config), testing::ElementsAre("a", "m", "mm.image", "x__n.score"));
    config.output.folder = flown.path();
    EXPECT_EQ(frames(config).size(), 7U);
    config.output.folder = flown.path() / "frames";
    config.missions.front().frames = {(flown.path() / "frames" / "m.image.tif").string()};
    EXPECT_THAT(frames(config), testing::ElementsAre("m.image")); // named, not found
    config.missions.front().frames = {(flown.path() / "frames" / "m.*.tif").string()};
    try {
        frames(config);
        FAIL() << "a mosaic made of itself";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("matches no frame, only masks"));
    }
}

TEST(Scan, SeesTheGroundUnderEachFrame) {
    Flown flown;
    flown.add("a", 0, 0, plain());
    flown.add("b", 37, -12, plain());
    const Scan result = scan(flown.config());
    for (const auto& [index, x, y] : {std::tuple(0U, 0, 0), {1U, 37, -12}}) {
        const Footprint& seen = result.missions.front().frames.at(index).footprint;
        EXPECT_NEAR(seen.x, Flown::east + x, 0.6);
        EXPECT_NEAR(seen.y, Flown::north + y, 0.6);
        EXPECT_NEAR(seen.sampling_distance, 1, 1e-6);
        EXPECT_NEAR(seen.bounds.xmin, Flown::east + x - 100, 1.1);
        EXPECT_NEAR(seen.bounds.ymax, Flown::north + y + 80, 1.1);
    }
}

TEST(Plan, AlignsTheGridOnMultiplesOfTheResolution) {
    Flown flown;
    flown.add("a", 0.3, 0.4, plain());
    for (const double resolution : {0.25, 0.5, 1.0, 3.0, 7.0}) {
        const Plan plan = flown.plan({fmt::format("output.resolution_m={}", resolution)});
        const Grid& grid = plan.missions.front().grid;
        EXPECT_DOUBLE_EQ(std::remainder(grid.west, resolution), 0);
        EXPECT_DOUBLE_EQ(std::remainder(grid.north, resolution), 0);
        const Bounds seen = plan.missions.front().frames.front().footprint.bounds, all = grid.bounds();
        EXPECT_TRUE(all.xmin <= seen.xmin && all.ymin <= seen.ymin && all.xmax >= seen.xmax && all.ymax >= seen.ymax);
        EXPECT_LT(all.xmax - all.xmin, seen.xmax - seen.xmin + 2 * resolution);
        EXPECT_LT(all.ymax - all.ymin, seen.ymax - seen.ymin + 2 * resolution);
    }
    // bounds as typed, not a pixel more for the last bit of a decimal fraction
    const Plan typed = flown.plan({"output.resolution_m=0.1"}, Bounds{0.1, 0.2, 70.3, 50.7});
    EXPECT_EQ(typed.missions.front().grid.width, 702);
    EXPECT_EQ(typed.missions.front().grid.height, 505);
}

TEST(Plan, WidensTheKernelWhereTheOutputIsCoarserAndOnlyIfWanted) {
    Flown flown;
    flown.add("a", 0, 0, plain());
    const auto widening = [&](const std::vector<std::string>& settings) {
        return flown.plan(settings).missions.front().frames.front().widening;
    };
    EXPECT_NEAR(widening({"output.resolution_m=3"}), 3, 1e-6);
    EXPECT_EQ(widening({"output.resolution_m=0.5"}), 1);
    EXPECT_EQ(widening({"output.resolution_m=3", "mosaic.widen=false"}), 1);
}

TEST(Plan, FramesUnderASlantAreUnevenlySampled) {
    Flown flown;
    flown.add("a", 0, 0, plain());
    flown.omega_deg = 40;
    flown.add("b", 0, 0, plain());
    const auto uneven = [&](const std::vector<std::string>& settings) {
        const Plan plan = flown.plan(settings);
        const std::vector<PlannedFrame>& frames = plan.missions.front().frames;
        return std::pair(frames[0].uneven, frames[1].uneven);
    };
    EXPECT_EQ(uneven({}), std::pair(false, true));
    EXPECT_EQ(uneven({"mosaic.widen=false"}), std::pair(false, false));
}

TEST(Plan, WarnsOfCamerasAndHeightsThatCannotBe) {
    Flown flown;
    for (const double x : {0.0, 120.0}) flown.add(x > 0 ? "b" : "a", x, 0, plain());
    const auto warnings = [&](const std::vector<std::string>& settings) { return flown.plan(settings).warnings; };
    const auto narrow = testing::HasSubstr("camera 'cam' sees 0.29 degrees of the ground");
    const auto apart = testing::HasSubstr("no two of its 2 frames overlap");
    const auto coarse = testing::HasSubstr("of which the kernel takes in 16 times: finer patterns may show");
    for (const auto& matcher : {narrow, apart, coarse})
        EXPECT_THAT(warnings({}), testing::Not(testing::Contains(matcher)));
    EXPECT_THAT(warnings({"output.resolution_m=20"}), testing::Contains(coarse));
    EXPECT_THAT(warnings({"output.resolution_m=20", "mosaic.resampling=bilinear"}),
                testing::Not(testing::Contains(testing::HasSubstr("the kernel takes in"))));
    std::ofstream(flown.path() / "interior.yaml")
        << "cam: {type: pinhole, im_size: [200, 160], focal_len: 200, sensor_size: [1, 0.8]}\n";
    EXPECT_THAT(warnings({}), testing::AllOf(testing::Contains(narrow), testing::Contains(apart)));
}

TEST(Plan, SharesTheMemoryOutAndRefusesTooLittle) {
    Flown flown;
    flown.add("a", 0, 0, plain());
    const Plan plan = make_plan(flown.config(), 4, std::int64_t{512} << 20);
    EXPECT_EQ(plan.memory.tiles + plan.memory.gdal_cache + plan.memory.frame_cache + plan.memory.program,
              std::int64_t{512} << 20);
    EXPECT_EQ(plan.memory.slots, 9);
    try {
        make_plan(flown.config(), 64, std::int64_t{128} << 20);
        FAIL() << "128 MB for 64 threads accepted";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("run.memory_mb: 128 MB are too little for 64 threads"),
                                        HasSubstr("MB are needed (or fewer threads)")));
    }
}

TEST(Plan, RefusesOutputsThatCannotBe) {
    Flown flown;
    flown.add("a", 0, 0, plain());
    EXPECT_THAT(refusal(flown, {"output.resolution_m=1e-8"}),
                HasSubstr("output.resolution_m: 1e-08 gives a mosaic of 20"));
    EXPECT_THAT(refusal(flown, {}, Bounds{900, 0, 1000, 100}),
                HasSubstr("output.bounds: no frame of mission \"m\" sees any of it: the frames see 499"));
    std::ofstream(flown.path() / "file") << "x";
    EXPECT_THAT(refusal(flown, {"output.folder=" + (flown.path() / "file" / "deeper").string()}),
                HasSubstr("file is a file, not a folder"));
    EXPECT_EQ(refusal(flown, {"output.folder=" + (flown.path() / "not" / "there" / "yet").string()}), "");
    EXPECT_FALSE(std::filesystem::exists(flown.path() / "not"));
}

TEST(Plan, IsDescribedByItsNumbers) {
    Flown flown;
    flown.add("a", 0, 0, plain(), 3);
    flown.add("b", 90, 0, plain(), 3);
    flown.add("c", 90, 0, plain(), 1);
    const std::string text = describe(flown.plan({}, Bounds{-100, -80, 190, 80}));
    EXPECT_THAT(text, AllOf(HasSubstr("mission m\n  frames    2 of 3 bands uint8"),
                            HasSubstr("footprints lie in 499900.000, 5399920.000 to 500190.000, 5400080.000"),
                            HasSubstr("290 x 160 pixels of 1 at 499900.000, 5399920.000 to 500190.000, 5400080.000"),
                            HasSubstr("1 of 1 hold data, 2.0 frames a tile"), HasSubstr("left out  c.tif: has 1"),
                            HasSubstr("memory      512 MB: "), HasSubstr("disk        up to "),
                            HasSubstr("time        about ")));
}

Footprint footprint_of(std::vector<std::pair<double, double>> outline) {
    Footprint seen;
    seen.outline = std::move(outline);
    seen.bounds = {1e300, 1e300, -1e300, -1e300};
    for (const auto& [x, y] : seen.outline) {
        seen.bounds.xmin = std::min(seen.bounds.xmin, x);
        seen.bounds.xmax = std::max(seen.bounds.xmax, x);
        seen.bounds.ymin = std::min(seen.bounds.ymin, y);
        seen.bounds.ymax = std::max(seen.bounds.ymax, y);
    }
    return seen;
}

Grid many_tiles() {
    Grid grid;
    grid.west = 1000;
    grid.north = 9000;
    grid.resolution = 0.5;
    grid.width = 20 * Tiling::size - 100; // 256 m a tile
    grid.height = 15 * Tiling::size - 7;
    return grid;
}

TEST(TileFrames, AreThoseWhoseOutlineComesNearTheTile) {
    const Grid grid = many_tiles();
    const Tiling tiling(grid);
    std::mt19937 random(4);
    std::uniform_real_distribution<double> x(0, 7000), y(4500, 9500), size(1, 900), turn(0, M_PI);
    std::vector<Footprint> footprints;
    std::vector<std::array<double, 5>> boxes; // centre, half sides, direction
    for (int i = 0; i < 60; ++i) {
        const std::array<double, 5> box{x(random), y(random), size(random), size(random), turn(random)};
        boxes.push_back(box);
        std::vector<std::pair<double, double>> outline;
        for (const auto& [u, v] : {std::pair(-1, -1), {1, -1}, {1, 1}, {-1, 1}}) {
            const double a = u * box[2], b = v * box[3];
            outline.emplace_back(box[0] + a * std::cos(box[4]) - b * std::sin(box[4]),
                                 box[1] + a * std::sin(box[4]) + b * std::cos(box[4]));
        }
        footprints.push_back(footprint_of(outline));
    }
    const double margin = 40;
    const TileFrames touches(grid, footprints, margin);
    std::size_t total = 0;
    for (std::int64_t tile = 0; tile < tiling.count(); ++tile) {
        const auto frames = touches.at(tile);
        total += frames.size();
        EXPECT_TRUE(std::is_sorted(frames.begin(), frames.end()));
        const Bounds inner = grid.bounds(tiling.window(tile));
        const Bounds box{inner.xmin - margin, inner.ymin - margin, inner.xmax + margin, inner.ymax + margin};
        for (std::size_t frame = 0; frame < footprints.size(); ++frame) {
            // independently: whether any point of a fine raster over the rectangle lies in the tile
            const auto& [cx, cy, half_a, half_b, direction] = boxes[frame];
            bool seen = false;
            for (int i = -60; i <= 60 && !seen; ++i)
                for (int j = -60; j <= 60 && !seen; ++j) {
                    const double a = i * half_a / 60, b = j * half_b / 60;
                    const double px = cx + a * std::cos(direction) - b * std::sin(direction),
                                 py = cy + a * std::sin(direction) + b * std::cos(direction);
                    seen = px > box.xmin && px < box.xmax && py > box.ymin && py < box.ymax;
                }
            const bool listed = std::find(frames.begin(), frames.end(), frame) != frames.end();
            if (seen) {
                EXPECT_TRUE(listed) << "tile " << tile << ", frame " << frame;
            }
            if (listed && !seen) { // between two points of the raster at most
                double nearest = 1e300;
                for (int i = -60; i <= 60; ++i)
                    for (int j = -60; j <= 60; ++j) {
                        const double a = i * half_a / 60, b = j * half_b / 60;
                        const double px = cx + a * std::cos(direction) - b * std::sin(direction),
                                     py = cy + a * std::sin(direction) + b * std::cos(direction);
                        nearest = std::min(nearest, std::hypot(std::max({box.xmin - px, px - box.xmax, 0.0}),
                                                               std::max({box.ymin - py, py - box.ymax, 0.0})));
                    }
                EXPECT_LE(nearest, std::hypot(half_a, half_b) / 60) << "tile " << tile << ", frame " << frame;
            }
        }
    }
    EXPECT_EQ(total, touches.touches());
    EXPECT_GT(total, 300U);
}

TEST(TileFrames, AreNoneForFramesBesideTheGrid) {
    const Grid grid = many_tiles();
    const std::vector<Footprint> beside = {footprint_of({{0, 0}, {100, 0}, {100, 100}}),
                                           footprint_of({{900, 8050}, {959, 8050}, {959, 8090}})};
    EXPECT_EQ(TileFrames(grid, beside, 40).touches(), 0U);
    EXPECT_EQ(TileFrames(grid, beside, 42).touches(), 1U);
}

} // namespace
} // namespace overflight
