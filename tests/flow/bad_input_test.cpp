// SPDX-License-Identifier: Apache-2.0
// Whatever is wrong with the inputs: one clear error before any work, or a recorded gap. Never a silent hole.
#include "flow/small_pair.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

namespace overflight {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class BadInput : public SmallPair {
protected:
    /// The run is refused with one line (a regular expression), or one a mission, and nothing is written.
    void expect_refused(const std::string& more, const std::string& message, int lines = 1) const {
        const Outcome outcome = run("refused", more);
        EXPECT_EQ(outcome.exit_code, 2) << more << '\n' << outcome.text;
        EXPECT_THAT(outcome.text, ContainsRegex(message)) << more;
        EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), lines) << outcome.text;
        EXPECT_FALSE(std::filesystem::exists(*this / "refused")) << more;
    }

    /// The run goes on to its end, and its report and its product of the first mission name what is missing and why.
    void expect_gap(const std::string& more, const std::string& what, const std::string& cause) const {
        const Outcome outcome = run("out", more + " --set output.quicklooks=false --set output.vectors=false");
        EXPECT_EQ(outcome.exit_code, 1) << outcome.text;
        EXPECT_THAT(outcome.text, AllOf(HasSubstr(what), ContainsRegex(cause)));
        const nlohmann::json json = report("out");
        EXPECT_EQ(json["outcome"], "done with gaps");
        ASSERT_FALSE(json["gaps"].empty());
        EXPECT_EQ(json["gaps"][0]["product"], "one.nc");
        for (const auto& gap : json["gaps"]) { // a change may have asked for the frame too
            EXPECT_EQ(gap["product"] == "one.nc", gap == json["gaps"][0]) << gap;
            EXPECT_THAT(gap["what"], HasSubstr(what));
            EXPECT_THAT(gap["cause"], ContainsRegex(cause));
        }
        EXPECT_EQ(json["products"].size(), 3U);
        const std::string counts = pixels_by_frame();
        EXPECT_THAT(counts, Not(HasSubstr("nothing"))) << counts;
    }

    /// Share of the first mission that is seen, and that quality and source agree; by another reader.
    std::string pixels_by_frame() const {
        return shell(fmt::format("/usr/bin/python3 -c \"\n"
                                 "import h5py, numpy\n"
                                 "f = h5py.File('{}')\n"
                                 "valid, source = f['quality'][:] & 1, f['source_frame'][:]\n"
                                 "assert ((source != 65535) == (valid == 1)).all()\n"
                                 "print('nothing' if not valid.any() else valid.mean())\n\"",
                                 (*this / "out/one.nc").string()))
            .text;
    }

    /// The scene's config without its second mission.
    static std::filesystem::path config_of_one() {
        std::string config = contents(data() / "overflight.toml");
        config.erase(config.find("[[mission]]\nname = \"two\""));
        std::ofstream(data() / "alone.toml") << config;
        return data() / "alone.toml";
    }

    std::filesystem::path damaged() const { return *this / "frames" / "one_v_01_002.tif"; }
};

TEST_F(BadInput, MissingFilesAreNamedBeforeAnyWork) {
    expect_refused("--set 'mission.0.frames=none/*.tif'", "mission.frames: \".*none/\\*.tif\" matches no file");
    expect_refused("--set 'mission.0.frames=[\"one/frames/*.tif\", \"one/frames/none.tif\"]'",
                   "mission.frames: \".*none.tif\" matches no file");
    expect_refused("--set mission.0.interior=none.yaml", "none.yaml: mission.interior: the file does not exist");
    expect_refused("--set mission.0.exterior=none.csv", "none.csv: mission.exterior: the file does not exist");
    expect_refused("--set terrain.file=none.tif", "none.tif: terrain.file: the file does not exist");
    expect_refused("--set terrain.heights=none.gtx", "none.gtx: terrain.heights: this geoid grid does not exist");
    expect_refused("--set mission.0.pose_heights=none.gtx", // nothing asks for it
                   "mission.pose_heights: .*none.gtx\", which is no geoid grid");
    const Outcome outcome = shell(fmt::format("'{}' run none.toml", PROGRAM));
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.text, HasSubstr("none.toml: cannot be read"));
}

