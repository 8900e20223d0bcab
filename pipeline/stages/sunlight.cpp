// SPDX-License-Identifier: Apache-2.0
#include "stages/sunlight.h"

#include "core/utc_time.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <optional>
#include <utility>

namespace overflight {
namespace {

/// Frames under much the same sun share their shadows; the sun moves so far in half a minute.
constexpr double steps_a_degree = 10;

constexpr double lowest_elevation = 5; // degrees; shadows ten times as long as what casts them

} // namespace

std::optional<std::int64_t> time_taken(const MissionConfig& config, const PlannedFrame& frame) {
    const std::optional<std::int64_t> captured = utc_seconds(config.captured);
    return captured ? captured : capture_time(frame.header.taken, config.utc_offset);
}

void find_suns(PlannedMission& mission, const std::string& map_crs, std::vector<std::string>& warnings) {
    const MissionConfig& config = mission.config;
    if (!mission.surface) return;
    const SunOverMap sky(map_crs);
    std::map<std::pair<long, long>, int> numbers;
    std::size_t without = 0, low = 0;
    for (PlannedFrame& frame : mission.frames) {
        SunPosition sun{config.sun_azimuth_deg, config.sun_elevation_deg};
        if (config.sun_elevation_deg == 0) {
            const auto time = time_taken(config, frame);
            without += time ? 0 : 1;
            if (!time) continue;
            sun = sky.at(*time, frame.footprint.x, frame.footprint.y);
        }
        if (sun.elevation < lowest_elevation) {
            ++low;
            continue;
        }
        const std::pair key{std::lround(sun.azimuth * steps_a_degree), std::lround(sun.elevation * steps_a_degree)};
        const auto [entry, fresh] = numbers.try_emplace(key, static_cast<int>(mission.suns.size()));
        if (fresh)
            mission.suns.push_back(
                {static_cast<double>(key.first) / steps_a_degree, static_cast<double>(key.second) / steps_a_degree});
        frame.sun = entry->second;
    }
    const auto warn = [&](std::size_t frames, const char* why) {
        warnings.push_back(fmt::format("mission \"{}\": shadows are not flagged in {} of {} frames: {}", config.name,
                                       frames, mission.frames.size(), why));
    };
    if (low > 0) warn(low, "the sun stood less than 5 degrees above the horizon");
    if (without > 0)
        warn(without, "their EXIF tags do not settle the time (mission.utc_offset, or mission.captured for all)");
}

} // namespace overflight
