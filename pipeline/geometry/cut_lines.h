// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace overflight {

/// A user's cut lines: polygons (GeoPackage or GeoJSON, of the layer `seams` where there is one, else of the first)
/// whose field `frame` names the frame to take within, by its file name with or without ending. Of polygons that
/// overlap the first counts.
class CutLines {
public:
    /// `frames`: file names of the mission. Throws InputError, with key mission.cut_lines, where the file cannot be
    /// read, says no CRS, has no polygon or no field `frame`, or names a frame that is not among them.
    CutLines(const std::filesystem::path& file, const std::string& map_crs, const std::vector<std::string>& frames);
    ~CutLines();

    /// The frame at the centre of each pixel of a window of a grid in the map CRS, row-major: its number, -1 where
    /// there is none. Safe to call from several threads.
    std::vector<std::int32_t> frames_on(const Grid& grid, const Window& window) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace overflight
