// SPDX-License-Identifier: Apache-2.0
#include "app/html_report.h"

#include "graph.h"

namespace overflight::app {

WrittenReport write_html_report(const std::filesystem::path& folder, int threads, MosaicChunks* chunks) {
    const Execution execution{threads, threads == 1, false};
    const ForEach for_each = [&](std::int64_t count, const std::function<void(std::int64_t)>& work) {
        for_each_in_order(
            count, slots_for(execution), execution, [&](std::int64_t index, int) { work(index); },
            [](std::int64_t, int) {});
    };
    HeldChunks held;
    if (chunks != nullptr)
        held = [chunks](const std::filesystem::path& mosaic, const LayerSpec& layer, const Grid& grid,
                        ChunkedLayer::Decode decode) { return chunks->mosaic(mosaic, layer, grid, std::move(decode)); };
    return write_report(folder, for_each, held);
}

} // namespace overflight::app