TEST_F(BadInput, PosesOfTooManyFieldsAreRefused) {
    std::istringstream poses(contents(data() / "one" / "exterior.csv"));
    std::ofstream comma(*this / "comma.csv");
    std::string line;
    for (int number = 1; std::getline(poses, line); ++number) {
        if (number == 3) line.replace(line.rfind('.'), 1, ",");
        comma << line << (number == 2 ? ",\n" : "\n"); // an empty field does no harm
    }
    comma.close();
    std::filesystem::copy(data() / "one" / "exterior.prj", *this / "comma.prj");
    expect_refused(
        fmt::format("--set 'mission.0.exterior={}'", (*this / "comma.csv").string()),
        "comma.csv:3: found [0-9]+ fields, allowed are [0-9]+ as in the header, line 1; is a comma taken for");
}

TEST_F(BadInput, FramesOfOneNameAreRefused) {
    const std::string frames = copy_of_frames().string();
    expect_refused(fmt::format("--set 'mission.0.frames=[\"one/frames/*.tif\", \"{}/one_v_01_002.tif\"]'", frames),
                   "mission.frames: .*one_v_01_002.tif and .*one_v_01_002.tif would have the same pose");
}

TEST_F(BadInput, GainsOfOtherFramesAreRefused) {
    ASSERT_EQ(run("out", "--set output.resolution_m=2").exit_code, 0);
    const auto file = *this / "out" / "two.adjustment.json";
    nlohmann::json json = nlohmann::json::parse(contents(file));
    json["frames"].erase(1);
    std::ofstream(file) << json;
    expect_refused(fmt::format("--set 'mosaic.adjustment={}'", (*this / "out").string()),
                   "two.adjustment.json: mosaic.adjustment: .*two_v_01_002.tif");
    std::ofstream(file) << "none";
    expect_refused(fmt::format("--set 'mosaic.adjustment={}'", (*this / "out").string()),
                   "two.adjustment.json: mosaic.adjustment: is no adjustment");
}

TEST_F(BadInput, ColourTablesAndImagesForTerrainAreRefused) {
    const auto frames = copy_of_frames();
    const std::string name = (data() / "one/frames/one_v_01_002.tif").string();
    ASSERT_EQ(shell(fmt::format("/usr/bin/python3 -c \"\n"
                                "from osgeo import gdal\n"
                                "source = gdal.Open('{}')\n"
                                "made = gdal.GetDriverByName('GTiff').Create('{}', source.RasterXSize, "
                                "source.RasterYSize, 1)\n"
                                "table = gdal.ColorTable()\n"
                                "table.SetColorEntry(1, (255, 0, 0))\n"
                                "made.GetRasterBand(1).SetColorTable(table)\n\"",
                                name, damaged().string()))
                  .exit_code,
              0);
    expect_gap(SmallPair::frames(frames), "one_v_01_002.tif", "numbers of a colour table");
    const std::string image = (*this / "image.tif").string();
    ASSERT_EQ(
        shell(fmt::format("gdal_translate -q -b 1 -b 1 '{}' '{}'", (data() / "terrain" / "dtm.tif").string(), image))
            .exit_code,
        0);
    expect_refused(fmt::format("--set 'terrain.file={}'", image),
                   "terrain.file: the raster has 2 bands, heights have one");
}

