// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "stages/height_field.h"
#include "stages/sight_classes.h"
#include "stages/sight_field.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace overflight {

/// Which cells lines of sight reach, by the angles under which they are seen (after Habib, Kim and Kim 2007): outwards
/// from the eye along each line of sight's track on the map, what is seen must come to lie further and further out;
/// what falls back behind the furthest so far is hidden. "Lies" is where the line of sight meets a level plane, which
/// holds for any camera. Tracks are followed exactly, cell by cell, a cell wide or less; where they run across the
/// columns rather than the rows, or both ways around the nadir, the window is turned or cut. One for each thread; keeps
/// its working space.
class SightSweep {
public:
    /// Classes of `target` (within the field's window, counted like it), row-major. Whatever may hide something in it
    /// has to lie within the field: see reach(). Nothing in the target and its surroundings is lower than `lowest`.
    /// `error` is how far edges may be off, in cells: within this (at least one cell) of what is hidden, and of steps
    /// that displace by a cell or more, what is seen is uncertain; below 0, nothing is. Along the borders of what is
    /// hidden, and at the foot of walls it nearly is, it is maybe_hidden or maybe_seen. False, and nothing in
    /// `classes`, where all is clear.
    bool classify(const HeightField& heights, const SightField& field, const Window& target, int error, float lowest,
                  std::vector<std::uint8_t>& classes);

    /// How far beyond a target classify() looks for what makes it uncertain, in cells.
    static int surroundings(int error) { return error < 0 ? 0 : (error > 1 ? error : 1) + 1; }

    /// The window from which something as high as `highest` can hide ground as low as `lowest` in `target`.
    static Window reach(const SightField& field, const Window& target, float lowest, float highest);

    /// Cells of a row between two of the field's nodes.
    struct Run {
        std::size_t first = 0, count = 0, node = 0;
        float on = 0; ///< from the node to the next, of the first cell
    };

private:
    void sweep(const HeightField& heights, const SightField& field, const Window& part, float lowest, bool steps);

    Window marks_window_;
    std::vector<std::uint8_t> marks_; ///< of the target and its surroundings: bit 0 hidden, bit 1 at a step
    std::vector<float> turned_, lies_, before_, furthest_, bias_;
    std::vector<double> offset_, spacing_;
    std::vector<std::pair<float, float>> nodes_;
    std::vector<Run> runs_;
    std::vector<std::uint8_t> along_, hidden_, steps_;
};

} // namespace overflight
