// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"
#include "simulation/raster_files.h"
#include "simulation/score.h"
#include "support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace overflight {
namespace {

using testing::HasSubstr;

/// A mask of 60 x 1100 pixels of 1 m, so that it is read in more than one strip, and truth of 80 x 1100 around it.
class Score : public testing::Test {
protected:
    static constexpr int width = 60, height = 1100;

    Score() {
        mask.grid = grid;
        mask.read = [this](const Window& window, std::span<std::uint8_t> out) {
            for (int r = 0; r < window.height; ++r) {
                for (int c = 0; c < window.width; ++c)
                    out[static_cast<std::size_t>(r * window.width + c)] =
                        values[static_cast<std::size_t>((window.row + r) * width + window.col + c)];
            }
        };
    }

    static Grid grid_at(double west, double north, double resolution, std::int64_t columns, std::int64_t rows) {
        return {"EPSG:32633", west, north, resolution, columns, rows};
    }

    void fill(int col0, int row0, int col1, int row1, std::uint8_t value) {
        for (int r = row0; r < row1; ++r) {
            for (int c = col0; c < col1; ++c) values[static_cast<std::size_t>(r * width + c)] = value;
        }
    }

    /// A raster in which a rectangle is marked, in its own pixels.
    std::filesystem::path raster(const std::string& name, const Grid& where, Window marked) {
        const std::filesystem::path file = folder / name;
        simulation::TiffWriter writer(file, where.width, where.height, {.nodata = 7, .has_nodata = true}, &where);
        std::vector<std::uint8_t> samples(static_cast<std::size_t>(where.width * where.height), 0);
        for (std::int64_t r = marked.row; r < marked.row + marked.height; ++r) {
            for (std::int64_t c = marked.col; c < marked.col + marked.width; ++c)
                samples[static_cast<std::size_t>(r * where.width + c)] = 1;
        }
        samples.back() = 7; // not known
        writer.write(0, static_cast<int>(where.height), samples.data());
        writer.close();
        return file;
    }

    std::filesystem::path text(const std::string& name, const std::string& content) {
        std::ofstream(folder / name) << content;
        return folder / name;
    }

    std::string complaint(const std::filesystem::path& truth, const std::filesystem::path& objects = {}) {
        try {
            score_change(mask, truth, objects);
        } catch (const InputError& error) {
            return error.what();
        }
        return "none";
    }