TEST_F(BadInput, HeightsThatCannotBeAreToldOf) {
    const auto moved = [&](const std::string& name, double by) {
        const std::string made = (*this / name).string();
        EXPECT_EQ(shell(fmt::format("gdal_translate -q -scale 0 1 {} {} '{}' '{}'", by, by + 1,
                                    (data() / "terrain" / "dtm.tif").string(), made))
                      .exit_code,
                  0);
        return made;
    };
    const auto plan = [&](const std::string& more) {
        return shell(fmt::format("'{}' plan '{}' --set 'output.folder={}' {}", PROGRAM,
                                 (data() / "overflight.toml").string(), (*this / "refused").string(), more))
            .text;
    };
    expect_refused(fmt::format("--set 'terrain.file={}'", moved("high.tif", 5000)),
                   "its camera stands at [0-9]+ m, below the terrain there at [0-9]+ m", 2);
    std::string poses = contents(data() / "one" / "exterior.csv"); // four degrees below the horizon
    for (const std::string level = ",-0.0000000000,0.0000000000,"; poses.find(level) != std::string::npos;)
        poses.replace(poses.find(level), level.size(), ",86,0,");
    std::ofstream(*this / "level.csv") << poses;
    std::filesystem::copy(data() / "one" / "exterior.prj", *this / "level.prj");
    expect_refused(fmt::format("--set 'mission.0.exterior={}'", (*this / "level.csv").string()),
                   "lines of sight do not meet the terrain, from [0-9.]+, [0-9.]+ at [0-9]+ m in the output CRS .*or a "
                   "view within 6 degrees of the horizon");
    EXPECT_THAT(plan(fmt::format("--set 'terrain.surface={}'", moved("low.tif", -40))),
                HasSubstr("low.tif lies 40 to 40 m below the terrain wherever both were looked at"));
    EXPECT_THAT(plan(fmt::format("--set 'terrain.surface={}'", moved("above.tif", 50))),
                HasSubstr("above.tif lies 50 to 50 m above the terrain wherever both were looked at"));
    EXPECT_THAT(plan(fmt::format("--set 'terrain.surface={}'", moved("near.tif", 0.5))),
                testing::Not(HasSubstr("lies")));
    const std::string holes = (*this / "holes.tif").string();
    ASSERT_EQ(shell(fmt::format("/usr/bin/python3 -c \"\n"
                                "from osgeo import gdal\n"
                                "made = gdal.GetDriverByName('GTiff').CreateCopy('{}', gdal.Open('{}'))\n"
                                "band = made.GetRasterBand(1)\n"
                                "posts = band.ReadAsArray()\n"
                                "posts[:posts.shape[0] // 2] = -9999\n"
                                "band.WriteArray(posts)\n"
                                "band.SetNoDataValue(-9999)\n\"",
                                holes, (data() / "terrain" / "dtm.tif").string()))
                  .exit_code,
              0);
    EXPECT_THAT(plan(fmt::format("--set 'terrain.file={}'", holes)),
                testing::ContainsRegex("holes.tif has holes under about [1-9][0-9] % of what the frames see"));
}

TEST_F(BadInput, FramesThatDoNotFitEachOtherAreToldOf) {
    const std::string quick = "--set output.quicklooks=false --set output.vectors=false --set output.resolution_m=1 ";
    Outcome outcome = run("right", quick);
    EXPECT_THAT(outcome.text, Not(HasSubstr("overlapping frames")));
    for (const auto& mission : report("right")["frame_agreement"]) {
        EXPECT_GE(mission["places"], 6);
        EXPECT_EQ(mission["fitting"], mission["places"]);
        EXPECT_LT(mission["shift_m"], 0.1);
    }
    outcome = run("wrong", quick + "--set terrain.offset_m=40");
    EXPECT_THAT(outcome.text, HasSubstr("mission \"one\": overlapping frames "));
}

TEST_F(BadInput, MosaicsThatShowNothingAreNotDone) {
    // metres in place of millimetres: frames see a speck of ground each
    const std::string camera = contents(data() / "one" / "interior.yaml");
    const std::size_t at = camera.find("sensor_size");
    ASSERT_NE(at, std::string::npos) << camera;
    std::string wrong = camera;
    wrong.replace(at, camera.find('\n', at) - at, "sensor_size: [0.0001, 0.000075]");
    std::ofstream(*this / "wrong.yaml") << wrong;
    const Outcome outcome = shell(
        fmt::format("'{}' run '{}' --progress off --set output.resolution_m=0.5 --set 'output.folder={}' --set "
                    "'mission.0.interior={}'",
                    PROGRAM, config_of_one().string(), (*this / "out").string(), (*this / "wrong.yaml").string()));
    EXPECT_EQ(outcome.exit_code, 1) << outcome.text;
    EXPECT_THAT(outcome.text, HasSubstr("no frame shows any of the ground"));
}

