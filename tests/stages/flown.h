// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/quality.h"
#include "stages/compose.h"
#include "stages/plan.h"
#include "stages/seam_survey.h"
#include "support/temporary_folder.h"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace overflight {

/// A mission in files: frames (of 200 x 160 pixels if not told otherwise) taken from 1000 m over flat ground, one metre
/// a pixel, the image's top north. East and north count from (500000, 5400000) in UTM 33 N, so that frame pixels lie on
/// whole metres plus a half where a frame's position is whole.
class Flown {
public:
    static constexpr double east = 500000, north = 5400000;

    using Ground = std::function<double(int band, double x, double y)>; ///< x, y from (east, north)

    explicit Flown(int width = 200, int height = 160) : width_(width), height_(height) {
        set_up_gdal(16 << 20);
        std::filesystem::create_directory(folder_ / "frames");
        std::ofstream(folder_ / "interior.yaml") << fmt::format(
            "cam:\n  type: pinhole\n  im_size: [{0}, {1}]\n  focal_len: 1000\n  sensor_size: [{0}, {1}]\n", width,
            height);
        poses_ = "filename,x,y,z,omega,phi,kappa\n";
    }

    double omega_deg = 0; ///< of frames that are added from now on

    /// A frame whose centre is over (x, y), with what `ground` is there.
    void add(const std::string& name, double x, double y, const Ground& ground, int bands = 1,
             GDALDataType type = GDT_Byte, std::optional<double> nodata = {}, bool with_pose = true) {
        GDALDataset* file = GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
            (folder_ / "frames" / (name + ".tif")).c_str(), width_, height_, bands, type, nullptr);
        std::vector<double> row(static_cast<std::size_t>(width_));
        for (int band = 0; band < bands; ++band) {
            if (nodata) file->GetRasterBand(band + 1)->SetNoDataValue(*nodata);
            for (int r = 0; r < height_; ++r) {
                for (int c = 0; c < width_; ++c)
                    row[static_cast<std::size_t>(c)] =
                        ground(band, x + c + 0.5 - width_ / 2.0, y - r - 0.5 + height_ / 2.0);
                EXPECT_EQ(file->GetRasterBand(band + 1)->RasterIO(GF_Write, 0, r, width_, 1, row.data(), width_, 1,
                                                                  GDT_Float64, 0, 0, nullptr),
                          CE_None);
            }
        }
        GDALClose(file);
        if (with_pose) poses_ += fmt::format("{},{},{},1000,{},0,0\n", name, east + x, north + y, omega_deg);
    }

    /// The config of all frames added so far; `bounds` from (east, north).
    Config config(const std::vector<std::string>& settings = {}, std::optional<Bounds> bounds = {}) const {
        std::ofstream(folder_ / "exterior.csv") << poses_;
        std::string text = "[output]\nfolder = \"out\"\nresolution_m = 1\ncrs = \"EPSG:32633\"\n";
        if (bounds)
            text += fmt::format("bounds = [{:.3f}, {:.3f}, {:.3f}, {:.3f}]\n", east + bounds->xmin,
                                north + bounds->ymin, east + bounds->xmax, north + bounds->ymax);
        text += "[[mission]]\nname = \"m\"\nframes = [\"frames/*.tif\"]\ncamera = \"frame\"\ninterior = "
                "\"interior.yaml\"\nexterior = \"exterior.csv\"\npose_space = \"map\"\npose_crs = \"EPSG:32633\"\n";
        std::ofstream(folder_ / "m.toml") << text;
        return load_config(folder_ / "m.toml", settings);
    }

    Plan plan(const std::vector<std::string>& settings = {}, std::optional<Bounds> bounds = {}) const {
        return make_plan(config(settings, bounds), 1, std::int64_t{512} << 20);
    }

    const std::filesystem::path& path() const { return folder_.path(); }

private:
    int width_, height_;
    TemporaryFolder folder_;
    std::string poses_;
};

inline std::vector<FrameHeader> headers_of(const PlannedMission& mission) {
    std::vector<FrameHeader> headers;
    for (const PlannedFrame& frame : mission.frames) headers.push_back(frame.header);
    return headers;
}

/// All tiles of a mission, composed, as one raster.
struct Mosaic {
    int width = 0, height = 0;
    std::vector<std::vector<double>> bands;
    std::vector<std::vector<double>> hard; ///< with an analysis layer: its samples, those of `bands` where it is alike
    std::vector<bool> alike;               ///< tile by tile: whether it is
    std::vector<std::uint32_t> source;
    std::vector<int> quality;

    explicit Mosaic(const Plan& plan, const FrameBalance& balance = {})
        : Mosaic(plan, balance, nadir_seams(plan.missions.front())) {}

    Mosaic(const Plan& plan, const FrameBalance& balance, const SeamMap& seams) {
        const PlannedMission& mission = plan.missions.front();
        FrameCache cache(headers_of(mission), 64 << 20, false,
                         [](const FrameCache::Gap& gap) { ADD_FAILURE() << gap.frame << ": " << gap.cause; });
        const Composer composer(mission, plan.config.mosaic, cache, balance, seams,
                                plan.config.terrain_of(mission.config).surface_error_m);
        const Tiling tiling(mission.grid);
        width = static_cast<int>(mission.grid.width);
        height = static_cast<int>(mission.grid.height);
        const auto pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
        bands.assign(static_cast<std::size_t>(mission.layout.bands), std::vector<double>(pixels));
        hard = bands;
        source.resize(pixels);
        quality.resize(pixels);
        ComposeScratch scratch;
        ComposedTile tile;
        for (std::int64_t index = 0; index < tiling.count(); ++index) {
            composer.compose(index, scratch, tile);
            alike.push_back(tile.hard_bands.empty());
            const auto& hard_bands = alike.back() ? tile.bands : tile.hard_bands;
            const Window window = tiling.window(index);
            std::int64_t valid = 0;
            for (int r = 0; r < window.height; ++r) {
                for (int c = 0; c < window.width; ++c) {
                    const auto from = static_cast<std::size_t>(r * tile.chunk_width + c);
                    const auto to = static_cast<std::size_t>((window.row + r) * width + window.col + c);
                    for (std::size_t b = 0; b < bands.size(); ++b) {
                        bands[b][to] = sample(mission.type, tile.bands[b], from);
                        hard[b][to] = sample(mission.type, hard_bands[b], from);
                    }
                    source[to] = tile.source_frame[from];
                    quality[to] = tile.quality[from];
                    valid += quality[to] & quality::valid;
                }
            }
            EXPECT_EQ(valid, tile.valid_pixels);
        }
    }

    std::size_t at(int col, int row) const { return static_cast<std::size_t>(row * width + col); }

private:
    static double sample(SampleType type, const std::vector<std::byte>& band, std::size_t at) {
        if (type == SampleType::u8) return reinterpret_cast<const std::uint8_t*>(band.data())[at];
        if (type == SampleType::u16) return reinterpret_cast<const std::uint16_t*>(band.data())[at];
        return static_cast<double>(reinterpret_cast<const float*>(band.data())[at]);
    }
};

} // namespace overflight
