// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "core/grid.h"

#include <filesystem>
#include <string>
#include <vector>

// Scenes with known truth, rendered by the simulator and worked on by the pipeline from files to products.
namespace overflight::accuracy {

/// A band of a raster; NaN where it holds no data.
struct Image {
    Grid grid;
    std::vector<float> values;

    std::int64_t width() const { return grid.width; }
    std::int64_t height() const { return grid.height; }
    float at(std::int64_t col, std::int64_t row) const {
        return values[static_cast<std::size_t>(row * grid.width + col)];
    }
};

/// Ground coordinates in the CRS of the scene, and where the simulator's own camera sees them in a frame.
struct CheckPoint {
    int id = 0;
    double x = 0, y = 0, z = 0;
    std::string frame; ///< without ending
    double col = 0, row = 0;
};

class FlownScene {
public:
    /// Renders tests/accuracy/scenes/<name>.toml into <folder>/<name>: all of its missions, or those named.
    FlownScene(const std::string& name, const std::filesystem::path& folder,
               const std::vector<std::string>& missions = {});

    const std::filesystem::path& folder() const { return folder_; }
    const std::filesystem::path& scene_file() const { return scene_file_; }

    /// The run config that the simulator wrote, without its change products and quick-looks.
    Config config() const;
    /// Runs it. Throws RunError where anything is missing.
    static void run(const Config& config);

    /// Of a mission that was run under `config`, band 0.
    static Image mosaic(const Config& config, const std::string& mission);
    Image true_ortho(const std::string& mission) const;
    /// Those that a frame of the mission sees.
    std::vector<CheckPoint> check_points(const std::string& mission) const;

private:
    std::filesystem::path folder_, scene_file_;
};

/// A mission of the config under the name "rpc_<name>": the same frames, by the coefficients beside them.
MissionConfig with_rpc(const Config& config, const std::string& name);

/// A band (from 0) of any georeferenced raster that GDAL reads, or of a frame without georeference.
Image read_image(const std::filesystem::path& file, int band = 0);

} // namespace overflight::accuracy
