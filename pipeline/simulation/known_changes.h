// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

// Files that say what changed, opened to score a mask against them.
namespace overflight::simulation {

/// A raster on the pixels of a grid, of any extent.
class TruthRaster {
public:
    /// Throws InputError where it cannot be read or its pixels are not those of the grid.
    TruthRaster(const std::filesystem::path& file, const Grid& grid);
    ~TruthRaster();

    /// Of a window of the grid: 0 unchanged, 1 changed, 255 not known.
    void read(const Window& window, std::span<std::uint8_t> out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// One object that appeared, vanished or changed: rings whose inside, by the even-odd rule, is the object.
struct KnownObject {
    struct Vertex {
        double x = 0, y = 0;
    };
    std::string kind;
    std::vector<std::vector<Vertex>> rings; ///< closed: the first vertex comes again at the end
    Bounds bounds;

    bool contains(double x, double y) const;
    double distance2(double x, double y) const; ///< squared, from the nearest edge
};

/// Throws InputError where the file cannot be read, holds no polygon or rectangle, or says another CRS.
std::vector<KnownObject> read_known_objects(const std::filesystem::path& file, const Grid& grid);

} // namespace overflight::simulation
