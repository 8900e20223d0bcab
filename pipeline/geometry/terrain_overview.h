// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <vector>

namespace overflight {

struct HeightRange {
    float min = 0, max = 0;
};

/// Posts outside are holes; in metres.
inline constexpr float lowest_height = -500, highest_height = 9000;

/// Posts along the sides of the blocks whose range is kept.
inline constexpr int range_block = 256;

/// Blocks along a side of so many posts.
constexpr std::size_t range_blocks(int posts) {
    return (static_cast<std::size_t>(posts) + range_block - 1) / range_block;
}

/// What takes all posts of a model to know.
struct TerrainOverview {
    HeightRange heights;             ///< of all posts (of a sample where there are more than 64 million), in metres
    double cell = 1;                 ///< posts per cell of the reduced level
    int width = 0, height = 0;       ///< cells
    std::vector<float> reduced;      ///< means of the posts in a cell, row by row, holes filled
    std::vector<HeightRange> ranges; ///< of range_blocks(), row by row; min above max: not known
};

/// Overviews from when models were opened before, told apart by the files that a model is made of. Not safe to use from
/// several threads at once.
class TerrainOverviews {
public:
    virtual ~TerrainOverviews() = default;
    /// Null where none is known of the files as they are now.
    virtual std::shared_ptr<const TerrainOverview> find(const std::vector<std::filesystem::path>& files) = 0;
    /// Of the files that find() was asked for last, and found none.
    virtual void keep(std::shared_ptr<const TerrainOverview> overview) = 0;
};

} // namespace overflight
