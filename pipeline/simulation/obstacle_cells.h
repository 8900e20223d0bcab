// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulation/ground_patch.h"
#include "simulation/object_shapes.h"
#include "simulation/scene_view.h"
#include "simulation/sight_lines.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace overflight::simulation {

/// What a block of a frame's pixels has to be tested against: the ground below it and, by cells of 16 x 16 pixels,
/// the objects that lines of sight and the sun's rays may meet. Lists may be too long, never too short.
class ObstacleCells {
public:
    static constexpr int bits = 4, size = 1 << bits;

    /// An object with what is asked first: whether a line passes near its axis at all.
    struct Obstacle {
        double x = 0, y = 0, radius2 = 0, top = 0;
        const SceneObject* object = nullptr;

        bool near(const Line& line, double tangent2) const {
            const double dx = line.x - x, dy = line.y - y, aside = dx * line.ty - dy * line.tx;
            return tangent2 > 0 ? aside * aside <= radius2 * tangent2 : dx * dx + dy * dy <= radius2;
        }
    };
    /// `seen`: by lines of sight that end on the ground of the cell. `shading_ground`, `shading_objects`: on the way to
    /// the sun from what is seen there. Highest first.
    enum List : std::uint8_t { seen, shading_ground, shading_objects, lists };

    /// For width x height pixels from (col, row) on. False where the block must be seen line by line: horizon in view,
    /// lines so flat that they may meet the ground twice, too wide an area.
    bool survey(const SightLines& lines, int col, int row, int width, int height, const Scene& scene, SceneView& view);

    const GroundPatch& ground() const { return ground_; }

    /// Cell of a pixel of the block.
    int cell_of(int col, int row) const { return (row >> bits) * cols_ + (col >> bits); }

    std::span<const Obstacle> list(List which, int cell) const {
        const auto [first, end] = cells_[static_cast<std::size_t>(cell)].range[which];
        return {obstacles_.data() + first, end - first};
    }

private:
    struct Cell {
        std::array<std::pair<std::uint32_t, std::uint32_t>, lists> range{};
    };
    void collect(const SceneView& view, const std::vector<SightLine>& corners, double lowest, double sky);

    int cols_ = 0, rows_ = 0;
    GroundPatch ground_;
    std::vector<SceneObject> objects_;
    std::vector<Obstacle> obstacles_;
    std::vector<Cell> cells_;
};

} // namespace overflight::simulation
