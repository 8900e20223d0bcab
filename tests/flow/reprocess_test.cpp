// SPDX-License-Identifier: Apache-2.0
// A run over products that are there, after a part of the input has changed: what is made anew is counted against
// footprints computed here, and the bytes are those of a run from nothing.
#include "core/grid.h"
#include "core/progress.h"
#include "io/product.h"
#include "simulation/simulate.h"
#include "support/program.h"
#include "support/temporary_folder.h"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <vector>

namespace overflight {
namespace {

/// 16 frames of mission "one" in four lines of four, looking straight down, their sides along the axes.
constexpr const char* scene = R"(
[output]
folder = "."
resolution_m = 0.5
check_points = 0
[scene]
seed = 6
width_m = 300
height_m = 300
center_x = 512000
center_y = 5424000
[terrain]
relief = "fractal"
relief_m = 5
wavelength_m = 500
[[camera]]
id = "v"
model = "brown"
width = 240
height = 200
focal_mm = 10
pixel_um = 10
[[mission]]
name = "one"
overlap = 0.3
gain_spread = 0.05
[[mission]]
name = "two"
overlap = 0.3
flying_height_m = 520
shift = 0.2
[[change]]
kind = "building_new"
count = 3
)";
constexpr double half_along = 120e-3, half_across = 100e-3; ///< of a frame, a metre above the ground: 10 um at 10 mm
constexpr double lowest = 197.3, highest = 201.4;           ///< of the terrain
constexpr int reach_px = 96;                                ///< a frame counts for tiles that it comes so close to
const std::string replaced = "one_v_02_003";                ///< in the middle

struct Rectangle {
    double west = 0, south = 0, east = 0, north = 0;

    Rectangle grown(double by) const { return {west - by, south - by, east + by, north + by}; }
    bool meets(const Rectangle& o) const {
        return west < o.east && o.west < east && south < o.north && o.south < north;
    }
};

using Tiles = std::set<std::int64_t>;

class Reprocess : public testing::Test {
protected:
    static void SetUpTestSuite() {
        data_ = std::make_unique<TemporaryFolder>();
        std::ofstream(*data_ / "scene.toml") << scene;
        NoProgress silent;
        simulate(*data_ / "scene.toml", silent);
        const std::string pair = contents(*data_ / "overflight.toml");
        std::ofstream(*data_ / "lone.toml") << pair.substr(0, pair.find("[[mission]]", pair.find("[[mission]]") + 1));
    }
    static void TearDownTestSuite() { data_.reset(); }

    /// Mission "one" alone, of copies of its files that a test may change, with frozen gains.
    void freeze(const std::string& more) {
        more_ = more + own_files();
        ASSERT_EQ(run("lone", "first").exit_code, 0);
        more_ += fmt::format(" --set 'mosaic.adjustment={}'", (scratch_ / "first").string());
        const Outcome outcome = run("lone", "out");
        ASSERT_EQ(outcome.exit_code, 0) << outcome.text;
    }

    std::string own_files() {
        std::filesystem::copy(*data_ / "one", scratch_ / "one", std::filesystem::copy_options::recursive);
        std::filesystem::copy(*data_ / "terrain", scratch_ / "terrain", std::filesystem::copy_options::recursive);
        return fmt::format(
            " --set 'mission.0.frames={0}/one/frames/*.tif' --set 'mission.0.exterior={0}/one/exterior.csv' "
            "--set 'terrain.file={0}/terrain/dtm.tif'",
            scratch_.path().string());
    }

    Outcome run(const std::string& config, const std::string& to) const {
        return shell(fmt::format("'{}' run '{}' --progress off --threads 2 --set output.report=false --set "
                                 "output.quicklooks=false --set output.vectors=false --set 'output.folder={}' {}",
                                 PROGRAM, (*data_ / (config + ".toml")).string(), (scratch_ / to).string(), more_));
    }

    /// Over what is there, and from nothing: the same bytes. What the first made anew of each product, and why.
    std::map<std::string, nlohmann::json> run_again(const std::string& config,
                                                    const std::vector<std::string>& products) {
        std::map<std::string, nlohmann::json> made;
        const Outcome again = run(config, "out"), fresh = run(config, "fresh");
        EXPECT_EQ(again.exit_code, 0) << again.text;
        EXPECT_EQ(fresh.exit_code, 0) << fresh.text;
        for (const std::string& product : products)
            EXPECT_TRUE(contents(scratch_ / "out" / product) == contents(scratch_ / "fresh" / product)) << product;
        const auto report = nlohmann::json::parse(contents(scratch_ / "out" / "run.json"));
        for (const auto& tiles : report["tiles"]) made[tiles["product"]] = tiles;
        return made;
    }

