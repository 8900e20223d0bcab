// SPDX-License-Identifier: Apache-2.0
#include "flow/seam_placement.h"

#include "geometry/cut_lines.h"
#include "stages/frame_names.h"
#include "stages/light_correction.h"
#include "stages/seam_survey.h"

#include <optional>

namespace overflight {

SeamMap place_seams(const PlannedMission& mission, const MosaicConfig& config, const FrameBalance& balance,
                    const SeamMap* matched_seams, std::int64_t memory_bytes, FrameCache& cache,
                    const Execution& execution, Progress& progress) {
    SeamSurvey survey(mission, memory_bytes / 4, matched_seams);
    std::optional<CutLines> cut_lines;
    if (!mission.config.cut_lines.empty()) {
        cut_lines.emplace(mission.config.cut_lines, mission.grid.crs_wkt, frame_names(mission));
        survey.force([&](const Window& cells) { return cut_lines->frames_on(survey.cells(), cells); });
    }
    const std::int64_t count = Tiling(mission.grid).count();
    const auto for_tiles = [&](std::int64_t tiles, const auto& work) {
        for_each_in_order(
            tiles, slots_for(execution), execution, [&](std::int64_t index, int) { work(index); },
            [&](std::int64_t, int) { progress.advance(1); });
    };
    progress.begin("views " + mission.config.name, static_cast<double>(count), "tiles");
    for_tiles(count, [&](std::int64_t tile) { survey.view_tile(tile); });
    progress.end();
    if (config.seams == Seams::optimal && mission.frames.size() > 1) {
        std::vector<LightCorrection> light;
        for (std::size_t frame = 0; frame < mission.frames.size(); ++frame) light.emplace_back(mission, frame, balance);
        const std::vector<std::int64_t> tiles = survey.find_band();
        progress.begin("seams " + mission.config.name, static_cast<double>(tiles.size()), "tiles");
        for_tiles(static_cast<std::int64_t>(tiles.size()), [&](std::int64_t index) {
            survey.compare_tile(tiles[static_cast<std::size_t>(index)], cache, light);
        });
        progress.end();
    }
    return survey.place();
}

} // namespace overflight
