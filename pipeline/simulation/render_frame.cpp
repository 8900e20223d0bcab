// SPDX-License-Identifier: Apache-2.0
#include "simulation/render_frame.h"

#include "simulation/block_renderer.h"

#include <algorithm>

namespace overflight::simulation {

namespace {

/// Blocks one above the other share painted ground: two to a strip make less of it twice.
constexpr int block_height = 256, strip_height = 2 * block_height;

template <class Sample>
void render_strips(const Exposure& exposure, const MissionSettings& mission, const SightLines& lines,
                   const OutputSettings& output, const Scene& scene, const Workers& workers,
                   std::vector<SceneView>& views, const std::function<void(std::int64_t, int, const void*)>& put) {
    const int width = static_cast<int>(exposure.exact.interior.width),
              height = static_cast<int>(exposure.exact.interior.height);
    const std::ptrdiff_t row_stride = static_cast<std::ptrdiff_t>(width) * output.bands;
    std::vector<Sample> strip(static_cast<std::size_t>(row_stride) * std::min(strip_height, height));
    constexpr int block_width = BlockRenderer::block_width;
    std::vector<BlockRenderer> renderers;
    for (SceneView& view : views) renderers.emplace_back(exposure, mission, lines, output, scene, view);
    const int blocks = (width + block_width - 1) / block_width;
    for (int row = 0; row < height; row += strip_height) {
        const int rows = std::min(strip_height, height - row);
        workers.run(blocks, [&](std::int64_t block, int worker) {
            const int col = static_cast<int>(block) * block_width;
            for (int first = 0; first < rows; first += block_height) {
                renderers[static_cast<std::size_t>(worker)].render(
                    {col, row + first, std::min(block_width, width - col), std::min(block_height, rows - first)},
                    strip.data() + first * row_stride + static_cast<std::ptrdiff_t>(col) * output.bands, row_stride);
            }
        });
        put(row, rows, strip.data());
    }
}

} // namespace

void render_frame(const Exposure& exposure, const MissionSettings& mission, const SightLines& lines,
                  const OutputSettings& output, const Scene& scene, const Workers& workers,
                  std::vector<SceneView>& views, const std::function<void(std::int64_t, int, const void*)>& put) {
    const auto render = output.bits == 8 ? render_strips<std::uint8_t> : render_strips<std::uint16_t>;
    render(exposure, mission, lines, output, scene, workers, views, put);
}

} // namespace overflight::simulation
