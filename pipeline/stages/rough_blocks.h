// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "stages/sight_sweep.h"

#include <vector>

namespace overflight {

/// How uneven a height field is, block by block: over even ground lines of sight reach everything, and nothing needs to
/// be swept. Nothing hides unless along some track of a sweep what is seen falls back, which takes a difference between
/// neighbouring cells that displaces them by more than the cells are apart.
class RoughBlocks {
public:
    static constexpr int side = 32; ///< cells

    RoughBlocks() = default;
    explicit RoughBlocks(const HeightField& heights);

    bool empty() const { return blocks_.empty(); }

    /// The smallest window of whole blocks, cut to `target`, outside of which nothing in it is hidden or at a step;
    /// `margin` is how far marks spread, in cells. Empty where all is clear.
    Window narrowed(const SightField& field, const Window& target, int margin) const;

    /// Nothing in a window is lower; it is cut to the field. Infinity where nothing has a height.
    float lowest(const Window& cells) const;

private:
    struct Block {
        float low = 0, roughness = 0; ///< the largest difference to the cells on the right and below
    };

    template <typename Use>
    bool any_within(const Window& cells, const Use& use) const;

    Window window_; ///< cells of the field
    int cols_ = 0, rows_ = 0;
    float highest_ = 0;
    std::vector<Block> blocks_;
};

} // namespace overflight