    TemporaryFolder folder;
    Grid grid = grid_at(500000, 5400000, 1, width, height);
    std::vector<std::uint8_t> values = std::vector<std::uint8_t>(width * height, 0);
    ScoredMask mask;
};

TEST_F(Score, pixels_are_counted_where_both_know) {
    fill(10, 500, 20, 520, 1); // 10 x 20 across the border of strips; right in its right half
    fill(0, 1000, 60, 1100, 255);
    fill(40, 100, 42, 102, 1); // wrong
    // Ten pixels farther west, so that the truth's column 25 is the mask's 15.
    const auto truth = raster("truth.tif", grid_at(499990, 5400000, 1, 80, height), {25, 500, 10, 20});
    const ChangeScore score = score_change(mask, truth, {});
    EXPECT_EQ(score.scored, 60 * 1000);
    EXPECT_EQ(score.flagged, 204);
    EXPECT_EQ(score.known, 200);
    EXPECT_EQ(score.hit, 100);
    EXPECT_DOUBLE_EQ(score.precision(), 100.0 / 204);
    EXPECT_DOUBLE_EQ(score.recall(), 0.5);
    EXPECT_DOUBLE_EQ(score.f1(), 200.0 / 404);
    // Known with 5 pixels around it: columns 10 .. 29, rows 495 .. 524.
    EXPECT_EQ(score.outside, 60 * 1000 - 20 * 30);
    EXPECT_EQ(score.flagged_outside, 4);
    EXPECT_EQ(score.patches, 2);
    EXPECT_EQ(score.right_patches, 1);
    EXPECT_TRUE(score.objects.empty());
}

TEST_F(Score, truth_that_ends_before_the_mask_scores_what_it_covers) {
    const auto truth = raster("truth.tif", grid_at(500050, 5399990, 1, 80, 40), {0, 0, 1, 1});
    const ChangeScore score = score_change(mask, truth, {});
    EXPECT_EQ(score.scored, 10 * 40);
    EXPECT_EQ(score.known, 1);
    const auto left = raster("left.tif", grid_at(499950, 5399990, 1, 60, 40), {0, 0, 1, 1});
    EXPECT_EQ(score_change(mask, left, {}).scored, 10 * 40 - 1); // but the pixel that is nodata
}

TEST_F(Score, patches_join_at_corners_and_later_rows) {
    fill(10, 10, 12, 11, 1), fill(16, 10, 18, 11, 1); // two prongs
    fill(10, 11, 18, 12, 1);                          // joined below
    fill(18, 12, 20, 13, 1);                          // at a corner
    fill(30, 10, 31, 11, 1);                          // alone
    const auto truth = raster("truth.tif", grid, {19, 12, 1, 1});
    const ChangeScore score = score_change(mask, truth, {});
    EXPECT_EQ(score.patches, 2);
    EXPECT_EQ(score.right_patches, 1);
    EXPECT_EQ(score.wide_patches, 1) << "ten pixels across together";
    EXPECT_EQ(score.right_wide_patches, 1);
}

TEST_F(Score, objects_are_found_by_half_of_their_area) {
    fill(10, 10, 15, 20, 1); // half of the first
    fill(30, 10, 34, 20, 1); // four tenths of the second
    fill(10, 700, 20, 710, 255);
    const auto objects = text("objects.csv", "xmin,ymin,xmax,ymax\n"
                                             "500010,5399980,500020,5399990\n"
                                             "500030,5399980,500040,5399990\n"
                                             "500010,5399290,500020,5399300\n"   // not observed
                                             "500055,5399980,500065,5399990\n"); // not all on the grid
    const ChangeScore score = score_change(mask, {}, objects);
    ASSERT_EQ(score.objects.size(), 1u);
    EXPECT_EQ(score.objects[0].kind, "object");
    EXPECT_EQ(score.objects[0].known, 2);
    EXPECT_EQ(score.objects[0].found, 1);
    EXPECT_EQ(score.flagged_outside, 0);
    EXPECT_EQ(score.known, 100 + 100 + 5 * 10); // without a raster: what the objects cover and is observed
    EXPECT_EQ(score.hit, 50 + 40);
}

TEST_F(Score, polygons_have_kinds_and_holes) {
    fill(10, 10, 30, 30, 1);
    const auto objects = text("objects.geojson", R"({"type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}, "features": [
        {"type": "Feature", "properties": {"kind": "ring"}, "geometry": {"type": "Polygon", "coordinates": [
            [[500010, 5399970], [500030, 5399970], [500030, 5399990], [500010, 5399990], [500010, 5399970]],
            [[500015, 5399975], [500025, 5399975], [500025, 5399985], [500015, 5399985], [500015, 5399975]]]}},
        {"type": "Feature", "properties": {"kind": "box"}, "geometry": {"type": "MultiPolygon", "coordinates": [
            [[[500040, 5399970], [500050, 5399970], [500050, 5399990], [500040, 5399970]]]]}}]})");
    const ChangeScore score = score_change(mask, {}, objects);
    ASSERT_EQ(score.objects.size(), 2u);
    EXPECT_EQ(score.objects[0].kind, "box");
    EXPECT_EQ(score.objects[0].found, 0);
    EXPECT_EQ(score.objects[1].kind, "ring");
    EXPECT_EQ(score.objects[1].found, 1);
    EXPECT_EQ(score.hit, 20 * 20 - 10 * 10);
    EXPECT_EQ(score.all_objects().known, 2);
    EXPECT_EQ(score.all_objects().found, 1);
}

TEST_F(Score, files_that_do_not_match_are_refused) {
    const Window mark{0, 0, 1, 1};
    EXPECT_THAT(complaint({}), HasSubstr("nothing to score against"));
    EXPECT_THAT(complaint(folder / "none.tif"), HasSubstr("cannot be read as a raster"));
    EXPECT_THAT(complaint(raster("coarse.tif", grid_at(500000, 5400000, 2, 30, 30), mark)),
                HasSubstr("has pixels of 2 x 2, the product of 1"));
    EXPECT_THAT(complaint(raster("between.tif", grid_at(500000.25, 5400000, 1, 30, 30), mark)),
                HasSubstr("lies 0.25 pixel beside"));
    EXPECT_THAT(complaint(raster("far.tif", grid_at(600000, 5400000, 1, 30, 30), mark)), HasSubstr("shares no ground"));
    Grid other = grid;
    other.crs_wkt = "EPSG:32632";
    EXPECT_THAT(complaint(raster("zone.tif", other, mark)), HasSubstr("UTM zone 32N, the product in"));
    EXPECT_THAT(complaint({}, folder / "none.csv"), HasSubstr("cannot be read as vector data"));
    EXPECT_THAT(complaint({}, text("short.csv", "xmin,ymin,xmax\n1,2,3\n")), HasSubstr("no columns xmin"));
    EXPECT_THAT(complaint({}, text("words.csv", "xmin,ymin,xmax,ymax\n1,2,3,high\n")), HasSubstr("no columns xmin"));
    const std::string point = R"({"type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}, "features": [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [500010, 5399970]}}]})";
    EXPECT_THAT(complaint({}, text("point.geojson", point)), HasSubstr("holds no polygon"));
}

} // namespace
} // namespace overflight