    /// Some lines of it show something else.
    void replace_frame(const std::string& name, std::size_t lines) const {
        const auto path = scratch_ / "one" / "frames" / (name + ".tif");
        std::string bytes = contents(path);
        constexpr std::size_t line = 3 * 256; // as stored
        ASSERT_GT(bytes.size(), 200 * line) << "is compressed";
        for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + lines * line; ++i)
            bytes[i] = static_cast<char>(bytes[i] ^ 0x15);
        std::ofstream(path, std::ios::binary) << bytes;
    }

    /// What each frame sees, from its pose alone.
    std::map<std::string, Rectangle> footprints() const {
        std::map<std::string, Rectangle> all;
        std::ifstream file(scratch_ / "one" / "exterior.csv");
        std::string line;
        std::getline(file, line);
        while (std::getline(file, line)) {
            std::replace(line.begin(), line.end(), ',', ' ');
            std::istringstream words(line);
            std::string name;
            double x = 0, y = 0, z = 0, omega = 0, phi = 0, kappa = 0;
            words >> name >> x >> y >> z >> omega >> phi >> kappa;
            EXPECT_TRUE(omega == 0 && phi == 0 && std::abs(kappa) == 90) << line;
            const double height = z - lowest;
            all[name] = {x - half_across * height, y - half_along * height, x + half_across * height,
                         y + half_along * height};
        }
        EXPECT_EQ(all.size(), 16U);
        return all;
    }

    Grid grid() const { return ProductReader(scratch_ / "out" / "one.nc").grid(); }

    Rectangle place(std::int64_t tile) const {
        const Grid grid = this->grid();
        const Window window = Tiling(grid).window(tile);
        return {grid.west + static_cast<double>(window.col) * grid.resolution,
                grid.north - static_cast<double>(window.row + window.height) * grid.resolution,
                grid.west + static_cast<double>(window.col + window.width) * grid.resolution,
                grid.north - static_cast<double>(window.row) * grid.resolution};
    }

    /// Tiles that a frame touches. The scene is such that it does not matter how far beyond its sides one looks.
    Tiles touched_by(const Rectangle& footprint) const {
        const auto within = [&](double distance) {
            Tiles tiles;
            for (std::int64_t tile = 0; tile < Tiling(grid()).count(); ++tile)
                if (footprint.grown(distance).meets(place(tile))) tiles.insert(tile);
            return tiles;
        };
        const double relief = 0.12 * (highest - lowest) + 1;
        EXPECT_EQ(within(-relief), within(reach_px * grid().resolution + relief));
        return within(0);
    }

    static std::string contents(const std::filesystem::path& file) {
        std::ostringstream text;
        text << std::ifstream(file, std::ios::binary).rdbuf();
        return text.str();
    }

    static std::unique_ptr<TemporaryFolder> data_;
    TemporaryFolder scratch_;
    std::string more_;
};

std::unique_ptr<TemporaryFolder> Reprocess::data_;

TEST_F(Reprocess, AReplacedFrameUnderAFrozenBalance) {
    freeze("--set output.resolution_m=0.1 --set mosaic.seams=nadir");
    replace_frame(replaced, 60);
    const nlohmann::json made = run_again("lone", {"one.nc"})["one.nc"];
    const std::size_t touched = touched_by(footprints().at(replaced)).size();
    EXPECT_EQ(touched, 12U);
    EXPECT_EQ(made["computed"], touched);
    EXPECT_EQ(made["reused"], 36 - touched);
    EXPECT_EQ(made["reasons"], (nlohmann::json{{"frames", touched}}));
}

TEST_F(Reprocess, AReplacedFrameUnderAFrozenBalanceWithSeamsThatMayMove) {
    freeze("--set output.resolution_m=0.1");
    replace_frame(replaced, 60);
    const nlohmann::json made = run_again("lone", {"one.nc"})["one.nc"];
    const std::size_t touched = touched_by(footprints().at(replaced)).size();
    EXPECT_EQ(made["computed"], touched);
    EXPECT_EQ(made["reasons"], (nlohmann::json{{"frames", touched}}));
}

