// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "simulation/scene_settings.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

// GDAL's side of the simulator: sources draped over the scene, and GeoTIFFs written row by row.
namespace overflight::simulation {

/// A user's terrain model, at places of the scene's CRS. For one thread.
class GroundSource {
public:
    GroundSource(const std::filesystem::path& file, const std::string& crs); ///< throws InputError
    ~GroundSource();
    /// Heights at x0 + i step, y0 + j step (j upwards), bilinear; outside: the nearest; holes: `level`.
    void read(double x0, double y0, double step, int width, int height, double level, float* out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A user's orthophoto. For one thread.
class PaintSource {
public:
    PaintSource(const std::filesystem::path& file, const std::string& crs); ///< throws InputError
    ~PaintSource();
    /// Samples over full scale (0 .. 1) at such places, `bands` a place, pixel-interleaved with a stride; a band that
    /// the photo does not have is its last one; 0 outside.
    void read(double x0, double y0, double step, int width, int height, int bands, int stride, float* out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

enum class Sample : std::uint8_t { u8, u16, f32 };

/// A tiled TIFF, 256 x 256 blocks, written from the top in strips of whole rows.
class TiffWriter {
public:
    struct Options {
        Sample sample = Sample::u8;
        int bands = 1;
        Compression compression = Compression::deflate;
        int jpeg_quality = 90;
        double nodata = 0;
        bool has_nodata = false;
    };
    /// `grid` null: a frame without georeference.
    TiffWriter(const std::filesystem::path& file, std::int64_t width, std::int64_t height, const Options& options,
               const Grid* grid);
    ~TiffWriter();
    /// `rows` rows of pixel-interleaved samples from row `row` on.
    void write(std::int64_t row, int rows, const void* samples);
    void close(); ///< throws RunError where not all of it could be written

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace overflight::simulation
