// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/post_columns.h"
#include "geometry/terrain_posts.h"

#include <span>
#include <vector>

namespace overflight {

// Internal to the geometry layer.

/// Makes a model's overview, which takes all of its posts: parts of it side by side, as many as its cache says. The
/// same however many there are. Of more posts than can be read in a second every stride-th is taken.
class TerrainPosts::Reduction {
public:
    explicit Reduction(const TerrainPosts& posts);

    /// Throws RunError where the file cannot be read, InputError where it holds no height.
    TerrainOverview overview() const;

private:
    struct Piece; ///< posts that are taken, as they are in memory
    class Cells;  ///< what is gathered of some rows of them

    int parts() const;
    void take(Cells& cells) const;
    int end_of_pieces(int row) const;
    template <typename Use>
    void for_each_piece(int row, int end_row, std::vector<float>& values, const Use& use) const;
    BlockPointer block(int number) const;
    int taken_before(int post) const;

    const TerrainPosts& posts_;
    int stride_ = 1;
    int cols_ = 0, rows_ = 0;    ///< of posts that are taken
    int per_cell_ = 1;           ///< of these along a side of a cell
    int width_ = 0, height_ = 0; ///< in cells
    bool by_gdal_ = false;       ///< reads what is taken only, as it can leave out most of the rest
};

} // namespace overflight