TEST_F(BadInput, TheCrsOfTheOutputIsNamed) {
    expect_refused("--set output.crs=EPSG:99999",
                   "overflight.toml: output.crs: found 'EPSG:99999', which PROJ does not");
    expect_refused("--set output.crs=EPSG:4326", "overflight.toml: output.crs: '.*' is not a projected coordinate");
}

TEST_F(BadInput, UnknownMissionsOfStepsAreNamed) {
    const Outcome outcome = shell(fmt::format("'{}' survey '{}' --mission nope --set 'output.folder={}'", PROGRAM,
                                              (data() / "overflight.toml").string(), (*this / "out").string()));
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.text, HasSubstr("--mission: found \"nope\"; missions are one, two"));
}

TEST_F(BadInput, TwoRunsInOneFolderAreOneTooMany) {
    const std::string command =
        fmt::format("'{}' run '{}' --progress off --threads 1 --set output.resolution_m=0.06 --set 'output.folder={}'",
                    PROGRAM, (data() / "overflight.toml").string(), (*this / "out").string());
    const Outcome outcome = shell(fmt::format("{0} >/dev/null 2>&1 &\n"
                                              "id=$!\n"
                                              "while [ ! -e '{1}' ] && kill -0 $id; do sleep 0.01; done\n"
                                              "{0}\ncode=$?\nkill -KILL $id\nwait $id\nexit $code",
                                              command, (*this / "out" / ".work" / "status" / "run.json").string()));
    EXPECT_EQ(outcome.exit_code, 2) << outcome.text;
    EXPECT_THAT(outcome.text, ContainsRegex("output.folder: another process is at work here .run, process [0-9]+ on "
                                            "host .*; wait for it"));
    EXPECT_EQ(run("out").exit_code, 0) << "a process that is gone is in nobody's way";
}

TEST_F(BadInput, FrameWithoutPoseIsAGap) {
    std::istringstream poses(contents(data() / "one" / "exterior.csv"));
    std::ofstream fewer(*this / "fewer.csv");
    for (std::string line; std::getline(poses, line);)
        if (!line.starts_with("one_v_01_002")) fewer << line << '\n';
    fewer.close();
    std::filesystem::copy(data() / "one" / "exterior.prj", *this / "fewer.prj");
    expect_gap(fmt::format("--set 'mission.0.exterior={}'", (*this / "fewer.csv").string()), "one_v_01_002.tif",
               "no pose of this frame in fewer.csv");
}

TEST_F(BadInput, PoseWithoutFrameIsAWarning) {
    const Outcome outcome = run("out", "--set 'mission.0.frames=one/frames/one_v_01_*.tif'");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
    const nlohmann::json json = report("out");
    ASSERT_EQ(json["warnings"].size(), 1U);
    EXPECT_THAT(json["warnings"][0], HasSubstr("3 of 6 poses have no usable frame: one_v_02_001"));
}

TEST_F(BadInput, FrameThatEndsInItsHeaderIsAGap) {
    const auto frames = copy_of_frames();
    std::filesystem::resize_file(damaged(), 200);
    expect_gap(SmallPair::frames(frames), "one_v_01_002.tif", "cannot be read as an image");
    std::filesystem::resize_file(damaged(), 0);
    expect_gap(SmallPair::frames(frames), "one_v_01_002.tif", "cannot be read as an image");
}

TEST_F(BadInput, FrameThatEndsInItsPixelsIsAGapThatSaysWhere) {
    const auto frames = copy_of_frames();
    std::filesystem::resize_file(damaged(), std::filesystem::file_size(damaged()) / 2);
    expect_gap(SmallPair::frames(frames), "one_v_01_002.tif, columns 0 to 399, rows", "TIFFReadEncoded|Missing data");
}

