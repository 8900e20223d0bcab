// SPDX-License-Identifier: Apache-2.0
#include "stages/seams.h"

#include "stages/view_match.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace overflight {
namespace {

constexpr float unseen = std::numeric_limits<float>::infinity();
constexpr int nobody = -1;

/// Weights of the neighbours of a cell in a box as wide as the transition, in cells; [0] is the cell itself.
std::vector<float> box_weights(int feather_px) {
    const float width = std::max(1.0F, 2.0F * static_cast<float>(feather_px) / TileSeams::cell);
    const auto reach = static_cast<int>(std::ceil((width - 1) / 2));
    std::vector<float> weights(static_cast<std::size_t>(reach) + 1, 1.0F);
    if (reach > 0) weights.back() = (width - 1) / 2 - static_cast<float>(reach - 1);
    return weights;
}

/// Box sums of the cells where `label` holds, at the cells `margin` inside the labelled area.
std::vector<float> smoothed(const std::vector<int>& labels, int cols, int rows, int margin,
                            const std::vector<float>& weights, int label) {
    const auto reach = static_cast<int>(weights.size()) - 1;
    std::vector<float> along(labels.size(), 0.0F);
    for (int row = 0; row < rows; ++row)
        for (int col = margin; col < cols - margin; ++col)
            for (int d = -reach; d <= reach; ++d) {
                const int cell = labels[static_cast<std::size_t>(row * cols + col + d)];
                if (label == nobody ? cell != nobody : cell == label)
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

} // namespace

void nadir_seams(const PlannedMission& mission, const Window& tile, std::span<const std::size_t> candidates,
                 int feather_px, TileSeams& out) {
    const std::vector<float> weights = box_weights(feather_px);
    const int halo = static_cast<int>(weights.size()) - 1;
    out.cols = (tile.width + TileSeams::cell - 1) / TileSeams::cell + 2;
    out.rows = (tile.height + TileSeams::cell - 1) / TileSeams::cell + 2;
    out.candidates.assign(candidates.begin(), candidates.end());
    out.frames.clear();
    out.shares.clear();
    out.off_nadir.clear();
    if (candidates.size() == 1) { // nothing to decide
        out.frames.push_back(candidates.front());
        return;
    }

    // cells are pixels of a coarser grid over the same ground; tiles begin on whole cells
    const int cols = out.cols + 2 * halo, rows = out.rows + 2 * halo;
    Grid cells = mission.grid;
    cells.resolution *= TileSeams::cell;
    const Window window{tile.col / TileSeams::cell - 1 - halo, tile.row / TileSeams::cell - 1 - halo, cols, rows};
    TileHeights heights;
    mission.terrain->heights(cells, window, heights);
    std::vector<Eigen::Vector3d> ground;
    ground.reserve(heights.height.size());
    for (int row = 0; row < rows; ++row)
        for (int col = 0; col < cols; ++col)
            ground.emplace_back(cells.x(static_cast<double>(window.col + col)),
                                cells.y(static_cast<double>(window.row + row)),
                                static_cast<double>(heights.height[static_cast<std::size_t>(row * cols + col)]));
    const ViewCosts views(mission, ground);
    mission.space->from_map(ground);

    std::vector<int> labels(ground.size(), nobody);
    std::vector<float> smallest(ground.size(), unseen);
    for (const std::size_t frame : candidates) {
        const FrameCamera& camera = *mission.frames[frame].camera;
        const std::vector<double> costs = views.of(camera);
        std::vector<float> tangents(ground.size(), unseen);
        for (std::size_t i = 0; i < ground.size(); ++i) {
            const ImagePoint point = camera.project(ground[i]);
            if (!(point.w > 0)) continue;
            const double col = point.col(), row = point.row();
            if (!(col >= 0 && row >= 0 && col <= camera.width - 1 && row <= camera.height - 1)) continue;
            tangents[i] = static_cast<float>(costs[i]);
            if (tangents[i] < smallest[i]) {
                smallest[i] = tangents[i];
                labels[i] = static_cast<int>(frame);
            }
        }
        std::vector<float> inner;
        inner.reserve(static_cast<std::size_t>(out.cols * out.rows));
        for (int row = halo; row < rows - halo; ++row)
            inner.insert(inner.end(), tangents.begin() + row * cols + halo,
                         tangents.begin() + row * cols + halo + out.cols);
        out.off_nadir.push_back(std::move(inner));
    }

    std::vector<int> present(labels);
    std::sort(present.begin(), present.end());
    present.erase(std::unique(present.begin(), present.end()), present.end());
    std::erase(present, nobody);
    for (const int label : present) out.frames.push_back(static_cast<std::size_t>(label));
    if (present.size() < 2) return;
    const std::vector<float> all = smoothed(labels, cols, rows, halo, weights, nobody);
    for (const int label : present) {
        std::vector<float> share = smoothed(labels, cols, rows, halo, weights, label);
        for (std::size_t i = 0; i < share.size(); ++i) share[i] = all[i] > 0 ? share[i] / all[i] : 0;
        out.shares.push_back(std::move(share));
    }
}

} // namespace overflight
