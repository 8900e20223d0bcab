// SPDX-License-Identifier: Apache-2.0
#include "core/config_keys.h"

namespace overflight {
namespace {

template <class Section>
nlohmann::json content_of(const config_keys::Keys<Section>& keys, const Section& section) {
    nlohmann::json values = nlohmann::json::object();
    for (const auto& key : keys) {
        nlohmann::json value = key.value(section);
        if (key.content && !value.is_null()) values[key.name] = std::move(value);
    }
    return values;
}

nlohmann::json mosaic_content(const Config& config, const MissionConfig& mission) {
    nlohmann::json values = {{"mission", content_of(config_keys::mission(), mission)},
                             {"mosaic", content_of(config_keys::mosaic(), config.mosaic)},
                             {"output", content_of(config_keys::output(), config.output)}};
    if (config.resolution.limit_m > 0 || config.resolution.hmin_m > 0) {
        values["resolution"] = content_of(config_keys::resolution(), config.resolution);
    }
    if (mission.camera != CameraKind::ortho) {
        values["terrain"] = content_of(config_keys::terrain(), config.terrain_of(mission));
    }
    return values;
}

} // namespace

std::string content_keys(const Config& config, const MissionConfig& mission) {
    return mosaic_content(config, mission).dump();
}

std::string content_keys(const Config& config, const ChangeConfig& change) {
    nlohmann::json values = {{"change", content_of(config_keys::change(), change)}};
    for (const MissionConfig& mission : config.missions) {
        if (mission.name == change.before) values["before"] = mosaic_content(config, mission);
        if (mission.name == change.after) values["after"] = mosaic_content(config, mission);
    }
    return values.dump();
}

} // namespace overflight