TEST_F(BadInput, FrameThatIsBrokenInsideIsAGap) {
    const auto frames = copy_of_frames();
    const std::string name = (data() / "one/frames/one_v_01_002.tif").string();
    ASSERT_EQ(
        shell(fmt::format("gdal_translate -q -co COMPRESS=DEFLATE '{}' '{}'", name, damaged().string())).exit_code, 0);
    std::fstream file(damaged(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(damaged()) / 2));
    file << std::string(64, '\xff');
    file.close();
    expect_gap(SmallPair::frames(frames), "one_v_01_002.tif, columns 0 to 399, rows", "Decode|decode|inflate|TIFFRead");

    std::filesystem::remove(damaged());
    const auto jpeg = frames / "one_v_01_002.jpg";
    ASSERT_EQ(shell(fmt::format("gdal_translate -q -of JPEG '{}' '{}'", name, jpeg.string())).exit_code, 0);
    std::filesystem::resize_file(jpeg, std::filesystem::file_size(jpeg) / 2);
    expect_gap(fmt::format("--set 'mission.0.frames={}/one*[fg]'", frames.string()), "one_v_01_002.jpg", "JPEG|jpeg");
}

TEST_F(BadInput, FramesThatVanishMeanwhileAreGaps) {
    // one of the south, which is composed last
    const auto frames = copy_of_frames();
    const std::string out = (*this / "out").string();
    const Outcome outcome = shell(fmt::format(
        "(for i in $(seq 1000); do ls -A '{0}' | grep -q one.nc.partial && break; sleep 0.01; done; rm '{1}') "
        ">/dev/null 2>&1 &\n"
        "'{2}' run '{3}' --progress off --threads 2 --set output.quicklooks=false --set mosaic.balance=none --set "
        "mosaic.seams=nadir --set output.resolution_m=0.05 --set "
        "'output.folder={0}' {4}",
        out, (frames / "one_v_02_002.tif").string(), PROGRAM, config_of_one().string(), SmallPair::frames(frames)));
    if (outcome.exit_code == 0) GTEST_SKIP() << "the run was over before the frame was gone";
    EXPECT_EQ(outcome.exit_code, 1) << outcome.text;
    const nlohmann::json json = report("out");
    ASSERT_FALSE(json["gaps"].empty());
    for (const auto& gap : json["gaps"]) { // of its pixels, and of its hash if it went early
        EXPECT_THAT(gap["what"], HasSubstr("one_v_02_002.tif"));
        EXPECT_THAT(gap["cause"], HasSubstr("No such file"));
    }
}

TEST_F(BadInput, FrameOfOtherSizeThanItsCameraIsAGap) {
    const auto frames = copy_of_frames();
    ASSERT_EQ(shell(fmt::format("gdal_translate -q -outsize 200 160 '{}' '{}'",
                                (data() / "one/frames/one_v_01_002.tif").string(), damaged().string()))
                  .exit_code,
              0);
    expect_gap(SmallPair::frames(frames), "one_v_01_002.tif",
               "found a frame of 200 x 160 pixels, allowed is 400 x 320");
}

TEST_F(BadInput, PosesThatAreNoNumbersAreRefused) {
    std::filesystem::copy(data() / "one" / "exterior.prj", *this / "poses.prj");
    for (const char* bad : {"nan", "inf", "", "12.5x", "1e999"}) {
        std::istringstream poses(contents(data() / "one" / "exterior.csv"));
        std::ofstream changed(*this / "poses.csv");
        int number = 0;
        for (std::string line; std::getline(poses, line);) {
            if (++number == 3) {
                const auto from = line.find(',') + 1;
                line.replace(from, line.find(',', from) - from, bad);
            }
            changed << line << '\n';
        }
        changed.close();
        expect_refused(fmt::format("--set 'mission.0.exterior={}'", (*this / "poses.csv").string()),
                       "poses.csv:3: [xy]: found .*, allowed is a number");
    }
}

TEST_F(BadInput, TerrainThatIsBrokenIsRefused) {
    const std::string terrain = (*this / "broken.tif").string();
    std::filesystem::copy(data() / "terrain" / "dtm.tif", terrain);
    std::filesystem::resize_file(terrain, std::filesystem::file_size(terrain) / 2);
    expect_refused(fmt::format("--set 'terrain.file={}'", terrain),
                   "terrain.file: .*broken.tif: the terrain cannot be read: .*TIFFReadEncoded");
    std::filesystem::resize_file(terrain, 0);
    expect_refused(fmt::format("--set 'terrain.file={}'", terrain),
                   "broken.tif: terrain.file: GDAL cannot read this raster");
}

