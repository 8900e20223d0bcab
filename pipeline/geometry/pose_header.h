// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/exterior.h"

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace overflight {

/// What the header of a table of poses says of its columns.
struct PoseHeader {
    struct Column {
        std::string name; ///< as the table spells it
        std::size_t place = 0;
        double scale = 1; ///< of its unit, to metres or degrees
    };

    std::size_t line = 0; ///< counted from 0
    char delimiter = ',';
    std::size_t fields = 0;
    Column frame;
    std::optional<Column> camera;
    PositionKind positions = PositionKind::grid;
    AngleKind angles = AngleKind::opk;
    /// x, y, z or longitude, latitude, altitude; omega, phi, kappa or roll, pitch, yaw.
    std::array<Column, 6> values;
};

/// Finds the header among the first lines of a table: the first line that names all columns that a pose needs, by our
/// names or those of other programs. Of several columns for one thing that counts which has our name for it; for the
/// frame, else the most definite name. Of two sets of columns those of the map position and of omega, phi, kappa count.
/// Units may stand behind a name: metres; degrees, gon, radians. Throws InputError: no such line, two columns that mean
/// the same, another unit.
PoseHeader find_pose_header(std::span<const std::string_view> lines, const std::filesystem::path& file);

} // namespace overflight
