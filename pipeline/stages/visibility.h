// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "stages/plan.h"
#include "stages/rough_blocks.h"
#include "stages/sight_classes.h"
#include "stages/sight_field.h"
#include "stages/sight_sweep.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace overflight {

/// Heights around a tile are held as far as this many cells from it; where something can hide ground from further away
/// (mountains seen at a slant), cells are as many times wider as it takes.
inline constexpr int farthest_cells = 512;

/// How a frame sees the pixels of a part, by column and row in it. Valid until the same frame is looked at in another
/// part, or expected elsewhere, and until another tile begins.
class PartSight {
public:
    PartSight() = default; ///< all is clear
    PartSight(const HeightField& heights, const SightField& field, SightClasses& classes, int col, int row)
        : heights_(&heights), field_(&field), classes_(&classes), col_(col), row_(row) {}

    bool all_clear() const { return classes_ == nullptr; }

    /// Classes of sight:: in a row, where not all is clear. What is maybe_seen or maybe_hidden is left to at(), as few
    /// pixels are wanted.
    const std::uint8_t* row(int row) const {
        return classes_->seen.data() + static_cast<std::ptrdiff_t>(row_ + row) * classes_->window.width + col_;
    }

    std::uint8_t at(int col, int row) const {
        if (all_clear()) return sight::clear;
        const std::uint8_t known = this->row(row)[col];
        return known > sight::clear ? tell_sight(*heights_, *field_, *classes_, col_ + col, row_ + row) : known;
    }

private:
    const HeightField* heights_ = nullptr;
    const SightField* field_ = nullptr;
    SightClasses* classes_ = nullptr;
    int col_ = 0, row_ = 0; ///< of the part in the classes' window
};

/// What a mission's frames can see of the surface in one tile. Keeps its working space: one for each thread.
class TileVisibility {
public:
    /// A tile of the mission's grid, which must have a surface model.
    void begin(const PlannedMission& mission, const Window& tile, double error);

    /// Heights of the surface in the tile. Those around it, from where something may hide the tile from one of the
    /// frames, are read with them at once: many small windows are dear.
    void heights(std::span<const std::size_t> frames, TileHeights& out);

    /// Says that most of a window (relative to the tile) will be asked for of a frame: it is looked at in one piece,
    /// as its surroundings are what is dear about a small part. Once a frame.
    void expect(std::size_t frame, const Window& window);

    /// Whether a window lies within what is expected to be asked for of a frame.
    bool expects(std::size_t frame, const Window& window);

    /// Says what will be asked for of a frame beyond that: it is looked at in one piece too. Any number of times; what
    /// was looked at there before is forgotten.
    void expect_elsewhere(std::size_t frame, const Window& window);

    /// How a frame sees the pixels of a part (relative to the tile).
    PartSight look(std::size_t frame, const Window& part);

    /// Where the surface keeps off light that comes from a direction: `east`, `north` is the way over the map (in map
    /// units) that leads towards it by the metre of height. 1 in shadow, for the whole tile, row-major; false, and
    /// nothing in `shaded`, where all is lit.
    bool shade(double east, double north, std::vector<std::uint8_t>& shaded);

private:
    /// A window that is looked at in one piece.
    struct Look {
        Window window; ///< relative to the tile
        bool looked = false, clear = false;
        SightClasses classes; ///< once looked at
    };

    struct View {
        int step = 1; ///< pixels a cell
        SightField field;
        bool hides = false; ///< whether anything may be hidden at all
        Look expected, elsewhere;
    };

    /// Heights as far as they are known, and how uneven they are.
    struct Surroundings {
        Window wanted; ///< from where something may hide the tile, as far as views were asked for
        HeightField heights;
        RoughBlocks rough; ///< none until it is asked for
    };

    View& view_of(std::size_t frame);
    bool look_around(View& view);
    void spare(Look& look);
    bool classify(const View& view, const Window& part, int error, SightClasses& classes);
    void heights_around(int step, const Window& wanted);
    void read_heights(int step, const Window& window, HeightField& field);
    Window cells_of(const Window& pixels, int step) const;
    Grid cells(int step) const;

    const PlannedMission* mission_ = nullptr;
    Window tile_;
    double error_ = 0;
    double cell_m_ = 1; ///< side of a pixel
    HeightRange range_;
    std::map<std::size_t, View> views_;
    std::map<int, SightNodes> nodes_;    ///< by step
    std::map<int, Surroundings> around_; ///< by step
    SightSweep sweep_;
    TileHeights read_;
    HeightField grown_;
    SightClasses swept_, shaded_;
    std::vector<SightClasses> spare_; ///< for Look::classes
};

/// How far edges of a mission's surface may be off, in pixels of its grid: as said, or half a post for 0.
double surface_error_px(const PlannedMission& mission, double surface_error_m);

} // namespace overflight