TEST_F(BadInput, WhatIsNoConfigIsRefused) {
    const auto refused = [&](const std::filesystem::path& config, const std::string& message) {
        const Outcome outcome = shell(fmt::format("'{}' run '{}'", PROGRAM, config.string()));
        EXPECT_EQ(outcome.exit_code, 2) << outcome.text;
        EXPECT_THAT(outcome.text, HasSubstr(message));
    };
    refused(*this / "", "cannot be read; is it the path of a config file?");
    std::ofstream(*this / "empty.toml").close();
    refused(*this / "empty.toml", "empty.toml: mission: missing; a run needs at least one [[mission]]");
    refused(data() / "one/frames/one_v_01_001.tif", "one_v_01_001.tif:1:");
}

TEST_F(BadInput, FrameOfOtherBandsOrTypeIsAGap) {
    const auto frames = copy_of_frames();
    const auto replace = [&](const std::string& options) {
        const Outcome made = shell(fmt::format("gdal_translate -q {} '{}' '{}'", options,
                                               (data() / "one/frames/one_v_01_002.tif").string(), damaged().string()));
        ASSERT_EQ(made.exit_code, 0) << made.text;
    };
    replace("-b 1");
    expect_gap(SmallPair::frames(frames), "one_v_01_002.tif", "has 1 bands of uint8, the mission's frames have 3");
    replace("-ot UInt16");
    expect_gap(SmallPair::frames(frames), "one_v_01_002.tif", "has 3 bands of uint16, the mission's frames have 3");
    replace("-ot Float64");
    expect_gap(SmallPair::frames(frames), "one_v_01_002.tif", "Float64|float64|64 bit");
}

TEST_F(BadInput, MissionWithoutAnyGoodFrameIsRefused) {
    const auto frames = copy_of_frames();
    for (const auto& entry : std::filesystem::directory_iterator(frames)) std::filesystem::resize_file(entry, 100);
    const Outcome outcome = run("refused", SmallPair::frames(frames));
    EXPECT_EQ(outcome.exit_code, 2) << outcome.text;
    EXPECT_THAT(outcome.text, HasSubstr("one_v_02_003.tif: cannot be read as an image"));
    EXPECT_FALSE(std::filesystem::exists(*this / "refused"));
}

TEST_F(BadInput, TerrainThatDoesNotCoverIsRefusedUnlessTheConfigSaysOtherwise) {
    const std::string small = (*this / "small.tif").string();
    ASSERT_EQ(shell(fmt::format("gdal_translate -q -projwin 511900 5424050 512050 5423950 '{}' '{}'",
                                (data() / "terrain/dtm.tif").string(), small))
                  .exit_code,
              0);
    const std::string terrain = fmt::format("--set 'terrain.file={}' ", small);
    const Outcome refused = run("refused", terrain);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.text, AllOf(HasSubstr("terrain.outside: the terrain"),
                                    HasSubstr("does not cover what mission \"one\" sees"), HasSubstr("frames look")));
    EXPECT_FALSE(std::filesystem::exists(*this / "refused"));

    const Outcome partly = run("out", terrain + "--set terrain.outside=gap --set 'output.bounds=[511900, 5423900, "
                                                "512100, 5424100]'");
    EXPECT_EQ(partly.exit_code, 0) << partly.text; // as the config wants it
    const std::string share = pixels_by_frame();
    EXPECT_NEAR(std::stod(share), 150.0 * 100 / (200 * 200), 0.02) << share;

    EXPECT_EQ(run("out", terrain + "--set terrain.outside=constant --set terrain.outside_height_m=200").exit_code, 0);
    const Outcome flags = shell(fmt::format("/usr/bin/python3 -c \"\n"
                                            "import h5py\n"
                                            "q = h5py.File('{}')['quality'][:]\n"
                                            "print((q & 4 != 0).mean(), (q & 1).mean())\n\"",
                                            (*this / "out/one.nc").string()));
    std::istringstream numbers(flags.text);
    double extrapolated = 0, valid = 0;
    numbers >> extrapolated >> valid;
    EXPECT_NEAR(extrapolated, 1 - 150.0 * 100 / (300 * 240), 0.02) << flags.text;
    EXPECT_NEAR(valid, 1, 0.02);
}