TEST_F(Reprocess, AReplacedFrameUnderAFreeBalance) {
    const std::string corner = "one_v_04_004"; // gains at the other end stay
    more_ = "--set output.resolution_m=0.15 --set mosaic.vignetting=false --set mosaic.view_angle=false" + own_files();
    ASSERT_EQ(run("overflight", "out").exit_code, 0);
    const auto gains = [&] {
        std::map<std::string, nlohmann::json> all;
        const auto json = nlohmann::json::parse(contents(scratch_ / "out" / "one.adjustment.json"));
        for (const auto& frame : json["frames"])
            all[std::filesystem::path(frame["name"].get<std::string>()).stem()] = {frame["gain"], frame["offset"]};
        return all;
    };
    const auto before = gains();
    replace_frame(corner, 16);
    auto made = run_again("overflight", {"one.nc", "two.nc", "one__two.nc"});
    const auto after = gains();

    const Tiles by_content = touched_by(footprints().at(corner));
    Tiles by_gain;
    std::size_t moved = 0;
    for (const auto& [name, footprint] : footprints()) {
        if (before.at(name) == after.at(name)) continue;
        ++moved;
        for (const std::int64_t tile : touched_by(footprint))
            if (!by_content.contains(tile)) by_gain.insert(tile);
    }
    EXPECT_GT(moved, 0U);
    EXPECT_LT(moved, 16U);
    EXPECT_GT(by_gain.size(), 0U);
    const nlohmann::json& mosaic = made["one.nc"];
    const nlohmann::json reasons = mosaic.value("reasons", nlohmann::json::object());
    EXPECT_EQ(reasons.value("frames", 0U), by_content.size());
    EXPECT_EQ(reasons.value("balance", 0U), by_gain.size());
    EXPECT_EQ(mosaic["computed"], by_content.size() + by_gain.size() + reasons.value("seams", 0U));
    EXPECT_GT(mosaic["reused"], 0);
    EXPECT_EQ(made["two.nc"]["computed"], 0);
    EXPECT_EQ(made["one__two.nc"]["reused"], 0) << "statistics are of all";
}

TEST_F(Reprocess, APoseThatWasCorrected) {
    freeze("--set output.resolution_m=0.1");
    const Rectangle old = footprints().at(replaced);
    const auto path = scratch_ / "one" / "exterior.csv";
    std::string text = contents(path);
    const std::size_t at = text.find(replaced + ",511965.0");
    ASSERT_NE(at, std::string::npos);
    text[at + replaced.size() + std::string(",511965.").size()] = '3';
    std::ofstream(path) << text;
    const Rectangle now = footprints().at(replaced);
    EXPECT_NEAR(now.west - old.west, 0.3, 1e-6);
    const nlohmann::json made = run_again("lone", {"one.nc"})["one.nc"];
    Tiles touched = touched_by(old);
    touched.merge(touched_by(now));
    EXPECT_EQ(made["computed"], touched.size());
    EXPECT_EQ(made["reasons"], (nlohmann::json{{"poses", touched.size()}}));
}

TEST_F(Reprocess, ASpotOfTerrainThatWasCorrected) {
    freeze("--set output.resolution_m=0.1");
    // far from where frames and tiles end, so that footprints stay and one tile has it under it
    const auto distance = [](double x, double y, const Rectangle& r) {
        const auto beside = [](double v, double low, double high) { return std::max({low - v, v - high, 0.0}); };
        if (const double out = std::hypot(beside(x, r.west, r.east), beside(y, r.south, r.north)); out > 0) return out;
        return std::min({x - r.west, r.east - x, y - r.south, r.north - y});
    };
    double best = 0, best_x = 0, best_y = 0;
    std::int64_t under = -1;
    const auto frames = footprints();
    for (std::int64_t tile = 0; tile < Tiling(grid()).count(); ++tile) {
        const Rectangle here = place(tile);
        for (double x = here.west; x < here.east; x += 2)
            for (double y = here.south; y < here.north; y += 2) {
                double nearest = distance(x, y, here);
                for (const auto& [name, footprint] : frames) nearest = std::min(nearest, distance(x, y, footprint));
                if (nearest > best) best = nearest, best_x = x, best_y = y, under = tile;
            }
    }
    ASSERT_GT(best, 15);
    {
        GDALAllRegister();
        const std::unique_ptr<GDALDataset> set(
            GDALDataset::Open((scratch_ / "terrain" / "dtm.tif").c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE));
        ASSERT_TRUE(set);
        double transform[6];
        ASSERT_EQ(set->GetGeoTransform(transform), CE_None);
        float heights[9];
        const auto spot = [&](GDALRWFlag direction) {
            return set->GetRasterBand(1)->RasterIO(direction,
                                                   static_cast<int>((best_x - transform[0]) / transform[1]) - 1,
                                                   static_cast<int>((best_y - transform[3]) / transform[5]) - 1, 3, 3,
                                                   heights, 3, 3, GDT_Float32, 0, 0, nullptr);
        };
        ASSERT_EQ(spot(GF_Read), CE_None);
        for (float& height : heights) height += height > (lowest + highest) / 2 ? -0.5F : 0.5F; // within their range
        ASSERT_EQ(spot(GF_Write), CE_None);
    }
    const std::string former = contents(scratch_ / "out" / "one.nc");
    const nlohmann::json made = run_again("lone", {"one.nc"})["one.nc"];
    EXPECT_EQ(made["computed"], 1) << "tile " << under;
    EXPECT_EQ(made["reasons"], (nlohmann::json{{"terrain", 1}}));
    EXPECT_FALSE(contents(scratch_ / "out" / "one.nc") == former);
}

} // namespace
} // namespace overflight
