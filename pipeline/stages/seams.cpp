// SPDX-License-Identifier: Apache-2.0
#include "stages/seams.h"

#include "stages/tile_parts.h"
#include "stages/view_match.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace overflight {
namespace {

/// Weights of the neighbours of a cell in a box as wide as the transition, in cells; [0] is the cell itself.
std::vector<float> box_weights(int feather_px, int cell) {
    const float width = std::max(1.0F, 2.0F * static_cast<float>(feather_px) / static_cast<float>(cell));
    const auto reach = static_cast<int>(std::ceil((width - 1) / 2));
    std::vector<float> weights(static_cast<std::size_t>(reach) + 1, 1.0F);
    if (reach > 0) weights.back() = (width - 1) / 2 - static_cast<float>(reach - 1);
    return weights;
}

/// Box sums of the cells where `label` holds (any frame, if it is nobody), at the cells `margin` inside the labelled
/// area.
std::vector<float> smoothed(const std::vector<std::uint32_t>& labels, int cols, int rows, int margin,
                            const std::vector<float>& weights, std::uint32_t label) {
    const auto reach = static_cast<int>(weights.size()) - 1;
    std::vector<float> along(labels.size(), 0.0F);
    for (int row = 0; row < rows; ++row)
        for (int col = margin; col < cols - margin; ++col)
            for (int d = -reach; d <= reach; ++d) {
                const std::uint32_t cell = labels[static_cast<std::size_t>(row * cols + col + d)];
                if (label == SeamMap::nobody ? cell != SeamMap::nobody : cell == label)
                    along[static_cast<std::size_t>(row * cols + col)] += weights[static_cast<std::size_t>(std::abs(d))];
            }
    std::vector<float> result;
    result.reserve(static_cast<std::size_t>((cols - 2 * margin) * (rows - 2 * margin)));
    for (int row = margin; row < rows - margin; ++row)
        for (int col = margin; col < cols - margin; ++col) {
            float sum = 0;
            for (int d = -reach; d <= reach; ++d)
                sum += weights[static_cast<std::size_t>(std::abs(d))] *
                       along[static_cast<std::size_t>((row + d) * cols + col)];
            result.push_back(sum);
        }
    return result;
}

void middle_angles(const PlannedMission& mission, const Window& tile, TileSeams& out) {
    std::vector<Eigen::Vector3d> middles;
    for (int row = 0; row < tile.height; row += part_side) {
        for (int col = 0; col < tile.width; col += part_side) {
            const double x = mission.grid.x(static_cast<double>(tile.col + col + part_side / 2));
            const double y = mission.grid.y(static_cast<double>(tile.row + row + part_side / 2));
            middles.emplace_back(x, y, mission.terrain->reduced_height_at(x, y));
        }
    }
    const ViewCosts views(mission, middles);
    for (const std::size_t candidate : out.candidates)
        out.angles.push_back(views.of(*mission.frames[candidate].camera));
}

} // namespace

void tile_seams(const PlannedMission& mission, const SeamMap& map, const Window& tile,
                std::span<const std::size_t> candidates, int feather_px, TileSeams& out) {
    out.cell = map.cell();
    const std::vector<float> weights = box_weights(feather_px, out.cell);
    const int halo = static_cast<int>(weights.size()) - 1;
    out.cols = (tile.width + out.cell - 1) / out.cell + 2;
    out.rows = (tile.height + out.cell - 1) / out.cell + 2;
    out.first = -static_cast<float>(out.cell) / 2 - 0.5F;
    out.candidates.assign(candidates.begin(), candidates.end());
    out.frames.clear();
    out.shares.clear();
    out.angles.clear();
    if (candidates.size() == 1) { // nothing to decide
        out.frames.push_back(candidates.front());
        return;
    }
    middle_angles(mission, tile, out);

    // tiles begin on whole cells
    const int cols = out.cols + 2 * halo, rows = out.rows + 2 * halo;
    std::vector<std::uint32_t> labels;
    map.read({tile.col / out.cell - 1 - halo, tile.row / out.cell - 1 - halo, cols, rows}, labels);
    std::vector<std::uint32_t> present(labels);
    std::sort(present.begin(), present.end());
    present.erase(std::unique(present.begin(), present.end()), present.end());
    std::erase(present, SeamMap::nobody);
    for (const std::uint32_t label : present) out.frames.push_back(label);
    if (present.size() < 2) return;
    const std::vector<float> all = smoothed(labels, cols, rows, halo, weights, SeamMap::nobody);
    for (const std::uint32_t label : present) {
        std::vector<float> share = smoothed(labels, cols, rows, halo, weights, label);
        for (std::size_t i = 0; i < share.size(); ++i) share[i] = all[i] > 0 ? share[i] / all[i] : 0;
        out.shares.push_back(std::move(share));
    }
}

} // namespace overflight