TEST_F(BadInput, UnknownVerticalDatumIsRefused) {
    // without the statement of [terrain], and a terrain that says nothing of its heights
    std::string config = contents(data() / "overflight.toml");
    const auto at = config.find("heights = ");
    ASSERT_NE(at, std::string::npos);
    config.erase(at, config.find('\n', at) - at);
    std::ofstream(data() / "no_heights.toml") << config;
    const Outcome outcome = shell(fmt::format("'{}' run '{}' --set 'output.folder={}'", PROGRAM,
                                              (data() / "no_heights.toml").string(), (*this / "refused").string()));
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.text, HasSubstr("terrain.heights: the terrain does not state its vertical datum; set "
                                        "terrain.heights to \"same_as_poses\", \"ellipsoidal\", or the path"));
    EXPECT_FALSE(std::filesystem::exists(*this / "refused"));
}

TEST_F(BadInput, CrsWithoutTheGridThatItNeedsIsRefused) {
    const std::string utm = "--set 'output.crs=+proj=utm +zone=33 ";
    expect_refused(utm + "+ellps=clrk66 +nadgrids=none.gsb +no_defs'", "PROJ grid that it needs installed");
    expect_refused(utm + "+ellps=bessel +no_defs'", "PROJ knows no transformation between .* grid that relates them");
    expect_refused("--set output.crs=EPSG:4326", "'WGS 84' is not a projected coordinate reference system");
    expect_refused("--set output.crs=EPSG:99999", "'EPSG:99999', which PROJ does not know");
}

TEST_F(BadInput, MissionsWithNoGroundInCommonAreRefused) {
    std::istringstream poses(contents(data() / "two" / "exterior.csv"));
    std::ofstream moved(*this / "moved.csv");
    for (std::string line; std::getline(poses, line);) { // 20 km east
        const auto at = line.find(",51");
        moved << (at == std::string::npos ? line : line.replace(at, 3, ",53")) << '\n';
    }
    moved.close();
    std::filesystem::copy(data() / "two" / "exterior.prj", *this / "moved.prj");
    std::string config = contents(data() / "overflight.toml");
    config.erase(config.find("bounds = "), config.find('\n', config.find("bounds = ")) - config.find("bounds = "));
    std::ofstream(data() / "no_bounds.toml") << config;
    const Outcome outcome = shell(fmt::format(
        "'{}' run '{}' --set terrain.outside=constant --set terrain.outside_height_m=200 --set "
        "'output.folder={}' --set 'mission.1.exterior={}'",
        PROGRAM, (data() / "no_bounds.toml").string(), (*this / "refused").string(), (*this / "moved.csv").string()));
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.text, ContainsRegex("/no_bounds.toml:[0-9]+:[0-9]+: change: missions \"one\" "
                                            "and \"two\" have no ground in common"))
        << outcome.text;
    EXPECT_FALSE(std::filesystem::exists(*this / "refused"));
}

/// Both lie within output.bounds, beside each other.
TEST_F(BadInput, MissionsThatShowNothingTwiceLeaveAGap) {
    const Outcome outcome = run("out", "--set 'mission.0.frames=one/frames/one_v_01_001.tif' --set "
                                       "'mission.1.frames=two/frames/two_v_02_003.tif' --set output.quicklooks=false "
                                       "--set 'output.bounds=[511700, 5423750, 512300, 5424250]' --set "
                                       "terrain.outside=gap");
    EXPECT_EQ(outcome.exit_code, 1) << outcome.text;
    const nlohmann::json json = report("out");
    ASSERT_EQ(json["gaps"].size(), 1U) << json["gaps"];
    EXPECT_EQ(json["gaps"][0]["product"], "one__two.nc");
    EXPECT_THAT(json["gaps"][0]["cause"], HasSubstr("the two missions show too little ground in common"));
    EXPECT_THAT(outcome.text, HasSubstr("the two missions show too little ground in common"));
    EXPECT_EQ(shell(fmt::format("/usr/bin/python3 -c \"import h5py; print((h5py.File('{}')['mask'][:] == 255).all())\"",
                                (*this / "out/one__two.nc").string()))
                  .text,
              "True\n");
}

