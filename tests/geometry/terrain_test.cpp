// SPDX-License-Identifier: Apache-2.0
#include "geometry/ground_space.h"
#include "geometry/post_cache.h"
#include "geometry/terrain.h"
#include "inputs.h"
#include "raster_input.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

namespace overflight {
namespace {

using test::input_error;
using test::write_raster;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
const std::string utm = "EPSG:32632";
constexpr double west = 500000, north = 5300000;

class TerrainTest : public testing::Test {
protected:
    /// A model of 10 m posts; its first post lies at (west + 5, north - 5).
    Terrain model(const std::function<double(int, int)>& value, std::optional<double> nodata = {}, int width = 60,
                  int height = 40) {
        config.file = write_raster(folder / "dem.tif", width, height, west, north, 10, -10, utm, value, nodata);
        if (config.heights.empty()) config.heights = "same_as_poses";
        return Terrain(config, resolve_crs(utm), "");
    }

    Grid grid(double resolution, double x = west, double y = north) const {
        Grid g;
        g.crs_wkt = resolve_crs(utm);
        g.west = x;
        g.north = y;
        g.resolution = resolution;
        g.width = g.height = 4096;
        return g;
    }

    TemporaryFolder folder;
    TerrainConfig config;
};

double surface(int col, int row) {
    return 300 + 10 * std::sin(0.4 * col) + 7 * std::cos(0.3 * row) + 0.5 * col;
}

/// Bilinear interpolation written down anew, from the function.
double expected_height(double x, double y) {
    const double c = (x - west) / 10 - 0.5, r = (north - y) / 10 - 0.5;
    const int c0 = static_cast<int>(std::floor(c)), r0 = static_cast<int>(std::floor(r));
    const auto f = [](int col, int row) { return static_cast<float>(surface(col, row)); };
    return (f(c0, r0) * (c0 + 1 - c) + f(c0 + 1, r0) * (c - c0)) * (r0 + 1 - r) +
           (f(c0, r0 + 1) * (c0 + 1 - c) + f(c0 + 1, r0 + 1) * (c - c0)) * (r - r0);
}

TEST_F(TerrainTest, ReadsFewMorePostsThanLieUnderAWindow) {
    const Terrain terrain = model(surface, {}, 3000, 2400);
    for (const double resolution : {2.5, 10.0, 80.0, 640.0}) { // from a quarter of a post to 64 posts
        const double posts = 4 * resolution / 10 + 6;
        std::size_t under = 0;
        terrain.posts_under(grid(resolution, west + 200, north - 200), {7, 5, 4, 4},
                            [&](std::span<const std::byte> bytes) { under += bytes.size(); });
        EXPECT_LE(static_cast<double>(under) / sizeof(float), posts * posts + 4) << resolution;
        TileHeights heights;
        terrain.heights(grid(resolution, west + 200, north - 200), {7, 5, 4, 4}, heights);
        for (int k = 0; k < 16; ++k)
            EXPECT_NEAR(static_cast<double>(heights.height[static_cast<std::size_t>(k)]),
                        expected_height(west + 200 + (7 + k % 4 + 0.5) * resolution,
                                        north - 200 - (5 + k / 4 + 0.5) * resolution),
                        1e-2);
    }
}

TEST_F(TerrainTest, IsBilinearBetweenPosts) {
    const Terrain terrain = model(surface);
    const Grid g = grid(0.7, west + 5, north - 5);
    TileHeights heights;
    const Window window{100, 60, 300, 200};
    terrain.heights(g, window, heights);
    EXPECT_TRUE(heights.filled.empty());
    double low = 1e9, high = -1e9;
    for (int row = 0; row < window.height; ++row) {
        for (int col = 0; col < window.width; ++col) {
            const double x = g.x(static_cast<double>(window.col + col)), y = g.y(static_cast<double>(window.row + row));
            const float h = heights.height[static_cast<std::size_t>(row) * 300 + col];
            ASSERT_NEAR(h, expected_height(x, y), 1e-4);
            low = std::min<double>(low, h);
            high = std::max<double>(high, h);
        }
    }
    EXPECT_EQ(heights.range.min, static_cast<float>(low));
    EXPECT_EQ(heights.range.max, static_cast<float>(high));
    EXPECT_NEAR(terrain.height_at(west + 123.4, north - 234.5), expected_height(west + 123.4, north - 234.5), 1e-4);
    EXPECT_NEAR(terrain.height_at(west + 15, north - 25), surface(1, 2), 1e-4); // the post itself
    EXPECT_NEAR(terrain.reduced_height_at(west + 123.4, north - 234.5), expected_height(west + 123.4, north - 234.5),
                1e-3);
}

TEST_F(TerrainTest, HeightsDoNotDependOnTheWindow) {
    const Terrain terrain = model([](int c, int r) { return (c * r) % 7 == 3 ? -9999 : surface(c, r); }, -9999);
    const Grid g = grid(1.3, west - 50, north + 50);
    TileHeights whole, part;
    terrain.heights(g, {0, 0, 512, 400}, whole);
    for (const Window window : {Window{0, 0, 1, 1}, Window{37, 101, 64, 33}, Window{200, 5, 312, 395}}) {
        terrain.heights(g, window, part);
        for (int row = 0; row < window.height; ++row) {
            for (int col = 0; col < window.width; ++col) {
                const std::size_t at =
                    static_cast<std::size_t>(window.row + row) * 512 + static_cast<std::size_t>(window.col + col);
                const float a = whole.height[at], b = part.height[static_cast<std::size_t>(row) * window.width + col];
                ASSERT_TRUE(std::abs(a - b) < 1e-3 || (std::isnan(a) && std::isnan(b)));
                const int fill =
                    part.filled.empty() ? 0 : part.filled[static_cast<std::size_t>(row) * window.width + col];
                ASSERT_EQ(whole.filled[at], fill);
            }
        }
    }
}

TEST_F(TerrainTest, WideCellsHaveMeansOfPosts) {
    const Terrain terrain = model(surface, {}, 3000, 2400); // cells of the reduced level: three posts
    TileHeights heights, wide;
    const Window window{2, 3, 40, 30};
    for (const double resolution : {15.5, 40.0, 160.0}) {
        const Grid cells = grid(resolution, west + 200, north - 200);
        terrain.cell_heights(cells, window, wide);
        ASSERT_EQ(wide.height.size(), 1200U);
        EXPECT_TRUE(wide.filled.empty());
        EXPECT_EQ(wide.range.min, range_of(wide.height).min);
        EXPECT_EQ(wide.range.max, range_of(wide.height).max);
        for (int k = 0; k < 1200; ++k) {
            const double x = cells.x(static_cast<double>(window.col + k % 40)),
                         y = cells.y(static_cast<double>(window.row + k / 40));
            ASSERT_NEAR(static_cast<double>(wide.height[static_cast<std::size_t>(k)]), terrain.reduced_height_at(x, y),
                        1e-3);
        }
    }
    terrain.heights(grid(14.5), window, heights);
    terrain.cell_heights(grid(14.5), window, wide); // narrower: as they are
    EXPECT_EQ(wide.height, heights.height);

    const Grid beyond = grid(100, west - 1000, north + 1000);
    for (const OutsideTerrain outside : {OutsideTerrain::gap, OutsideTerrain::constant}) {
        config.outside = outside;
        config.outside_height_m = 77;
        const Terrain bordered(config, resolve_crs(utm), "");
        bordered.heights(beyond, {0, 0, 20, 20}, heights);
        bordered.cell_heights(beyond, {0, 0, 20, 20}, wide);
        for (std::size_t k = 0; k < 400; ++k) {
            const bool outer = k % 20 < 10 || k / 20 < 10;
            EXPECT_EQ(std::isnan(wide.height[k]), std::isnan(heights.height[k])) << k;
            if (outer && outside == OutsideTerrain::constant) {
                EXPECT_EQ(wide.height[k], 77) << k;
            }
        }
    }
}

TEST_F(TerrainTest, NodataIsAHoleWhetherItCouldBeAHeightOrNot) {
    for (const double nodata : {-9999.0, 250.0}) {
        const auto value = [&](int c, int r) { return c == 300 && r == 20 ? nodata : surface(c, r); };
        const Terrain terrain = model(value, nodata, 600, 300); // blocks with and without holes
        for (const int col : {100, 300}) {
            TileHeights heights;
            terrain.heights(grid(10), {col, 20, 1, 1}, heights);
            EXPECT_EQ(heights.filled.empty(), col == 100) << nodata;
            EXPECT_NEAR(static_cast<double>(heights.height[0]), surface(col, 20), col == 100 ? 1e-3 : 5) << nodata;
        }
    }
}

/// Knows one model, whatever its files.
class OneOverview : public TerrainOverviews {
public:
    std::shared_ptr<const TerrainOverview> find(const std::vector<std::filesystem::path>& files) override {
        asked = files;
        return known;
    }
    void keep(std::shared_ptr<const TerrainOverview> overview) override { known = std::move(overview); }

