// SPDX-License-Identifier: Apache-2.0
#include "flow/survey.h"

#include "stages/balance_survey.h"

#include <optional>

namespace overflight {
namespace {

constexpr std::int64_t reference_cache_bytes = std::int64_t{32} << 20;

} // namespace

FrameBalance balance_frames(const PlannedMission& mission, const MosaicConfig& config, FrameCache& cache,
                            const Execution& execution, Progress& progress) {
    std::optional<BalanceReference> reference;
    if (!mission.config.reference_mosaic.empty()) reference.emplace(mission, mission.grid.crs_wkt);
    FrameCache* reference_cache = reference ? &reference->cache(reference_cache_bytes) : nullptr;
    const auto windows = survey_windows(mission, reference ? 1 : 2);
    progress.begin("survey " + mission.config.name, static_cast<double>(windows.size()), "windows");
    Overlaps overlaps;
    std::vector<Overlaps> in_flight(static_cast<std::size_t>(slots_for(execution)));
    for_each_in_order(
        static_cast<std::int64_t>(windows.size()), slots_for(execution), execution,
        [&](std::int64_t index, int slot) {
            const auto& [tile, window] = windows[static_cast<std::size_t>(index)];
            in_flight[static_cast<std::size_t>(slot)] =
                survey_window(mission, cache, tile, window, reference ? &*reference : nullptr, reference_cache);
        },
        [&](std::int64_t, int slot) {
            overlaps.append(in_flight[static_cast<std::size_t>(slot)]);
            progress.advance(1);
        });
    progress.end();
    return solve_balance(balance_task(mission, config), overlaps);
}

} // namespace overflight
