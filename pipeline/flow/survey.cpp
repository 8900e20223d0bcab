// SPDX-License-Identifier: Apache-2.0
#include "flow/survey.h"

#include "stages/balance_survey.h"

namespace overflight {

FrameBalance balance_frames(const PlannedMission& mission, const MosaicConfig& config, FrameCache& cache,
                            const Execution& execution, Progress& progress) {
    const auto windows = survey_windows(mission);
    progress.begin("survey " + mission.config.name, static_cast<double>(windows.size()), "windows");
    Overlaps overlaps;
    std::vector<Overlaps> in_flight(static_cast<std::size_t>(slots_for(execution)));
    for_each_in_order(
        static_cast<std::int64_t>(windows.size()), slots_for(execution), execution,
        [&](std::int64_t index, int slot) {
            const auto& [tile, window] = windows[static_cast<std::size_t>(index)];
            in_flight[static_cast<std::size_t>(slot)] = survey_window(mission, cache, tile, window);
        },
        [&](std::int64_t, int slot) {
            overlaps.append(in_flight[static_cast<std::size_t>(slot)]);
            progress.advance(1);
        });
    progress.end();
    return solve_balance(balance_task(mission, config), overlaps);
}

} // namespace overflight