    std::vector<std::filesystem::path> asked;
    std::shared_ptr<const TerrainOverview> known;
};

TEST_F(TerrainTest, AnOverviewStandsForTheReadingOfAllPosts) {
    const auto value = [](int c, int r) { return c > 300 && c < 420 ? -9999 : surface(c, r); };
    const Terrain read = model(value, -9999, 700, 600);
    OneOverview overviews;
    const Terrain first(config, resolve_crs(utm), "", &overviews);
    EXPECT_EQ(overviews.asked, std::vector{config.file});
    ASSERT_TRUE(overviews.known);
    const auto known = overviews.known;
    const Terrain again(config, resolve_crs(utm), "", &overviews);
    EXPECT_EQ(overviews.known, known); // nothing was made anew
    for (const Terrain* terrain : {&first, &again}) {
        EXPECT_EQ(terrain->range().min, read.range().min);
        EXPECT_EQ(terrain->range().max, read.range().max);
        EXPECT_EQ(terrain->reduced_spacing(), read.reduced_spacing());
        for (const double at : {55.0, 2700.0, 3300.0, 5990.0}) {
            EXPECT_EQ(terrain->reduced_height_at(west + at, north - at), read.reduced_height_at(west + at, north - at));
            const Bounds bounds{west + at - 50, north - at - 50, west + at + 50, north - at + 50};
            EXPECT_EQ(terrain->range_within(bounds).min, read.range_within(bounds).min);
            EXPECT_EQ(terrain->range_within(bounds).max, read.range_within(bounds).max);
        }
        TileHeights expected, heights; // holes are filled from the overview
        read.heights(grid(10), {280, 100, 200, 50}, expected);
        terrain->heights(grid(10), {280, 100, 200, 50}, heights);
        EXPECT_EQ(heights.height, expected.height);
        EXPECT_EQ(heights.filled, expected.filled);
    }
    model(value, -9999, 900, 600); // another model's does not fit
    const Terrain other(config, resolve_crs(utm), "", &overviews);
    EXPECT_NE(overviews.known, known);
    EXPECT_EQ(other.range().max, Terrain(config, resolve_crs(utm), "").range().max);
}

/// What a model of some width holds, found one post after the other; every `stride`-th is taken along both.
void expect_overview(const TerrainOverview& overview, const std::function<double(int, int)>& value, double nodata,
                     int cols, int rows, int stride) {
    const auto taken = [&](int col, int row) {
        return static_cast<float>(value(col * stride + stride / 2, row * stride + stride / 2));
    };
    const int cell = static_cast<int>(overview.cell) / stride;
    ASSERT_EQ(overview.width, (cols + cell - 1) / cell);
    ASSERT_EQ(overview.height, (rows + cell - 1) / cell);
    float lowest = 1e9F, highest = -1e9F;
    for (int y = 0; y < overview.height; ++y) {
        for (int x = 0; x < overview.width; ++x) {
            double sum = 0, count = 0;
            for (int row = y * cell; row < std::min(rows, (y + 1) * cell); ++row) {
                for (int col = x * cell; col < std::min(cols, (x + 1) * cell); ++col) {
                    const float post = taken(col, row);
                    if (post == static_cast<float>(nodata)) continue;
                    sum += static_cast<double>(post), ++count;
                    lowest = std::min(lowest, post), highest = std::max(highest, post);
                }
            }
            if (count == 0) continue;
            const auto at = static_cast<std::size_t>(y) * static_cast<std::size_t>(overview.width) + x;
            ASSERT_NEAR(static_cast<double>(overview.reduced[at]), sum / count, 1e-3) << x << ' ' << y;
        }
    }
    EXPECT_EQ(overview.heights.min, lowest);
    EXPECT_EQ(overview.heights.max, highest);
    for (std::size_t block = 0; block < overview.ranges.size(); ++block) {
        const auto across = static_cast<int>(range_blocks(cols * stride));
        const int left = static_cast<int>(block) % across * range_block,
                  top = static_cast<int>(block) / across * range_block;
        float low = 1e9F, high = -1e9F;
        bool known = stride == 1;
        for (int row = top; known && row < std::min(rows, top + range_block); ++row) {
            for (int col = left; col < std::min(cols, left + range_block); ++col) {
                const float post = taken(col, row);
                known = known && post != static_cast<float>(nodata);
                low = std::min(low, post), high = std::max(high, post);
            }
        }
        EXPECT_EQ(overview.ranges[block].min <= overview.ranges[block].max, known) << block;
        if (!known) continue;
        EXPECT_EQ(overview.ranges[block].min, low) << block;
        EXPECT_EQ(overview.ranges[block].max, high) << block;
    }
}

TEST_F(TerrainTest, AnOverviewIsTheSameHoweverManyMakeIt) {
    struct Model {
        int width, height, stride;
        std::function<double(int, int)> value;
        std::vector<std::vector<const char*>> layouts;
    };
    const std::vector<Model> models = {
        {1500,
         3100,
         1,
         [](int c, int r) { return c > 900 && c < 1310 && r % 700 < 300 ? -9999 : surface(c, r); },
         {{}, {"TILED=YES"}, {"TILED=YES", "COMPRESS=DEFLATE"}, {"TILED=YES", "BLOCKXSIZE=80", "BLOCKYSIZE=48"}}},
        {8100,
         8000,
         2, // strips are read by GDAL, every other line
         [](int c, int r) { return c < 7000 || r > 300 ? -9999 : surface(c, r); },
         {{"SPARSE_OK=TRUE"}, {"SPARSE_OK=TRUE", "TILED=YES"}}}};
    config.heights = "same_as_poses";
    for (const Model& model : models) {
        std::shared_ptr<const TerrainOverview> first;
        for (const auto& options : model.layouts) {
            config.file = write_raster(folder / "dem.tif", model.width, model.height, west, north, 10, -10, utm,
                                       model.value, -9999, options);
            for (const int threads : {1, 2, 5}) {
                OneOverview overviews;
                const Terrain terrain(config, resolve_crs(utm), "", &overviews,
                                      std::make_shared<PostCache>(0, threads));
                const TerrainOverview& made = *overviews.known;
                if (!first) {
                    first = overviews.known;
                    expect_overview(made, model.value, -9999, model.width / model.stride, model.height / model.stride,
                                    model.stride);
                }
                EXPECT_EQ(made.reduced, first->reduced);
                EXPECT_EQ(made.cell, first->cell);
                EXPECT_EQ(made.heights.min, first->heights.min);
                EXPECT_EQ(made.heights.max, first->heights.max);
                ASSERT_EQ(made.ranges.size(), first->ranges.size());
                for (std::size_t i = 0; i < made.ranges.size(); ++i) {
                    EXPECT_EQ(made.ranges[i].min, first->ranges[i].min);
                    EXPECT_EQ(made.ranges[i].max, first->ranges[i].max);
                }
            }
        }
    }
}

TEST_F(TerrainTest, PostsAreTheSameHoweverManyAreHeld) {
    constexpr int width = 1300, height = 900;
    constexpr std::int64_t posts = std::int64_t{4} * width * height, tiles = std::int64_t{4} * 1536 * 1024;
    const auto value = [](int c, int r) { return c > 700 && c < 720 && r > 100 ? -9999 : surface(c, r); };
    struct Layout {
        std::vector<const char*> options;
        std::int64_t all, block; ///< bytes, as held: all, and of the largest block
        bool held;               ///< once read
    };
    constexpr std::int64_t one = std::int64_t{4} * 2048 * 1024;
    const std::vector<Layout> layouts = {
        {{}, posts, posts / 4, false},
        {{"TILED=YES"}, tiles, posts / 4, false},
        {{"TILED=YES", "BLOCKXSIZE=2048", "BLOCKYSIZE=1024"}, one, one, false},
        {{"COMPRESS=DEFLATE", "PREDICTOR=3"}, posts, posts / 4, true},
        {{"COMPRESS=DEFLATE", "TILED=YES"}, tiles, posts / 4, true},
        {{"COMPRESS=LZW", "TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128"}, posts, posts / 4, true}};
    config.heights = "same_as_poses";
    std::optional<TileHeights> expected;
    for (const auto& [options, all, block, held] : layouts) {
        config.file = write_raster(folder / "dem.tif", width, height, west, north, 10, -10, utm, value, -9999, options);
        for (const auto& [budget, threads] : {std::pair(std::int64_t{0}, 1), {all / 4, 1}, {all, 1}, {all, 3}}) {
            const auto cache = std::make_shared<PostCache>(budget, threads);
            const Terrain terrain(config, resolve_crs(utm), "", nullptr, cache);
            const std::int64_t around_tiles = (std::int64_t{2} << 20) * std::max(2, threads);
            EXPECT_EQ(cache->model_bytes(), held ? all : std::min(all, around_tiles));
            EXPECT_EQ(cache->blocks().bytes_held() == all, held && budget == all);
            EXPECT_EQ(cache->blocks().bytes_held() == 0, !held || budget == 0);
            TileHeights heights;
            for (const Window& window : {Window{-20, -30, 300, 200}, Window{500, 300, 512, 512}, Window{90, 0, 8, 880}})
                terrain.heights(grid(10), window, heights);
            terrain.heights(grid(7, west - 300, north + 200), {0, 0, 1800, 1200}, heights);
            EXPECT_LE(cache->blocks().bytes_held(), std::max(budget, block)); // one at least
            if (!expected) expected = heights;
            EXPECT_EQ(heights.filled, expected->filled);
            ASSERT_EQ(heights.height.size(), expected->height.size());
            EXPECT_EQ(std::memcmp(heights.height.data(), expected->height.data(), 4 * heights.height.size()), 0);
            EXPECT_EQ(heights.range.min, expected->range.min);
            EXPECT_EQ(heights.range.max, expected->range.max);
        }
    }
}

TEST_F(TerrainTest, PostsThatAreHeldAreNotReadAgain) {
    config.heights = "same_as_poses";
    config.file = write_raster(folder / "dem.tif", 700, 600, west, north, 10, -10, utm, surface, {},
                               {"COMPRESS=DEFLATE", "TILED=YES"});
    const auto cache = std::make_shared<PostCache>(std::int64_t{64} << 20);
    const Terrain one(config, resolve_crs(utm), "", nullptr, cache);
    const Terrain other(config, resolve_crs(utm), "", nullptr, cache);
    EXPECT_EQ(cache->model_bytes(), std::int64_t{4} * 768 * 768); // whole blocks of one file
    std::filesystem::resize_file(config.file, 400);               // the header, no posts
    TileHeights heights;
    for (const Terrain* terrain : {&one, &other}) {
        terrain->heights(grid(10), {100, 50, 400, 400}, heights);
        EXPECT_NEAR(static_cast<double>(heights.height[0]), expected_height(west + 1005, north - 505), 1e-3);
    }
    EXPECT_NE(input_error([&] { Terrain(config, resolve_crs(utm), ""); }), "");
}

TEST_F(TerrainTest, GlancesAtPostsWithoutOpeningAModel) {
    const Terrain terrain = model([](int c, int r) { return c == 3 ? -9999 : surface(c, r); }, -9999);
    config.offset_m = 2;
    using Points = std::vector<std::pair<double, double>>;
    const Points points = {{west + 12, north - 29}, {west + 36, north - 5}, {west - 20, north - 5}};
    const std::vector<double> heights = Terrain::glance(config, resolve_crs(utm), "", points);
    ASSERT_EQ(heights.size(), 3U);
    EXPECT_NEAR(heights[0], surface(1, 2) + 2, 1e-4);
    EXPECT_TRUE(std::isnan(heights[1]));                                // a hole
    EXPECT_TRUE(std::isnan(heights[2]));                                // beyond
    const std::vector<double> opened = terrain.nearest_heights(points); // without the offset
    EXPECT_DOUBLE_EQ(opened[0], heights[0] - 2);
    EXPECT_TRUE(std::isnan(opened[1]) && std::isnan(opened[2]));
    EXPECT_TRUE(terrain.nearest_heights(Points()).empty());
    const TerrainConfig whole = config;
    const Points last = {{west + 5, north - 5995}};
    config.file = write_raster(folder / "cut.tif", 700, 600, west, north, 10, -10, utm, surface);
    std::filesystem::resize_file(config.file, std::filesystem::file_size(config.file) / 2);
    EXPECT_NE(input_error([&] { Terrain::glance(config, resolve_crs(utm), "", last); }), "");
    config = whole;
    config.heights = "egm96";
    EXPECT_EQ(input_error([&] { Terrain::glance(config, resolve_crs(utm), "", {}); }),
              input_error([&] { Terrain(config, resolve_crs(utm), ""); }));
    config.file = folder / "none.tif";
    EXPECT_NE(input_error([&] { Terrain::glance(config, resolve_crs(utm), "", {}); }), "");
}

TEST_F(TerrainTest, LargeWindowsAreReadInParts) {
    // 3000 x 2000 posts under one tile: more than is held at a time.
    const Terrain terrain = model([](int c, int r) { return 100 + 0.1 * c + 0.05 * r; }, {}, 3000, 2000);
    const Grid g = grid(60);
    TileHeights heights;
    terrain.heights(g, {0, 0, 500, 330}, heights);
    for (int row = 1; row < 330; row += 47) {
        for (int col = 1; col < 500; col += 31) {
            const double c = (col + 0.5) * 6 - 0.5, r = (row + 0.5) * 6 - 0.5;
            EXPECT_NEAR(heights.height[static_cast<std::size_t>(row) * 500 + col], 100 + 0.1 * c + 0.05 * r, 1e-3);
        }
    }
}

TEST_F(TerrainTest, HolesOfEveryKindAreFilledAndFlagged) {
    const auto plane = [](int c, int r) { return 200 + 2.0 * c - r; };
    const Terrain terrain = model(
        [&](int c, int r) -> double {
            if (c >= 10 && c < 14 && r >= 10 && r < 14) return -32767; // tagged
            if (c >= 30 && c < 34 && r >= 10 && r < 14) return nan;    // not tagged
            if (c >= 10 && c < 14 && r >= 25 && r < 29) return 1e30;   // absurd
            if (c >= 30 && c < 34 && r >= 25 && r < 29) return -600;
            return plane(c, r);
        },
        -32767);
    EXPECT_EQ(terrain.range().min, static_cast<float>(plane(0, 39)));
    EXPECT_EQ(terrain.range().max, static_cast<float>(plane(59, 0)));
    const Grid g = grid(10);
    TileHeights heights;
    terrain.heights(g, {0, 0, 60, 40}, heights);
    ASSERT_EQ(heights.filled.size(), heights.height.size());
    int filled = 0;
    for (int r = 0; r < 40; ++r) {
        for (int c = 0; c < 60; ++c) {
            const std::size_t at = static_cast<std::size_t>(r) * 60 + c;
            filled += heights.filled[at];
            ASSERT_NEAR(heights.height[at], plane(c, r), heights.filled[at] ? 7 : 1e-4) << c << " " << r;
        }
    }
    EXPECT_EQ(filled, 4 * 16);
}

TEST_F(TerrainTest, TransparentPostsAreHoles) {
    for (const bool nodata : {false, true}) {
        const auto opaque = write_raster(
            folder / "opaque.tif", 60, 40, west, north, 10, -10, utm, [](int, int) { return 250; },
            nodata ? std::optional(-32767.0) : std::nullopt);
        config.file = folder / "transparent.tif";
        config.heights = "same_as_poses";
        GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("GTiff");
        const std::unique_ptr<GDALDataset> from(GDALDataset::Open(opaque.c_str(), GDAL_OF_RASTER));
        std::unique_ptr<GDALDataset> to(driver->Create(config.file.c_str(), 60, 40, 2, GDT_Float32, nullptr));
        double g[6];
        from->GetGeoTransform(g);
        to->SetGeoTransform(g);
        to->SetSpatialRef(from->GetSpatialRef());
        if (nodata) to->GetRasterBand(1)->SetNoDataValue(-32767);
        to->GetRasterBand(2)->SetColorInterpretation(GCI_AlphaBand);
        to->GetRasterBand(1)->Fill(250);
        to->GetRasterBand(2)->Fill(255);
        std::vector<float> high(16, 999), none(16, 0);
        for (auto [band, values] : {std::pair(1, &high), {2, &none}})
            ASSERT_EQ(to->GetRasterBand(band)->RasterIO(GF_Write, 20, 10, 4, 4, values->data(), 4, 4, GDT_Float32, 0, 0,
                                                        nullptr),
                      CE_None);
        to.reset();
        const Terrain terrain(config, resolve_crs(utm), "");
        EXPECT_EQ(terrain.range().max, 250);
        TileHeights heights;
        terrain.heights(grid(10), {0, 0, 60, 40}, heights);
        ASSERT_EQ(heights.filled.size(), heights.height.size());
        EXPECT_EQ(std::count(heights.filled.begin(), heights.filled.end(), 1), 16);
    }
}

TEST_F(TerrainTest, AuxiliaryFilesCount) {
    const auto file = folder / "dem.tif";
    std::ofstream(file.string() + ".aux.xml") << "<PAMDataset><PAMRasterBand band=\"1\"><NoDataValue>0</NoDataValue>"
                                                 "<UnitType>ft</UnitType></PAMRasterBand></PAMDataset>";
    const Terrain terrain = model([](int c, int) { return c == 20 ? 0 : 1000; });
    EXPECT_EQ(terrain.files(), (std::vector<std::filesystem::path>{file, file.string() + ".aux.xml"}));
    EXPECT_NEAR(terrain.range().min, 304.8, 1e-3);
    EXPECT_NEAR(terrain.height_at(west + 400, north - 200), 304.8, 1e-3);
}

TEST_F(TerrainTest, BeyondTheModel) {
    for (const OutsideTerrain outside : {OutsideTerrain::refuse, OutsideTerrain::gap, OutsideTerrain::constant}) {
        config.outside = outside;
        config.outside_height_m = 77;
        config.offset_m = 1;
        const Terrain terrain = model([](int, int) { return 100; });
        const Grid g = grid(10, west - 30, north + 30);
        TileHeights heights;
        terrain.heights(g, {0, 0, 10, 10}, heights);
        EXPECT_EQ(heights.height[3 * 10 + 3], 101); // the first post
        EXPECT_EQ(heights.height[9 * 10 + 9], 101);
        const bool constant = outside == OutsideTerrain::constant;
        EXPECT_EQ(heights.filled.empty(), !constant);
        const float beyond = heights.height[2 * 10 + 3];
        if (constant) {
            EXPECT_EQ(beyond, 78);
            EXPECT_EQ(heights.filled[2 * 10 + 3], 1);
            EXPECT_EQ(heights.filled[3 * 10 + 3], 0);
            EXPECT_EQ(terrain.height_at(west - 100, north), 78);
            EXPECT_EQ(terrain.range().min, 78);
        } else {
            EXPECT_TRUE(std::isnan(beyond));
            EXPECT_TRUE(std::isnan(terrain.height_at(west - 100, north)));
            EXPECT_EQ(heights.range.min, 101);
        }
        // Wholly outside.
        terrain.heights(g, {2000, 2000, 8, 8}, heights);
        EXPECT_EQ(std::isnan(heights.height[0]), !constant);
        const std::pair<double, double> points[] = {
            {west + 1, north - 1}, {west - 1, north}, {west, north + 1}, {west + 600, north - 400}};
        EXPECT_EQ(terrain.coverage(points), 0.5);
    }
}

TEST_F(TerrainTest, ScaleAndOffsetOfTheBandCount) {
    config.file = write_raster(folder / "scaled.tif", 8, 8, west, north, 10, -10, utm, [](int, int) { return 5000; });
    {
        const std::unique_ptr<GDALDataset> dataset(GDALDataset::Open(config.file.c_str(), GDAL_OF_UPDATE));
        dataset->GetRasterBand(1)->SetScale(0.1);
        dataset->GetRasterBand(1)->SetOffset(-100);
    }
    config.heights = "same_as_poses";
    EXPECT_NEAR(Terrain(config, resolve_crs(utm), "").height_at(west + 40, north - 40), 400, 1e-4);
}

TEST_F(TerrainTest, UnitsOfHeights) {
    config.heights = "same_as_poses";
    const auto height_in = [&](const std::string& unit, const std::string& crs = utm) {
        config.file = write_raster(folder / "unit.tif", 8, 8, west, north, 10, -10, crs, [](int, int) { return 100; });
        if (!unit.empty()) {
            const std::unique_ptr<GDALDataset> dataset(GDALDataset::Open(config.file.c_str(), GDAL_OF_UPDATE));
            dataset->GetRasterBand(1)->SetUnitType(unit.c_str());
        }
        return Terrain(config, resolve_crs(utm), "").height_at(west + 40, north - 40);
    };
    for (const char* unit : {"", "m", "metre", "Meters", "METRES", "m."})
        EXPECT_NEAR(height_in(unit), 100, 1e-4) << unit;
    for (const char* unit : {"ft", "FT", "foot", "feet", "Feet", "International Foot"})
        EXPECT_NEAR(height_in(unit), 30.48, 1e-4) << unit;
    for (const char* unit : {"us-ft", "usft", "US survey foot", "us_survey_feet", "US Survey Feet", "ftUS", "Foot_US"})
        EXPECT_NEAR(height_in(unit), 100 * 1200.0 / 3937, 1e-5) << unit;
    EXPECT_NEAR(height_in("dm"), 10, 1e-5);
    EXPECT_NEAR(height_in("cm"), 1, 1e-6);
    EXPECT_NEAR(height_in("mm"), 0.1, 1e-7);
    EXPECT_NEAR(height_in("", utm + "+6360"), 100 * 1200.0 / 3937, 1e-5) << "NAVD88 height (ftUS)";
    EXPECT_NEAR(height_in("m", utm + "+6360"), 100, 1e-4) << "the band knows better";
    const std::string text = input_error([&] { height_in("fathom"); });
    EXPECT_NE(
        text.find("terrain.file: found heights in 'fathom'; allowed are m, dm, cm, mm, km, ft and us-ft (US survey "
                  "foot), or their names; say which with gdal_edit.py -units"),
        std::string::npos)
        << text;

    // formats that keep no unit of a band say it by the CRS alone
    height_in("", utm + "+6360");
    const std::unique_ptr<GDALDataset> tiff(GDALDataset::Open(config.file.c_str(), GDAL_OF_RASTER));
    config.file = folder / "unit.vrt";
    GDALClose(GetGDALDriverManager()->GetDriverByName("VRT")->CreateCopy(config.file.c_str(), tiff.get(), FALSE,
                                                                         nullptr, nullptr, nullptr));
    std::string text_of_vrt;
    {
        std::ifstream in(config.file);
        text_of_vrt.assign(std::istreambuf_iterator<char>(in), {});
    }
    if (const auto at = text_of_vrt.find("<UnitType>"); at != std::string::npos)
        text_of_vrt.erase(at, text_of_vrt.find("</UnitType>") + 11 - at);
    std::ofstream(config.file) << text_of_vrt;
    EXPECT_NEAR(Terrain(config, resolve_crs(utm), "").height_at(west + 40, north - 40), 100 * 1200.0 / 3937, 1e-5);
}

TEST_F(TerrainTest, OtherCrsThanTheMap) {
    // A model in longitude and latitude under a UTM map.
    const auto ramp = [](double lon, double lat) { return 500 + 4000 * (lon - 9) + 3000 * (lat - 47.8); };
    const double d = 1.0 / 7200;
    config.file = write_raster(folder / "geo.tif", 700, 700, 8.98, 47.88, d, -d, "EPSG:4326",
                               [&](int c, int r) { return ramp(8.98 + (c + 0.5) * d, 47.88 - (r + 0.5) * d); });
    config.heights = "same_as_poses";
    const Terrain terrain(config, resolve_crs(utm), "");
    const Grid g = grid(5, 500000, 5300000);
    TileHeights heights;
    terrain.heights(g, {0, 0, 512, 512}, heights);
    OGRSpatialReference map, geographic;
    map.importFromEPSG(32632);
    geographic.importFromEPSG(4326);
    geographic.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    const std::unique_ptr<OGRCoordinateTransformation> proj(OGRCreateCoordinateTransformation(&map, &geographic));
    double worst = 0;
    for (int row = 0; row < 512; row += 3) {
        for (int col = 0; col < 512; col += 5) {
            double x = g.x(col), y = g.y(row);
            ASSERT_TRUE(proj->Transform(1, &x, &y));
            worst = std::max(worst, std::abs(heights.height[static_cast<std::size_t>(row) * 512 + col] - ramp(x, y)));
        }
    }
    // 0.02 post is 0.011 m of height here.
    EXPECT_LT(worst, 0.0115);
    double x = 501234, y = 5299000;
    const double reduced = terrain.reduced_height_at(x, y);
    ASSERT_TRUE(proj->Transform(1, &x, &y));
    EXPECT_NEAR(reduced, ramp(x, y), 0.05);
}

TEST_F(TerrainTest, KnowsTheFilesItComesFrom) {
    const Terrain alone = model([](int, int) { return 100; });
    EXPECT_EQ(alone.files(), std::vector{config.file});
    EXPECT_TRUE(alone.sources().empty() && alone.geoid_files().empty());

    const auto grid =
        write_raster(folder / "geoid.tif", 361, 181, -180.5, 90.5, 1, -1, "EPSG:4326", [](int, int) { return 40; });
    const auto tile = config.file;
    config.heights = grid;
    config.file = folder / "dem.vrt";
    ASSERT_EQ(std::system(("gdalbuildvrt -q " + config.file.string() + " " + tile.string()).c_str()), 0);
    const Terrain virtual_one(config, resolve_crs(utm), "ellipsoidal");
    EXPECT_EQ(virtual_one.files(), std::vector{config.file});
    EXPECT_EQ(virtual_one.sources(), std::vector{tile});
    EXPECT_EQ(virtual_one.geoid_files(), std::vector{grid});
}

TEST_F(TerrainTest, FlatTerrainNeedsNothing) {
    config.offset_m = 123;
    const Terrain terrain(config, resolve_crs(utm), "");
    TileHeights heights;
    terrain.heights(grid(1), {5, 5, 3, 2}, heights);
    EXPECT_EQ(heights.height, std::vector<float>(6, 123));
    EXPECT_EQ(terrain.height_at(0, 0), 123);
    EXPECT_EQ(terrain.range().max, 123);
    const std::pair<double, double> points[] = {{0, 0}};
    EXPECT_EQ(terrain.coverage(points), 1);
}

TEST_F(TerrainTest, ThreadsGetTheSameHeights) {
    const Terrain terrain = model(surface, {}, 400, 400);
    const Grid g = grid(3);
    TileHeights expected;
    terrain.heights(g, {0, 0, 512, 512}, expected);
    std::vector<int> wrong(4, 0);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 5; ++i) {
                TileHeights heights;
                terrain.heights(g, {0, 0, 512, 512}, heights);
                wrong[t] += heights.height != expected.height;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST_F(TerrainTest, RealModels) {
    REQUIRE_REAL_DATA();
    config.heights = "same_as_poses";
    config.file = test::real_data() / "pleiades/dsm.tif";
    const Terrain quarry(config, resolve_crs("EPSG:32631"), "ellipsoidal");
    Grid g;
    g.crs_wkt = resolve_crs("EPSG:32631");
    g.west = 698053.031;
    g.north = 4792984.069;
    g.resolution = 0.5;
    TileHeights heights;
    quarry.heights(g, {0, 0, 865, 855}, heights);
    double filled = 0;
    for (std::size_t i = 0; i < heights.height.size(); ++i) {
        ASSERT_TRUE(heights.height[i] >= quarry.range().min && heights.height[i] <= quarry.range().max);
        filled += heights.filled[i];
    }
    EXPECT_NEAR(filled / (865 * 855), 0.42, 0.01); // data/README.md: 42 % holes
}

TEST_F(TerrainTest, SaysWhatIsWrong) {
    const auto error = [&] {
        std::string text = input_error([&] { Terrain(config, resolve_crs(utm), ""); });
        const std::string prefix = folder.path().string() + "/";
        for (std::size_t at; (at = text.find(prefix)) != std::string::npos;) text.erase(at, prefix.size());
        return text;
    };
    config.heights = "same_as_poses";
    config.file = folder / "none.tif";
    EXPECT_EQ(error(), "none.tif: terrain.file: the file does not exist; relative paths are relative to the config");
    config.file = write_raster(folder / "empty.tif", 4, 4, west, north, 10, -10, utm, [](int, int) { return nan; });
    EXPECT_EQ(error(), "empty.tif: terrain.file: the terrain holds no height between -500 and 9000 m");
    config.file = write_raster(folder / "nocrs.tif", 4, 4, west, north, 10, -10, "", [](int, int) { return 1; });
    EXPECT_EQ(error(), "nocrs.tif: terrain.file: the terrain names no coordinate reference system; assign one with "
                       "gdal_edit.py -a_srs");
    const auto write_vrt = [&](const std::string& name, const std::string& source) {
        std::ofstream(folder / name)
            << "<VRTDataset rasterXSize=\"2\" rasterYSize=\"2\"><VRTRasterBand dataType=\"Byte\" band=\"1\">"
            << "<SimpleSource><SourceFilename>" << source
            << "</SourceFilename><SourceBand>1</SourceBand></SimpleSource>"
            << "</VRTRasterBand></VRTDataset>";
    };
    write_vrt("far.vrt", "/usr/share/proj/egm96_15.gtx");
    config.file = folder / "far.vrt";
    EXPECT_EQ(error(), "far.vrt: terrain.file: this VRT leads to /usr/share/proj/egm96_15.gtx, outside its own folder; "
                       "that is not followed");
    for (const auto& [name, source] : {std::pair("a.vrt", "b.vrt"), {"b.vrt", "c.vrt"}, {"c.vrt", "a.vrt"}})
        write_vrt(name, (folder / source).string());
    config.file = folder / "a.vrt";
    EXPECT_EQ(error(), "c.vrt: terrain.file: this VRT leads to a.vrt, which leads back to it");
}

} // namespace
} // namespace overflight