TEST_F(BadInput, OutputThatNoOneCanWantIsRefused) {
    expect_refused("--set output.resolution_m=0", "output.resolution_m: found 0; expects a number above 0");
    expect_refused("--set output.resolution_m=1e-7", "output.resolution_m: 1e-07 gives a mosaic of 3000000000 x", 2);
    expect_refused("--set 'output.bounds=[0, 4924000, 1000000, 5924000]' --set output.resolution_m=1",
                   "output.folder: .* MB free, about");
    const Outcome nowhere = run("refused", "--set 'output.bounds=[0, 0, 100, 100]'");
    EXPECT_EQ(nowhere.exit_code, 2);
    EXPECT_THAT(nowhere.text, HasSubstr("output.bounds: no frame of mission \"one\" sees any of it"));
}

TEST_F(BadInput, MosaicOfAMillionByAMillionPixelsTakesWhatItsFramesTake) {
    const Outcome outcome =
        shell(fmt::format("'{}' run '{}' --progress off --set output.resolution_m=1 --set output.quicklooks=false "
                          "--set 'output.bounds=[12000, 4924000, 1012000, 5924000]' --set 'output.folder={}'",
                          PROGRAM, config_of_one().string(), (*this / "out").string()));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
#ifndef __SANITIZE_ADDRESS__ // which takes memory of its own
    EXPECT_LT(report("out")["peak_memory_mb"], 1000);
#endif
    EXPECT_LT(std::filesystem::file_size(*this / "out/one.nc"), 64U << 20);
}

TEST_F(BadInput, FolderThatCannotBeWrittenIsRefused) {
    std::ofstream(*this / "file") << "in the way";
    for (const char* folder : {"file", "file/below"}) {
        const Outcome outcome = run(folder);
        EXPECT_EQ(outcome.exit_code, 2);
        EXPECT_THAT(outcome.text, HasSubstr("file is a file, not a folder"));
    }
    std::string as_someone;
    if (::geteuid() == 0) { // who may write anywhere
        as_someone = "setpriv --reuid=65534 --regid=65534 --clear-groups";
        for (const auto& folder : {data(), *this / ""})
            std::filesystem::permissions(folder, std::filesystem::perms(0755));
        if (shell(fmt::format("{} '{}' info", as_someone, PROGRAM)).exit_code != 0)
            GTEST_SKIP() << "nobody but root can start the program here: the folder without permission was not tried";
    }
    std::filesystem::create_directory(*this / "locked");
    std::filesystem::permissions(*this / "locked", std::filesystem::perms(0555));
    const Outcome outcome = run("locked/out", "", as_someone);
    std::filesystem::permissions(*this / "locked", std::filesystem::perms::owner_all);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.text, ContainsRegex("output.folder: .*/locked/out cannot be written to: .*/locked .Permission "
                                            "denied"));
}

TEST_F(BadInput, ConfigsAreRefusedByRunWithTheMessageBesideThem) {
    const std::filesystem::path folder = std::filesystem::path(CONFIGS_FOLDER) / "invalid";
    // each message is held to its file elsewhere; here a few, as the program ends over them
    for (const char* name : {"many_at_once", "resolution_nan", "section_misspelt", "syntax_no_value", "word_unknown"}) {
        const Outcome outcome = shell(fmt::format("cd '{}' && '{}' run {}.toml", folder.string(), PROGRAM, name));
        EXPECT_EQ(outcome.exit_code, 2) << name;
        EXPECT_EQ(outcome.text, contents(folder / (std::string(name) + ".txt"))) << name;
    }
}

} // namespace
} // namespace overflight
