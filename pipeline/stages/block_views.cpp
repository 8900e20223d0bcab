// SPDX-License-Identifier: Apache-2.0
#include "stages/block_views.h"

#include "stages/sight_field.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace overflight {
namespace {

constexpr int blocks_a_node = 4; ///< a frame looks at so many blocks both ways alike

/// Of the largest sample by vignetting and slope: see FrameBalance.
float falloff(const PlannedFrame& frame, const Eigen::Vector3d& place, const Eigen::Vector3d& ground,
              const FrameBalance::Vignetting& v, const FrameBalance::Slope& slope) {
    const ImagePoint point = frame.camera->project(ground);
    const double half_width = 0.5 * (frame.header.width - 1), half_height = 0.5 * (frame.header.height - 1);
    const double col = point.col() - half_width, row = point.row() - half_height;
    const double r2 = std::min((col * col + row * row) / (half_width * half_width + half_height * half_height), 1.0);
    const double fall =
        1 + r2 * (static_cast<double>(v[0]) + r2 * (static_cast<double>(v[1]) + r2 * static_cast<double>(v[2])));
    const Bounds& b = frame.footprint.bounds;
    const double rise = static_cast<double>(slope.east) * (place.x() - 0.5 * (b.xmin + b.xmax)) +
                        static_cast<double>(slope.north) * (place.y() - 0.5 * (b.ymin + b.ymax));
    return static_cast<float>((1 + rise * (1 + 0.5 * rise)) / fall); // exp(rise), as rises are small
}

} // namespace

struct BlockViews::State {
    const PlannedMission* mission;
    PixelBlocks blocks;
    int cols = 0; ///< nodes
    std::vector<std::uint32_t> frames;
    std::vector<Eigen::Vector3d> places;
    std::vector<GroundFrame> ground;

    /// One value a block, found once for each node and frame: `find(node, frame)`.
    template <typename Value, typename Find>
    std::vector<Value> in_blocks(const Value& none, const Find& find) const {
        std::vector<Value> values(frames.size(), none);
        std::map<std::pair<std::size_t, std::uint32_t>, Value> known;
        for (std::size_t block = 0; block < frames.size(); ++block) {
            if (frames[block] >= mission->frames.size()) continue;
            const int col = static_cast<int>(block) % blocks.cols, row = static_cast<int>(block) / blocks.cols;
            const auto node = static_cast<std::size_t>(row / blocks_a_node * cols + col / blocks_a_node);
            const auto [at, added] = known.try_emplace({node, frames[block]}, none);
            if (added) at->second = find(node, frames[block]);
            values[block] = at->second;
        }
        return values;
    }
};

BlockViews::BlockViews(const PlannedMission& mission, const Grid& grid, const PixelBlocks& blocks,
                       std::span<const std::uint32_t> frames) {
    auto state = std::make_unique<State>();
    state->mission = &mission;
    state->blocks = blocks;
    state->frames.assign(frames.begin(), frames.end());
    const int cols = (blocks.cols + blocks_a_node - 1) / blocks_a_node,
              rows = (blocks.rows + blocks_a_node - 1) / blocks_a_node;
    state->cols = cols;
    Grid nodes = grid;
    nodes.west += static_cast<double>(blocks.col) * grid.resolution;
    nodes.north -= static_cast<double>(blocks.row) * grid.resolution;
    nodes.resolution = grid.resolution * blocks.side * blocks_a_node;
    nodes.width = cols, nodes.height = rows;
    TileHeights heights;
    mission.terrain->heights(nodes, {0, 0, cols, rows}, heights);
    for (int row = 0; row < rows; ++row) {
        for (int col = 0; col < cols; ++col) {
            const float height = heights.height[static_cast<std::size_t>(row * cols + col)];
            state->places.emplace_back(nodes.x(col), nodes.y(row), std::isfinite(height) ? height : heights.range.min);
        }
    }
    state->ground = ground_frames(*mission.space, state->places);
    state_ = std::move(state);
}

BlockViews::~BlockViews() = default;

std::vector<std::array<float, 2>> BlockViews::lean() const {
    constexpr float unknown = std::numeric_limits<float>::quiet_NaN();
    return state_->in_blocks(std::array<float, 2>{unknown, unknown}, [&](std::size_t node, std::uint32_t frame) {
        const Eigen::Vector2d slope = sight_slope(*state_->mission->frames[frame].camera, state_->ground[node]);
        return std::array<float, 2>{static_cast<float>(-slope.x()), static_cast<float>(-slope.y())};
    });
}

std::vector<BandLevels> BlockViews::saturation(const FrameBalance& balance, const std::vector<int>& bands) const {
    const PlannedMission& mission = *state_->mission;
    const bool integers = mission.type != SampleType::f32;
    const float largest = mission.type == SampleType::u8 ? 255.0F : 65535.0F;
    return state_->in_blocks(no_saturation, [&](std::size_t node, std::uint32_t frame) {
        BandLevels levels = no_saturation;
        const PlannedFrame& planned = mission.frames[frame];
        const auto camera = static_cast<std::size_t>(planned.camera_number);
        for (std::size_t i = 0; integers && i < bands.size(); ++i) {
            const int band = bands[i];
            const float level = balance.gain(frame, band) * largest + balance.offset(frame, band);
            const float fall = balance.has_falloff(camera)
                                   ? falloff(planned, state_->places[node], state_->ground[node].point,
                                             balance.vignetting(camera, band), balance.slope(band))
                                   : 1.0F;
            levels[i] = std::min(level * fall, largest);
        }
        return levels;
    });
}

} // namespace overflight
